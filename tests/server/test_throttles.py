from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
import requests
import time_machine
from pytest_django import Settings
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from accounts import limits
from accounts.api.throttles import AnyoneThrottle, PersonThrottle, StrangerThrottle
from tests.server.conftest import Site

BEGIN = 1767225610.0  # 2026-01-01T00:00:10Z


@pytest.fixture
def counting(settings: Settings, valkey: redis.Redis) -> None:
    """Counted in a real Valkey, as in production."""
    backend = {"BACKEND": "server.cache.ForgivingRedisCache", "LOCATION": settings.REDIS_URL}
    settings.CACHES = {"default": backend}


@pytest.fixture
def three_a_minute(counting: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    for throttle in (AnyoneThrottle, PersonThrottle, StrangerThrottle):
        monkeypatch.setattr(throttle, "rate", "3/min", raising=False)
    with time_machine.travel(BEGIN, tick=False) as clock:
        yield clock


def test_who_asks_too_often_is_told_when_the_next_may_pass(
    three_a_minute: time_machine.Traveller, alice_client: APIClient
) -> None:
    for second in (0, 20, 40):
        three_a_minute.move_to(BEGIN + second)
        assert alice_client.get("/api/v1/keys").status_code == 200
    refused = alice_client.get("/api/v1/keys")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "20")
    assert refused.json()["error"]["code"] == "too_many_requests"
    three_a_minute.move_to(BEGIN + 59)
    assert alice_client.get("/api/v1/keys").headers["Retry-After"] == "1"
    three_a_minute.move_to(BEGIN + 60)
    assert alice_client.get("/api/v1/keys").status_code == 200
    assert alice_client.get("/api/v1/keys").headers["Retry-After"] == "20"


def test_every_answer_says_how_many_more_may_follow(
    three_a_minute: time_machine.Traveller, alice_client: APIClient
) -> None:
    told = [alice_client.get("/api/v1/keys").headers for _ in range(4)]
    assert [headers["RateLimit-Remaining"] for headers in told] == ["2", "1", "0", "0"]
    assert {(headers["RateLimit-Limit"], headers["RateLimit-Reset"]) for headers in told} == {("3", "60")}


@pytest.mark.parametrize("begin", [0.0, 29.5, 59.9])
def test_in_no_span_of_a_minute_do_more_pass_than_the_rate_says(counting: None, begin: float) -> None:
    """However the minute of the clock falls: 240 attempts in two seconds around it, then some each second."""
    passed: list[float] = []
    with time_machine.travel(BEGIN, tick=False) as clock:
        attempts = [begin + number / 120 for number in range(240)] + [begin + 2 + number / 3 for number in range(360)]
        for seconds in attempts:
            clock.move_to(BEGIN + 40 + seconds)
            if limits.take_turn("test", 120, 60).allowed:
                passed.append(seconds)
    assert 240 <= len(passed) < 250  # nothing that may pass is lost either: twice 120, and the first of a third
    for first in passed:  # times are counted in whole milliseconds
        assert sum(first <= each < first + 59.998 for each in passed) <= 120


def test_each_person_is_counted_apart(
    three_a_minute: time_machine.Traveller, alice_client: APIClient, bob_client: APIClient, key_client: APIClient
) -> None:
    assert [alice_client.get("/api/v1/keys").status_code for _ in range(3)] == [200] * 3
    assert bob_client.get("/api/v1/keys").status_code == 200
    assert key_client.get("/api/v1/keys").status_code == 429  # Alice too


def test_strangers_are_counted_by_address(three_a_minute: time_machine.Traveller, db: None, anyone: APIClient) -> None:
    body = {"email": "nobody@example.org", "password": "x"}
    asked = [anyone.post("/api/v1/session/sign-in", body, REMOTE_ADDR="10.0.0.1").status_code for _ in range(4)]
    assert asked == [400, 400, 400, 429]
    assert anyone.post("/api/v1/session/sign-in", body, REMOTE_ADDR="10.0.0.2").status_code == 400


@pytest.mark.parametrize("key", ["", "Bearer gs_wrong"])
@pytest.mark.parametrize("door", ["/api/v1/keys", "/api/v2/OCR/Model/none"])
def test_a_request_with_a_wrong_key_or_none_is_counted_by_address(
    three_a_minute: time_machine.Traveller, db: None, key: str, door: str, key_client: APIClient
) -> None:
    headers = {"Authorization": key} if key else {}
    asked = [APIClient().get(door, headers=headers) for _ in range(5)]
    assert [answer.status_code for answer in asked] == [401, 401, 401, 429, 429]
    assert asked[-1].headers["Retry-After"] == "60"
    assert "Try again in 60 seconds" in asked[-1].json()["error"]["message"]
    assert ("errors" in asked[-1].json()) == door.startswith("/api/v2")
    assert APIClient().get(door, headers=headers, REMOTE_ADDR="10.0.0.2").status_code == 401
    # At the same address, whoever has a key goes on, and whoever has none can sign in.
    assert key_client.get("/api/v1/keys").status_code == 200
    assert APIClient().post("/api/v1/session/sign-in", {"email": "x@example.org", "password": "x"}).status_code == 400


def test_a_page_of_thumbnails_after_the_end_of_a_session_uses_nothing_up(
    three_a_minute: time_machine.Traveller, db: None, anyone: APIClient
) -> None:
    thumbnail = "/media/images/00000000-0000-4000-8000-000000000000/thumbnail"
    assert {anyone.get(thumbnail).status_code for _ in range(5)} == {401}
    wrong = {"Authorization": "Bearer gs_wrong"}
    assert [anyone.get(thumbnail, headers=wrong).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_behind_a_proxy_the_address_is_what_the_proxy_says_and_not_what_was_sent_to_it(
    three_a_minute: time_machine.Traveller, db: None, anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*forwarded: str) -> list[int]:
        return [anyone.get("/api/v1/keys", headers={"X-Forwarded-For": each}).status_code for each in forwarded]

    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    assert asked("10.0.0.1", "6.6.6.6, 10.0.0.1", "7.7.7.7, 10.0.0.1", "8.8.8.8, 10.0.0.1") == [401, 401, 401, 429]
    assert asked("10.0.0.1, 10.0.0.2") == [401]
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 0)  # nobody stands before it: whatever is sent is made up
    assert asked("1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4") == [401, 401, 401, 429]


def test_the_addresses_of_one_ipv6_network_are_counted_as_one(
    three_a_minute: time_machine.Traveller, db: None, anyone: APIClient
) -> None:
    asked = [anyone.get("/api/v1/keys", REMOTE_ADDR=f"2001:db8:1:2::{number}").status_code for number in range(1, 5)]
    assert asked == [401, 401, 401, 429]
    assert anyone.get("/api/v1/keys", REMOTE_ADDR="2001:db8:1:3::1").status_code == 401
    assert [anyone.get("/api/v1/keys", REMOTE_ADDR=f"::ffff:10.0.0.{number}").status_code for number in range(4)] == [
        401
    ] * 4


def test_the_count_is_one_over_all_web_processes(live_site: Site, valkey: redis.Redis) -> None:
    def ask(_: int) -> int:
        headers = {"Authorization": "Bearer gs_wrong", "X-Forwarded-For": "10.1.1.1"}
        return requests.get(f"{live_site.address}/api/v1/keys", headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(ask, range(70)))
    assert (answers.count(401), answers.count(429)) == (60, 10)
    mine = requests.get(f"{live_site.address}/api/v1/keys", auth=(live_site.key, ""), timeout=60)
    assert mine.status_code == 200


def test_pages_work_while_the_counter_is_away(settings: Settings, tmp_path: Path, alice_client: APIClient) -> None:
    backend = {"BACKEND": "server.cache.ForgivingRedisCache", "LOCATION": f"unix://{tmp_path}/none.sock"}
    settings.CACHES = {"default": backend}
    assert alice_client.get("/api/v1/keys").status_code == 200


def test_the_cache_keeps_and_forgets_like_any_other(counting: None) -> None:
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
