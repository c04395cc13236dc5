"""Find and end processes that a supervisor which is no more has left behind."""

import contextlib
import hashlib
import os
import time
from pathlib import Path

import psutil

# In the environment of everything a supervisor starts: FOLDER:PID:STARTED. Children of children carry it too.
MARK = "GLYPHSMITH_SUPERVISOR"


def folder_mark(data: Path) -> str:
    """What the marks of all supervisors of one data folder begin with.

    Of its path and of the folder itself: neither a copy beside it nor a copy put in its place is the same folder.
    """
    folder = data.resolve()
    itself = folder.stat()
    return hashlib.sha256(os.fsencode(folder) + f":{itself.st_dev}:{itself.st_ino}".encode()).hexdigest()[:16] + ":"


def own_mark(data: Path) -> str:
    """The mark of this supervisor alone."""
    return f"{folder_mark(data)}{os.getpid()}:{psutil.Process().create_time():.2f}"


def marked(beginning: str) -> list[psutil.Process]:
    """Every other process whose mark begins so. Processes of other users cannot be looked into and are not ours."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK, "").startswith(beginning):
                found.append(process)
    return found


def end(processes: list[psutil.Process], patience: float) -> None:
    """Ask them to stop, and after `patience` seconds leave them no choice."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=patience)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=patience)


def end_marked(beginning: str, patience: float = 3.0) -> int:
    """End all that carry the mark, also what they start while dying; tells how many there were."""
    ended = 0
    for _ in range(5):
        processes = [process for process in marked(beginning) if process.status() != psutil.STATUS_ZOMBIE]
        if not processes:
            break
        end(processes, patience)
        ended += len(processes)
        time.sleep(0.05)
    return ended
