"""A server whose data folder is a disk of its own, small and in memory, that can really be filled.

The disk is mounted in a mount namespace of the server: nobody else sees it, and it is gone with the last process that
does. Root may do so; others may where the kernel lets them make a user namespace. The test reaches the files through
/proc/PID/root.
"""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from runner import entry, layout

READY = re.compile(r"Glyphsmith is ready: (\S+)")
START_SECONDS = 120
PIECE = 1 << 20
MOUNT = 'mount -t tmpfs -o size="$SIZE",mode=700 glyphsmith "$DISK" && exec "$@"'


def unshare() -> list[str]:
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


@cache
def why_not() -> str:
    """Empty where a small disk can be had."""
    if shutil.which("unshare") is None:
        return "there is no `unshare` here (not Linux)"
    tried = subprocess.run(
        [*unshare(), "sh", "-c", MOUNT, "sh", "true"],
        env={**os.environ, "SIZE": "1m", "DISK": "/tmp"},  # noqa: S108  in a namespace of its own
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if tried.returncode == 0 else f"no disk can be mounted here: {tried.stderr.strip()}"


@dataclass
class Server:
    """A running server on its small disk."""

    process: subprocess.Popen[bytes]
    disk: Path  # as the test sees it
    log: Path
    address: str = ""

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def free(self) -> int:
        return shutil.disk_usage(self.disk).free

    def fill(self, leave: int = 0) -> None:
        """With a file that nobody of the server's knows: as another program fills a disk, until its first error."""
        room = self.free() - leave
        with (self.disk / f"filling-{time.monotonic_ns()}").open("wb") as file:
            for start in range(0, room, PIECE):
                try:
                    os.posix_fallocate(file.fileno(), start, min(PIECE, room - start))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    return

    def make_room(self) -> None:
        for path in self.disk.glob("filling-*"):
            path.unlink()


@contextmanager
def started(folder: Path, size: str, **settings: str) -> Iterator[Server]:
    if reason := why_not():
        pytest.skip(reason)
    data, log = folder / "data", folder / "server.out"
    data.mkdir(exist_ok=True)
    # Its database lies on the small disk too: a server's would be another's, and know other pictures.
    others = ("DJANGO_", "GLYPHSMITH_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    command = [sys.executable, str(layout.ROOT / "script" / "server"), "--port", "0", "--data", str(data)]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*unshare(), "sh", "-c", MOUNT, "sh", *command],
            env={**kept, entry.SET_UP: str(layout.ROOT), "SIZE": size, "DISK": str(data), **settings},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Server(process, Path(f"/proc/{process.pid}/root{data}"), log)
    try:
        running.address = _address(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _address(running: Server) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not (found := READY.search(running.said())):
        if running.process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"The server did not get ready:\n{running.said()[-5000:]}")
        time.sleep(0.1)
    return found[1]
