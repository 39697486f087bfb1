"""Debian's boto3, which still speaks to SQS by the query protocol, and signs in its own ways."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
# The packages of Debian 12; EXARCH_OLD_BOTO3 names another folder with a boto3 before 1.28.
FOLDER = Path(os.environ.get("EXARCH_OLD_BOTO3", "/usr/lib/python3/dist-packages"))


# The two name an argument and a message that only the JSON protocol has.
WHICH = "sandbox and not comes_with_its_sender and not does_not_exist"


def test_all_that_is_tested_of_sqs_holds_by_the_query_protocol():
    probe = ("import botocore.session as s; "
             "print(s.get_session().get_service_model('sqs').metadata['protocol'])")
    environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
    protocol = subprocess.run([sys.executable, "-c", probe], env=environment, text=True,
                              capture_output=True, check=True).stdout.strip()
    assert protocol == "query"
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", WHICH,
         "conformance/test_sqs.py", "conformance/test_sandbox_sqs.py",
         "conformance/test_sandbox_recorded.py",
         "conformance/test_sandbox_web_identity.py", "conformance/test_sandbox_presigned.py",
         "conformance/test_sandbox_faults.py"],
        cwd=TESTS, env=environment, text=True, capture_output=True, check=False)
    assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-2000:]
