"""A cache that may be away, or take nothing: the pages still work, they only count and remember nothing meanwhile."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

logger = logging.getLogger(__name__)
# Not only one that cannot be reached: one whose disk or memory is full refuses every write (MISCONF, OOM).
AWAY = (RedisError, OSError)
# accounts.limits.Turns. KEYS: a list of times, oldest first. ARGV: now, the span (milliseconds) and how many in it.
TAKE_TURN = """
local now, span, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local first = redis.call('LINDEX', KEYS[1], 0)
while first and tonumber(first) <= now - span do
  redis.call('LPOP', KEYS[1])
  first = redis.call('LINDEX', KEYS[1], 0)
end
local left = most - redis.call('LLEN', KEYS[1]) - 1
if left >= 0 then
  redis.call('RPUSH', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return {left, tonumber(first or now) + span - now}
"""


class ForgivingRedisCache(RedisCache):
    """Reads miss and writes are dropped while the server is away. It holds rate limits, nothing that must be kept."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return forgiving(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        forgiving(lambda: super(ForgivingRedisCache, self).set(key, value, *args, **kwargs), None)

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(forgiving(lambda: super(ForgivingRedisCache, self).add(key, value, *args, **kwargs), True))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(forgiving(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(forgiving(lambda: super(ForgivingRedisCache, self).delete(key, version), False))

    def take_turn(self, key: str, most: int, milliseconds: int, now: int) -> tuple[int, int]:
        left, wait = forgiving(lambda: self._take_turn(key, most, milliseconds, now), (most - 1, 0))
        return int(left), int(wait)

    def _take_turn(self, key: str, most: int, milliseconds: int, now: int) -> Any:
        script = self._cache.get_client(key, write=True).register_script(TAKE_TURN)
        return script(keys=[self.make_and_validate_key(key)], args=[now, milliseconds, most])


def forgiving(call: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return call()
    except AWAY as error:
        logger.warning("The cache is away or takes nothing: %s", error)
        return otherwise
