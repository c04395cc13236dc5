"""The engine knows no web: its tests start none of it."""

import os
from pathlib import Path

import pytest

from tests.engine.published import make_bundle
from training.engine.predict import Bundle

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Stands in for the web tests' fixture of this name, which needs a broker."""


@pytest.fixture(scope="session")
def published_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle folder of the published networks, which finds and reads any text."""
    return make_bundle(tmp_path_factory.mktemp("published"), label="sign")


@pytest.fixture(scope="session")
def bundle(published_bundle: Path) -> Bundle:
    return Bundle.load(published_bundle, threads=1)
