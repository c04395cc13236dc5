"""How often something may be done: so many times in any span of so many seconds, whenever the span begins.

A window that begins anew each full minute would let twice as many pass around its turn. So the times of what passed are
kept, in the cache, for as long as they count. While it is away, nothing is counted.
"""

import math
import time
from dataclasses import dataclass
from typing import Protocol, cast

from django.core.cache import cache

SECONDS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}


class Turns(Protocol):
    """What a cache must be able to do beyond Django's own."""

    def take_turn(self, key: str, most: int, milliseconds: int, now: int) -> tuple[int, int]:
        """Counts one more where fewer than `most` are counted, atomically. How many more may follow, negative where
        this one may not pass itself; and in how many milliseconds one more may."""
        ...


@dataclass(frozen=True)
class Turn:
    """One attempt: whether it may pass, how many may follow at once, and after how many seconds one more may."""

    allowed: bool
    left: int
    seconds: int


def take_turn(what: str, most: int, seconds: int) -> Turn:
    now = int(time.time() * 1000)
    left, wait = cast(Turns, cache).take_turn(what, most, seconds * 1000, now)
    return Turn(left >= 0, max(left, 0), max(math.ceil(wait / 1000), 1))


def allow(what: str, rate: str) -> bool:
    """Counts `what` once more where that is within a rate such as "50/day"; whether it is."""
    most, _, period = rate.partition("/")
    return take_turn(f"limit:{what}", int(most), SECONDS[period]).allowed
