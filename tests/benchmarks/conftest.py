"""The benchmarks know no web: their tests start none of it."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Stands in for the web tests' fixture of this name, which needs a broker."""
