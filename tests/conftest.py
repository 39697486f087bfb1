"""What holds for every test that starts the program: no sanitizer may have found anything in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from world import sanitizers

REPORTS = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    directory = tempfile.TemporaryDirectory(prefix="exarch-reports-")
    config.add_cleanup(directory.cleanup)
    config.stash[REPORTS] = Path(directory.name)
    sanitizers.report_to(config.stash[REPORTS])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """When the fixtures have ended what they had started, those of the module too."""
    yield
    told = sanitizers.take_reports(item.config.stash[REPORTS])
    if told:
        pytest.fail(f"a sanitizer reports of what was started:\n{told}", pytrace=False)


@pytest.fixture
def sanitizer_reports(pytestconfig: pytest.Config) -> Path:
    """Where they are written."""
    return pytestconfig.stash[REPORTS]
