"""The whole product, as script/server runs it, and a real Chromium in front of it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runner import browser, entry, layout
from tests.journeys.hands import EMAIL, PASSWORD

READY = re.compile(r"Glyphsmith is ready: (\S+)")
START_SECONDS = 120


@dataclass(frozen=True)
class Stack:
    """A running server with a data folder of its own."""

    address: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path

    def mails(self) -> list[Path]:
        """What was sent, oldest first."""
        return sorted((path for path in (self.data / "outbox").glob("*") if path.is_file()), key=_age)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def _age(path: Path) -> float:
    return path.stat().st_mtime


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The server most journeys share."""
    with started() as running:
        yield running


@contextmanager
def started(**settings: str) -> Iterator[Stack]:
    """Broker, web and workers on a free port with an empty data folder; stopped, and shown to stop, at the end."""
    if not (layout.FRONTEND / "dist" / "index.html").exists():
        pytest.fail("The pages are not built. Run script/test journeys, or npm run build in frontend/.")
    with tempfile.TemporaryDirectory(prefix="gs-journey-") as folder:
        running = _start(Path(folder), settings)
        try:
            yield running
        finally:
            running.process.send_signal(signal.SIGTERM)
            code = running.process.wait(timeout=30)
        assert code == 0, running.said()[-3000:]


def _start(folder: Path, settings: Mapping[str, str] | None = None) -> Stack:
    data, log = folder / "data", folder / "server.out"
    # What tests.settings has set is for this process, not for the server.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "GLYPHSMITH_"))}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(layout.ROOT / "script" / "server"), "--port", "0", "--data", str(data)],
            env={**kept, **(settings or {}), entry.SET_UP: str(layout.ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (found := READY.search(log.read_text(errors="replace"))):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"The server did not get ready:\n{log.read_text(errors='replace')[-5000:]}")
        time.sleep(0.2)
    return Stack(found[1], data, process, log)


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """`page.goto("/")` opens the server under test."""
    return stack.address


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = browser.find()
    if chromium is None:
        pytest.fail("No Chromium is installed (Debian: apt install chromium). CHROMIUM=/path/to/chrome names one.")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    shared_memory = ["--disable-dev-shm-usage"]  # /dev/shm is 64 MB in a container
    return {**browser_type_launch_args, "executable_path": chromium, "args": [*quiet, *unboxed, *shared_memory]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}


@pytest.fixture(scope="session")
def person(stack: Stack) -> str:
    env = {**os.environ, "GLYPHSMITH_DATA": str(stack.data), "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, str(layout.ROOT / "manage.py"), "createsuperuser", "--noinput", "--email", EMAIL]
    subprocess.run(command, env=env, check=True, capture_output=True)
    return EMAIL
