"""Programs with a bug of each kind: what is found in a started program cannot pass unnoticed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from world import sanitizers

# ThreadSanitizer misses, now and then, two writes of the very same moment, and one by a thread that
# has ended. So the thread that goes on writes first, and a relaxed flag tells the other when: that
# puts the writes in an order of time, but lets neither happen before the other.
BUGS = {
    "address": """
        #include <stdlib.h>
        int main(int count, char **arguments) {
            char *bytes = malloc(8);
            free(bytes);
            return bytes[count];
        }""",
    "address,undefined": """
        int main(int count, char **arguments) {
            return (0x7fffffff + count) & 1;
        }""",
    "thread": """
        #include <pthread.h>
        _Alignas(64) int shared;
        _Alignas(64) int written;
        void *write_it(void *nothing) {
            while (!__atomic_load_n(&written, __ATOMIC_RELAXED)) {
            }
            shared = 1;
            return nothing;
        }
        int main(void) {
            pthread_t other;
            pthread_create(&other, 0, write_it, 0);
            shared = 2;
            __atomic_store_n(&written, 1, __ATOMIC_RELAXED);
            return pthread_join(other, 0);
        }""",
}


@pytest.fixture(params=sorted(BUGS))
def buggy(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    source = tmp_path / "buggy.c"
    source.write_text(BUGS[request.param])
    program = tmp_path / "buggy"
    subprocess.run(["clang-19", "-g", f"-fsanitize={request.param}", "-fno-sanitize-recover=all",
                    "-o", program, source], check=True)
    return program


def test_a_program_that_was_built_with_a_sanitizer_is_known_by_it(buggy: Path):
    assert sanitizers.are_in(buggy)
    assert not sanitizers.are_in(Path("/bin/sh").resolve())


def test_a_finding_is_reported_where_each_test_looks(buggy: Path, sanitizer_reports: Path):
    assert sanitizers.take_reports(sanitizer_reports) == ""
    finished = subprocess.run([buggy], env=sanitizers.settings(), capture_output=True, check=False)
    assert finished.returncode == sanitizers.EXIT_CODE
    told = sanitizers.take_reports(sanitizer_reports)
    assert "buggy.c:" in told
    assert sanitizers.take_reports(sanitizer_reports) == ""
