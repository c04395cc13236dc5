"""What a person at the terminal reads."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator

REFUSED = 3  # a command's exit code: what it said last are sentences to act on

_lock = threading.Lock()


class Stop(Exception):
    """A reason not to go on, as sentences the user can act on; ends the command without a traceback."""


def say(text: str = "") -> None:
    """Print a line; a terminal that has gone away must not end the servers."""
    with _lock, contextlib.suppress(OSError, ValueError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def complain(text: str) -> None:
    with _lock, contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def coloured(text: str, colour: int) -> str:
    """Text in one of the terminal's eight colours (31 red … 36 cyan), where it is a terminal."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step that takes a while, and say how long it took."""
    say(f"{coloured('→', 36)} {title} …")
    begun = time.monotonic()
    yield
    say(f"  done in {duration(time.monotonic() - begun)}")


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def told(command: str, fail_code: int = 1) -> "_Told":
    """End the process with the sentence of a Stop, or quietly on Ctrl-C, instead of a traceback."""
    return _Told(command, fail_code)


class _Told(contextlib.AbstractContextManager[None]):
    def __init__(self, command: str, fail_code: int) -> None:
        self.command, self.fail_code = command, fail_code

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Stop):
            complain(f"{coloured(self.command + ':', 31)} {error}")
            sys.exit(self.fail_code)
        if isinstance(error, KeyboardInterrupt):
            complain(f"\n{self.command}: interrupted; run it again and it goes on where it was.")
            sys.exit(130)
