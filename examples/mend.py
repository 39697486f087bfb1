"""Mends an account of the demo that lets exarch in no more, by the policies that exarch prints.

    exarch policy | python mend.py ACCOUNT

In AWS, the account's owner would put the same two documents on the role. The sandbox is found by
AWS_ENDPOINT_URL.
"""

import json
import os
import sys

from sale import cloud


def main() -> None:
    (account,) = sys.argv[1:]
    policies = json.load(sys.stdin)
    cloud.put_role(os.environ["AWS_ENDPOINT_URL"], account, policies["target-trust"],
                   policies["target"])
    print(f"{cloud.ROLE} of {account} lets exarch in")


if __name__ == "__main__":
    main()
