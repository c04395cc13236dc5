"""Everything a run says, in its own log file."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def captured(path: Path) -> Iterator[None]:
    """Append logging, stdout and stderr to `path`: by file descriptor, as TensorFlow's C++ writes there too."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    # The handlers that are there write to stdout, which goes to the same file: each line would stand in it twice.
    handlers, root.handlers = root.handlers, [handler]
    try:
        with _redirected(path):
            yield
    finally:
        root.handlers = handlers
        with suppress(OSError):  # a full disk: what it had not written yet is lost
            handler.close()


@contextmanager
def _redirected(path: Path) -> Iterator[None]:
    flush()
    saved = [os.dup(1), os.dup(2)]
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.dup2(target, 1)
        os.dup2(target, 2)
        yield
    finally:
        flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in (target, *saved):
            os.close(descriptor)


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # where it goes to, the disk may be full
            stream.flush()
