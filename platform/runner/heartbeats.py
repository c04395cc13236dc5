"""Which kinds of worker are alive: each says so every few seconds, and what it said soon expires."""

import os
import socket
from functools import cache

import redis
from django.conf import settings

from runner.device import device

KINDS = ("default", "predict", "training")
SECONDS_BETWEEN = 5
SECONDS_KEPT = 15


@cache
def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def key(kind: str) -> str:
    return f"glyphsmith:worker:{kind}:{socket.gethostname()}:{os.getpid()}"


def beat(kind: str) -> None:
    client(settings.REDIS_URL).set(key(kind), device(), ex=SECONDS_KEPT)


def stop(kind: str) -> None:
    client(settings.REDIS_URL).delete(key(kind))


def alive() -> dict[str, bool]:
    """By kind of worker. Where the broker is away, none is: nothing could be handed to them."""
    try:
        found = {name.split(":")[2] for name in names("*")}
    except redis.RedisError:
        found = set()
    return {kind: kind in found for kind in KINDS}


def training_device() -> str | None:
    """What the training worker computes with; None while there is none."""
    try:
        written = client(settings.REDIS_URL).mget(names("training") or ["none"])
    except redis.RedisError:
        return None
    return next((bytes(value).decode() for value in written if isinstance(value, bytes)), None)


def names(kind: str) -> list[str]:
    found = client(settings.REDIS_URL).scan_iter(f"glyphsmith:worker:{kind}:*", count=1000)
    return sorted(bytes(name).decode() for name in found)


def broker_answers() -> None:
    """Raises redis.RedisError when the broker is away."""
    client(settings.REDIS_URL).ping()
