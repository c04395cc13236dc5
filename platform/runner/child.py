"""One supervised program: started, its lines kept and shown, stopped with all it has started."""

import contextlib
import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from runner import console, layout

SHIM = Path(__file__).with_name("shim.py")
LOG_BYTES, LOG_FILES = 10 * 1024**2, 3
FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0
STEADY_SECONDS = 60.0  # having run so long, a program that dies is started again without a grudge


@dataclass(frozen=True)
class Program:
    """What to run and how it wants to be stopped."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = 5.0  # seconds between the request to stop and its end by force
    death_signal: int = signal.SIGKILL  # what it gets from the kernel (Linux) when the supervisor dies
    niceness: int = 0
    inherited: tuple[int, ...] = ()  # file descriptors
    ready: Callable[[], bool] | None = None  # None: as soon as it runs
    # Told with what code the program ended before it was ready; a sentence says what was done about it.
    rescue: Callable[[int], str] | None = None


class LogFile(logging.handlers.RotatingFileHandler):
    """Keeps the last 10 MB, and three older files beside it."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(
            folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", errors="replace"
        )

        self._lost = 0

    def keep(self, line: str) -> None:
        if lost := self._lost:
            self._lost = 0
            self.handle(logging.makeLogRecord({"msg": f"(the disk was full: up to {lost} lines are missing here)"}))
            if self._lost:  # still full
                self._lost = lost + 1
                return
        self.handle(logging.makeLogRecord({"msg": line}))

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk must stop neither the servers nor the reading of their lines; what is lost is counted."""
        self._lost += 1


class Child:
    """A program's process, from one start to the next."""

    def __init__(self, program: Program, logs: Path, colour: int = 36) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.state = "waiting"  # waiting, running, backing off, stopped
        self.was_ready = False  # since it was last started
        self.started: float | None = None  # by the kernel's account, which tells a process from a later one of its pid
        self.restarts = 0
        self.last_exit: int | None = None
        self.start_at = 0.0
        self.last_lines: deque[str] = deque(maxlen=20)
        self._delay = FIRST_DELAY
        self._begun = 0.0
        self._log = LogFile(logs, program.name)
        self._prefix = console.coloured(f"{program.name:<15} |", colour)
        self._pump: threading.Thread | None = None

    def start(self) -> None:
        """From the main thread only: the kernel's death signal follows the thread that forked."""
        program = self.program
        death = program.death_signal if sys.platform == "linux" else 0
        shim = [sys.executable, "-I", "-S", str(SHIM), str(int(death)), str(os.getpid()), str(program.niceness)]
        self.process = subprocess.Popen(
            [*shim, *program.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=layout.ROOT,
            env={**os.environ, **program.environment, "PYTHONUNBUFFERED": "1"},
            pass_fds=program.inherited,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops them in order
        )
        self._begun = time.monotonic()
        self.was_ready = False
        self.started = _kernel_start(self.process.pid)
        self.state = "running"
        self._pump = threading.Thread(target=self._keep_lines, args=(self.process,), daemon=True)
        self._pump.start()

    def is_ready(self) -> bool:
        self.was_ready = self.was_ready or self.program.ready is None or self.program.ready()
        return self.was_ready

    def rescued(self) -> str:
        """What was done so that a program that ended before it was ready may fare better; nothing, mostly."""
        if self.was_ready or self.program.rescue is None or self.last_exit is None:
            return ""
        return self.program.rescue(self.last_exit)

    def _keep_lines(self, process: subprocess.Popen[bytes]) -> None:
        for raw in process.stdout or ():
            line = raw.decode(errors="replace").rstrip()
            self.last_lines.append(line)
            console.say(f"{self._prefix} {line}")
            self._log.keep(line)

    def has_ended(self) -> bool:
        """Whether the process ended since it was started; what it left running ends with it."""
        if self.process is None or self.process.poll() is None:
            return False
        self.last_exit = self.process.returncode
        self._kill_group(self.process.pid)
        if self._pump is not None:
            self._pump.join(timeout=1)
        self.process = None
        self.started = None
        return True

    def back_off(self, now: float) -> float:
        """Plan the next start: after 1 s, 2 s, 4 s … 30 s, and from 1 s again once it has run steadily."""
        if now - self._begun >= STEADY_SECONDS:
            self._delay = FIRST_DELAY
        delay, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY)
        self.state, self.start_at = "backing off", now + delay
        self.restarts += 1
        return delay

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def finish(self, deadline: float) -> bool:
        """Wait for the end until the deadline, then kill; tells whether it went by itself."""
        self.state = "stopped"
        if self.process is None:
            return True
        willing = True
        try:
            self.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            willing = False
            self._kill_group(self.process.pid)
            self.process.wait()
        self.has_ended()
        return willing

    def _kill_group(self, leader: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)

    def summary(self) -> dict[str, object]:
        return {
            "name": self.program.name,
            "pid": self.process.pid if self.process else None,
            "started": self.started,
            "state": self.state,
            "restarts": self.restarts,
            "last_exit": self.last_exit,
        }


def _kernel_start(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None
