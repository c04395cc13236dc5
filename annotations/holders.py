"""Who holds a lease: a process on a machine, written so that a neighbour can tell whether it still lives."""

import hashlib
import os
import socket
from functools import cache
from pathlib import Path
from uuid import uuid4

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PROCESS_NAMES = Path("/proc/self/ns/pid")


@cache
def place() -> str:
    """Where process numbers mean the same: one start of one machine, and in it one container."""
    try:
        here = BOOT_ID.read_text() + str(PROCESS_NAMES.readlink())
    except OSError:  # not Linux: the name of the machine must do
        here = socket.gethostname()
    return hashlib.sha256(here.encode()).hexdigest()[:16]


def new_token() -> str:
    """Unlike any other; says where and which process."""
    return f"{place()}:{os.getpid()}:{uuid4().hex[:12]}"


def is_dead(token: str) -> bool:
    """True only for a process of this place that is gone. Of others only their heartbeat tells."""
    where, _, rest = token.partition(":")
    number = rest.partition(":")[0]
    return where == place() and number.isdigit() and not lives(int(number))


def lives(number: int) -> bool:
    """A process that was killed keeps its number until its parent has looked at it; it lives no more."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
