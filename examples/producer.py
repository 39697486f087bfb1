"""Asks for purges the way existing producers do: ten entries a message, ten messages a request.

    python producer.py QUEUE_URL ENTRIES.json

It knows nothing of exarch. Credentials, region and endpoint come from AWS's own settings.
"""

import json
import sys

import boto3


def chunks(items, size):
    return [items[start:start + size] for start in range(0, len(items), size)]


def main():
    queue_url, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    messages = [json.dumps({"entries": part}) for part in chunks(entries, 10)]
    sqs = boto3.client("sqs")
    for batch in chunks(messages, 10):
        reply = sqs.send_message_batch(QueueUrl=queue_url, Entries=[
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)])
        if reply.get("Failed"):
            sys.exit(f"not sent: {reply['Failed']}")
    print(f"sent {len(entries)} entries in {len(messages)} messages")


if __name__ == "__main__":
    main()
