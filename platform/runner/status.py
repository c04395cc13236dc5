"""DATA/run: who supervises this folder, and how its processes are."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from runner.console import Stop


def file_of(data: Path) -> Path:
    return data / "run" / "processes.json"


def write(data: Path, status: dict[str, Any]) -> None:
    """Replace the file in one go: a reader sees the old state or the new one."""
    target = file_of(data)
    fresh = target.with_suffix(".json.new")
    fresh.write_text(json.dumps(status, indent=1) + "\n")
    fresh.replace(target)


def read(data: Path) -> dict[str, Any]:
    """The last written state; empty when there is none."""
    try:
        found = json.loads(file_of(data).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def claim(data: Path) -> IO[str]:
    """Hold the data folder for one server as long as the returned file is open; the kernel lets go of it at death."""
    (data / "run").mkdir(mode=0o700, exist_ok=True)
    lock = (data / "run" / "supervisor.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise Stop(_held_by_another(data)) from error
    return lock


def _held_by_another(data: Path) -> str:
    status = read(data)
    address, pid = status.get("address"), status.get("supervisor", {}).get("pid")
    where = f" at {address}" if address else ""
    stop = f"kill {pid}" if pid and pid != os.getpid() else "Ctrl-C where it was started"
    return (
        f"A server already runs on the data folder {data}{where}. Stop it first ({stop}), "
        "or give this one a folder and a port of its own: --data DIR --port 8001"
    )
