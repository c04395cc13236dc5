from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import time_machine
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.api.throttles import AnyoneThrottle, PersonThrottle


@pytest.fixture(params=["valkey", "memory"])
def three_a_minute(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Three requests a minute, counted in a real Valkey as in production, and in memory."""
    for throttle in (AnyoneThrottle, PersonThrottle):
        monkeypatch.setattr(throttle, "rate", "3/min", raising=False)
    if request.param == "valkey":
        request.getfixturevalue("valkey")
        backend = {"BACKEND": "server.cache.ForgivingRedisCache", "LOCATION": settings.REDIS_URL}
        settings.CACHES = {"default": backend}
    with time_machine.travel("2026-01-01T00:00:10Z", tick=False):
        yield


def test_who_asks_too_often_waits_for_the_next_minute(three_a_minute: None, alice_client: APIClient) -> None:
    assert [alice_client.get("/api/v1/keys").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = alice_client.get("/api/v1/keys")
    assert refused.headers["Retry-After"] == "51"
    assert refused.json()["error"]["code"] == "too_many_requests"
    with time_machine.travel("2026-01-01T00:01:01Z", tick=False):
        assert alice_client.get("/api/v1/keys").status_code == 200


def test_each_person_is_counted_apart(
    three_a_minute: None, alice_client: APIClient, bob_client: APIClient, key_client: APIClient
) -> None:
    assert [alice_client.get("/api/v1/keys").status_code for _ in range(3)] == [200] * 3
    assert bob_client.get("/api/v1/keys").status_code == 200
    assert key_client.get("/api/v1/keys").status_code == 429  # Alice too


def test_strangers_are_counted_by_address(three_a_minute: None, db: None, anyone: APIClient) -> None:
    body = {"email": "nobody@example.org", "password": "x"}
    asked = [anyone.post("/api/v1/session/sign-in", body, REMOTE_ADDR="10.0.0.1").status_code for _ in range(4)]
    assert asked == [400, 400, 400, 429]
    assert anyone.post("/api/v1/session/sign-in", body, REMOTE_ADDR="10.0.0.2").status_code == 400


def test_pages_work_while_the_counter_is_away(settings: Settings, tmp_path: Path, alice_client: APIClient) -> None:
    backend = {"BACKEND": "server.cache.ForgivingRedisCache", "LOCATION": f"unix://{tmp_path}/none.sock"}
    settings.CACHES = {"default": backend}
    assert alice_client.get("/api/v1/keys").status_code == 200


def test_the_cache_keeps_and_forgets_like_any_other(settings: Settings, valkey: redis.Redis) -> None:
    settings.CACHES = {"default": {"BACKEND": "server.cache.ForgivingRedisCache", "LOCATION": settings.REDIS_URL}}
    from django.core.cache import cache

    cache.set("a", [1, 2], timeout=60)
    assert cache.get("a") == [1, 2]
    assert not cache.add("a", 3)
    assert cache.delete("a")
    assert cache.get("a", "gone") == "gone"
    cache.add("n", 1)
    assert cache.incr("n") == 2
    with pytest.raises(ValueError, match="not found"):
        cache.incr("unset")
