"""Start programs in order, keep them running, stop them in the reverse order, leave nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from runner import console, layout, leftovers, reserve, status
from runner.child import Child, LogFile, Program
from runner.console import Stop

TICK = 0.1
READY_SECONDS = 30.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Asked to stop while starting."""


class Supervisor:
    """Owns one data folder and the processes that serve it."""

    def __init__(self, data: Path, address: str | None = None) -> None:
        self.data = data
        self.address = address
        self.logs = data / "logs"
        self.stages: list[list[Child]] = []  # in the order of starting; a stage's children stop together
        self.stopping = 0  # how often it was asked to
        self.over = threading.Event()
        self.begun = time.monotonic()
        self.reserve = reserve.of(data, os.environ)
        self._log = LogFile(self.logs, "supervisor")
        self._keeper: subprocess.Popen[bytes] | None = None
        self._written: object = None
        self._lock = status.claim(data)
        self._end_leftovers()
        self.mark = leftovers.own_mark(data)
        os.environ[leftovers.MARK] = self.mark
        for number in STOP_SIGNALS:
            signal.signal(number, self._asked_to_stop)

    def _end_leftovers(self) -> None:
        """What an earlier supervisor of this folder could not end; the folder's lock says that none is alive.

        Only what bears this folder's mark: in a copy of a folder, run/processes.json names another server's processes.
        """
        if count := leftovers.end_marked(leftovers.folder_mark(self.data)):
            self.tell(f"an earlier server of this data folder was killed; ended what it had left ({count})")

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping += 1
        self.over.set()

    def tell(self, line: str) -> None:
        console.say(f"{console.coloured('supervisor      |', 31)} {line}")
        self._log.keep(time.strftime("%Y-%m-%d %H:%M:%S ") + line)

    def run_once(self, title: str, command: Sequence[str]) -> None:
        """Run a command to its end; its failure ends the start, with its own words."""
        self.keep_a_keeper()
        done = Child(Program(title, list(command), death_signal=signal.SIGKILL), self.logs)
        self.stages.append([done])
        done.start()
        while not done.has_ended():
            self._pause()
        self.stages.pop()
        words = "\n".join(done.last_lines)
        if done.last_exit == console.REFUSED:
            raise Stop(words)
        if done.last_exit:
            raise Stop(f"`{title}` failed (exit {done.last_exit}), so nothing was started. Its last words:\n{words}")

    def start(self, programs: Sequence[Program]) -> None:
        """Start a stage and wait until each of its programs is ready."""
        self.keep_a_keeper()
        colours = (36, 32, 33, 35, 34)
        already = sum(len(stage) for stage in self.stages)
        stage = [Child(each, self.logs, colours[(already + n) % 5]) for n, each in enumerate(programs)]
        self.stages.append(stage)
        for child in stage:
            child.start()
            self.record()
        for child in stage:
            self._await_ready(child)

    def _await_ready(self, child: Child) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not child.is_ready():
            ended = child.has_ended()
            if ended and (done := child.rescued()):
                self.tell(done)
                child.start()
                self.record()
            elif ended or time.monotonic() > deadline:
                words = "\n".join(child.last_lines)
                raise Stop(f"{child.program.name} did not start. Its last words, also in {self.logs}:\n{words}")
            self._pause()

    def _pause(self) -> None:
        time.sleep(TICK)
        if self.stopping:
            raise Stopped

    def watch(self) -> None:
        """Keep everything running until asked to stop."""
        while not self.stopping:
            self.keep_a_keeper()
            for stage in self.stages:
                for child in stage:
                    self._tend(child, time.monotonic())
            self._mind_the_disk()
            self.record()
            self.over.wait(TICK)

    def _mind_the_disk(self) -> None:
        for line in self.reserve.tend():
            self.tell(line)

    def _tend(self, child: Child, now: float) -> None:
        if child.has_ended():
            if done := child.rescued():
                self.tell(done)
            delay = child.back_off(now)
            self.tell(f"{child.program.name} ended ({_manner(child.last_exit)}); starting it again in {delay:.0f} s")
        elif child.state == "backing off" and now >= child.start_at:
            child.start()
            self.tell(f"{child.program.name} started again (process {child.process.pid if child.process else '?'})")
        elif child.state == "running":
            child.is_ready()

    def keep_a_keeper(self) -> None:
        """The process that ends everything when this one is killed."""
        if self._keeper is not None and self._keeper.poll() is None:
            return
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "runner.keeper", self.mark],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=layout.ROOT,
            env={**os.environ, "PYTHONPATH": str(layout.PLATFORM)},
            start_new_session=True,
        )

    def stop(self) -> None:
        """Stop the stages in reverse order; asked twice, stop everything at once."""
        self.over.set()
        for stage in reversed(self.stages):
            for child in stage:
                child.ask_to_stop()
            for child in stage:
                self._see_off(child)
            self.record()
        leftovers.end_marked(self.mark, patience=0.0) if self._keeper is None else self._dismiss_keeper()
        self.record()
        self._lock.close()

    def _see_off(self, child: Child) -> None:
        begun, patience = time.monotonic(), child.program.patience
        deadline = begun + patience
        while child.process is not None and child.process.poll() is None and time.monotonic() < deadline:
            if self.stopping > 1:
                deadline = 0.0
            time.sleep(TICK / 2)
        if not child.finish(deadline=0.0):
            self.tell(f"{child.program.name} did not stop within {patience:.0f} s and was ended")

    def _dismiss_keeper(self) -> None:
        """Closing its pipe makes it look for leftovers once more and go."""
        if self._keeper is None or self._keeper.stdin is None:
            return
        self._keeper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(timeout=2)

    def record(self) -> None:
        """Write DATA/run/processes.json when something changed."""
        processes = [child.summary() for stage in self.stages for child in stage]
        report = {"address": self.address, "disk_short_since": self.reserve.short_since, "processes": processes}
        if report == self._written:
            return
        own = {"pid": os.getpid(), "started": float(self.mark.rsplit(":", 1)[1])}
        with contextlib.suppress(OSError):  # a full disk is said by /healthz, and must not end the servers
            status.write(self.data, {"supervisor": own, **report})
            self._written = report  # only now: what could not be written is written when there is room again

    def serve(self, work: Callable[[], None]) -> int:
        """Do `work` (start things), watch until asked to stop, and stop whatever has been started."""
        try:
            self._mind_the_disk()
            work()
            self.watch()
        except Stopped:
            pass
        finally:
            begun = time.monotonic()
            self.tell("stopping …")
            self.stop()
            self.tell(f"everything has stopped ({console.duration(time.monotonic() - begun)})")
        return 0


def _manner(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit {code}"
    with contextlib.suppress(ValueError):
        return f"by {signal.Signals(-code).name}"
    return f"by signal {-code}"
