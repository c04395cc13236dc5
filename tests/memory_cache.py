"""The tests' own cache: in memory, and able to count as the product's is (accounts.limits.Turns)."""

import threading

from django.core.cache.backends.locmem import LocMemCache

_one_at_a_time = threading.Lock()


class CountingMemoryCache(LocMemCache):
    def take_turn(self, key: str, most: int, milliseconds: int, now: int) -> tuple[int, int]:
        with _one_at_a_time:
            times = [time for time in self.get(key, []) if time > now - milliseconds]
            left = most - len(times) - 1
            wait = (times[0] if times else now) + milliseconds - now
            self.set(key, [*times, now] if left >= 0 else times, timeout=milliseconds / 1000)
            return left, wait
