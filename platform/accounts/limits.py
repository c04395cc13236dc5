"""How often something may be done, counted in fixed windows: one atomic number for whoever does it.

Counters live in the cache. While it is away, nothing is counted.
"""

import time

from django.core.cache import cache

SECONDS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}


def allow(what: str, rate: str) -> bool:
    """Counts `what` once more; whether it is still within a rate such as "50/day"."""
    most, _, period = rate.partition("/")
    return count(f"limit:{what}", SECONDS[period], time.time()) <= int(most)


def count(key: str, duration: int, now: float) -> int:
    """How often this was counted in the window that runs, this time included."""
    window = f"{key}:{int(now // duration)}"
    cache.add(window, 0, timeout=duration * 2)
    try:
        return int(cache.incr(window))
    except ValueError:  # it went between the two calls
        return 1
