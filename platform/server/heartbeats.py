"""Which kinds of worker are alive: each says so every few seconds, and what it said soon expires."""

import os
import socket
from functools import cache

import redis
from django.conf import settings

KINDS = ("default", "predict", "training")
SECONDS_BETWEEN = 5
SECONDS_KEPT = 15


@cache
def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def beat(kind: str) -> None:
    key = f"glyphsmith:worker:{kind}:{socket.gethostname()}:{os.getpid()}"
    client(settings.REDIS_URL).set(key, "alive", ex=SECONDS_KEPT)


def stop(kind: str) -> None:
    client(settings.REDIS_URL).delete(f"glyphsmith:worker:{kind}:{socket.gethostname()}:{os.getpid()}")


def alive() -> dict[str, bool]:
    """By kind of worker. Where the broker is away, none is: nothing could be handed to them."""
    try:
        keys = [key.decode() for key in client(settings.REDIS_URL).scan_iter("glyphsmith:worker:*", count=1000)]
    except redis.RedisError:
        keys = []
    found = {key.split(":")[2] for key in keys}
    return {kind: kind in found for kind in KINDS}


def broker_answers() -> None:
    """Raises redis.RedisError when the broker is away."""
    client(settings.REDIS_URL).ping()
