"""What must be true before anything is installed or started; each refusal is a sentence that says what to do."""

import errno
import os
import shutil
import socket
import sys
from pathlib import Path

from runner import disk, reserve
from runner.console import Stop

GIB = 1024**3
ROOM_TO_GO_ON = 20_000_000  # what a folder that has served needs to be served again: logs, queue, sessions


def check_system() -> None:
    if sys.platform == "win32":
        raise Stop("Glyphsmith runs on Linux and macOS. On Windows, run it inside WSL.")


def check_folder(folder: Path, what: str) -> None:
    """Make the folder for its owner alone if need be, and prove that a file can be written in it."""
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise Stop(_unwritable(folder, what, error)) from error


def _unwritable(folder: Path, what: str, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk that holds {what} {folder} is full. Free some space and start again."
    other = "name another one with --data DIR" if "data" in what else "clone the repository elsewhere"
    return f"Cannot write in {what} {folder} ({error.strerror}). Give this user the right to write there, or {other}."


def check_room(folder: Path, needed: int, purpose: str) -> None:
    """Refuse when the disk of a folder (which may not exist yet) has less free space than needed, in bytes."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Stop(
            f"{purpose} needs about {_gib(needed)} of free disk space, and {folder} has {_gib(free)} left. "
            "Free some space and start again."
        )


def check_room_to_run(data: Path) -> None:
    """A new folder needs room for what will come. One that has served is served again on a disk that is nearly full:
    people can then still read, and delete what fills it."""
    if not (data / "run" / "processes.json").exists():
        check_room(data, disk.least_free(os.environ), "Running Glyphsmith")
    else:
        kept_back = reserve.kept(data)  # is given up as the server starts
        check_room(data, ROOM_TO_GO_ON - kept_back, "Running Glyphsmith, even without taking anything in,")


def _gib(count: int) -> str:
    return f"{count / GIB:.1f} GB" if count >= GIB else f"{count / 1024**2:.0f} MB"


def listen(host: str, port: int) -> socket.socket:
    """Take the address the web server will answer on; port 0 takes any free one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise Stop(f"--host {host} is no address of this machine ({error.strerror or error}).") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise Stop(_cannot_listen(host, port, error)) from error
    return listener


def check_address(host: str, port: int) -> None:
    """The same refusal, early: before minutes of installing."""
    listen(host, port).close()


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        by = _taken_by(port)
        return f"Port {port} is taken{f' by {by}' if by else ''}. Choose another: --port {_free_port_near(host, port)}"
    if error.errno == errno.EACCES:
        return f"Port {port} needs root's rights. Choose one above 1023: --port 8000"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is no address of this machine. Try --host 127.0.0.1, or --host 0.0.0.0 for all of them."
    return f"Cannot listen on {host}:{port} ({error.strerror})."


def _taken_by(port: int) -> str:
    """Name the process that listens there, as far as this user may see it; needs psutil, which comes later."""
    try:
        import psutil
    except ImportError:
        return ""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                process = psutil.Process(connection.pid)
                return f"{' '.join(process.cmdline()[:4]) or process.name()} (process {connection.pid})"
    except (psutil.Error, OSError):
        return ""
    return ""


def _free_port_near(host: str, port: int) -> int:
    for candidate in range(port + 1, min(port + 50, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return 8000
