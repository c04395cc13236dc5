"""A progress bar for a terminal: one line on standard error, silent where that is no terminal."""

import shutil
import sys
import time
from types import TracebackType

EVERY = 0.1  # seconds between two drawings


class Bar:
    def __init__(self, name: str, quiet: bool = False) -> None:
        self._name = name
        self._silent = quiet or not sys.stderr.isatty()
        self._last = 0.0

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, fraction: float, words: str = "", seconds_left: float | None = None) -> None:
        """Draws the bar at `fraction` (0 to 1), at most ten times a second."""
        now = time.monotonic()
        if self._silent or now - self._last < EVERY:
            return
        self._last = now
        sys.stderr.write("\r" + line(fraction, words or self._name, seconds_left, shutil.get_terminal_size().columns))
        sys.stderr.flush()

    def clear(self) -> None:
        if not self._silent:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def line(fraction: float, words: str, seconds_left: float | None, columns: int) -> str:
    """One line of exactly `columns` - 1 characters."""
    share = min(max(fraction, 0.0), 1.0)
    filled = round(20 * share)
    left = f"  {duration(seconds_left)} left" if seconds_left is not None else ""
    text = f"{'█' * filled}{'·' * (20 - filled)} {100 * share:3.0f} %  {words}{left}"
    return text[: columns - 1].ljust(columns - 1)


def duration(seconds: float) -> str:
    """`8 s`, `3 min`, `2 h 5 min`"""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
