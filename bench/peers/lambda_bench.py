"""The same start of a function in Python with boto3: to the first question for an invocation."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from bench import lambda_bench
from bench.peers import measure

# What Lambda's own runtime does for a function that makes its clients outside of its handler.
FUNCTION = """
import http.client, os
import boto3
sts = boto3.client("sts")
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
api.request("GET", "/2018-06-01/runtime/invocation/next")
api.getresponse()
"""


def init_python():
    with tempfile.TemporaryDirectory() as directory:
        function = Path(directory) / "function.py"
        function.write_text(FUNCTION)
        return lambda_bench.inits([sys.executable, str(function)])


if __name__ == "__main__":
    measure.main({work.__name__: (work, 1) for work in (init_python,)})
