"""A cache that may be away, or take nothing: the pages still work, they only count and remember nothing meanwhile."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

logger = logging.getLogger(__name__)
# Not only one that cannot be reached: one whose disk or memory is full refuses every write (MISCONF, OOM).
AWAY = (RedisError, OSError)


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


def forgiving(call: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return call()
    except AWAY as error:
        logger.warning("The cache is away or takes nothing: %s", error)
        return otherwise
