"""Real processes: supervisors of small Python programs, each in a data folder of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from runner import leftovers

SUPERVISED = Path(__file__).with_name("supervised.py")
Programs = list[dict[str, Any]]  # the fields of runner.child.Program


def until(true: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Wait until something holds, and give it; fail when it does not come to hold."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError, StopIteration, psutil.Error):
            if found := true():
                return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def python(code: str) -> list[str]:
    return [sys.executable, "-c", "import os, signal, subprocess, sys, time\n" + code]


class Supervised:
    """A supervisor process and what it says."""

    def __init__(self, data: Path, programs: Programs) -> None:
        self.data = data
        self.said = data.parent / f"{data.name}-{time.monotonic_ns()}.out"
        with self.said.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(SUPERVISED), str(data), json.dumps(programs)],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.said.read_text()

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "run" / "processes.json").read_text())
        return found

    def child(self, name: str) -> dict[str, Any]:
        return next(child for child in self.status()["processes"] if child["name"] == name)

    def wait_until_started(self) -> None:
        until(lambda: "all started" in self.output() or self.process.poll() is not None)
        assert "all started" in self.output(), self.output()

    def keeper(self) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "runner.keeper" in child.cmdline())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


Supervise = Callable[[Programs], Supervised]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def supervise(data: Path) -> Iterator[Supervise]:
    """Start a supervisor of these programs over the test's data folder; all of it is gone afterwards."""
    started: list[Supervised] = []

    def start(programs: Programs) -> Supervised:
        started.append(Supervised(data, programs))
        return started[-1]

    yield start
    for each in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.process.pid, signal.SIGKILL)
        each.process.wait()
    leftovers.end_marked(leftovers.folder_mark(data), patience=1.0)
