"""MiniStack's DynamoDB and STS, in the environment that script/python-environment makes for it.

    build/ministack/bin/python tests/world/ministack_server.py PORT

It knows what AWS's DynamoDB was measured to do, its refusals word by word: a second opinion
beside moto's.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

from lifetime import announce

# It reads these while it is imported. It may look for Docker's socket; there is none for it.
os.environ.update(BIND_HOST="127.0.0.1", GATEWAY_PORT=sys.argv[1], SERVICES="dynamodb,sts",
                  DOCKER_HOST="unix:///nonexistent", LOG_LEVEL="ERROR")
ADDRESS = f"http://127.0.0.1:{sys.argv[1]}"


def end_with_stdin() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def announce_when_ready() -> None:
    while True:
        try:
            urllib.request.urlopen(f"{ADDRESS}/_ministack/health").close()
            break
        except urllib.error.URLError:
            time.sleep(0.02)
    announce({"address": ADDRESS})


if __name__ == "__main__":
    from ministack.app import main

    for task in (end_with_stdin, announce_when_ready):
        threading.Thread(target=task, daemon=True).start()
    sys.argv = sys.argv[:1]
    main()
