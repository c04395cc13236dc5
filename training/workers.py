"""Whether anyone is there to do the work: the heartbeats that workers leave in Redis."""

import redis

from runner import heartbeats


def count(kind: str) -> int:
    """How many workers of a kind ("default", "predict", "training") are alive; 0 when the broker is away."""
    try:
        return len(heartbeats.names(kind))
    except redis.RedisError:
        return 0
