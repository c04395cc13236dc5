import redis
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from runner import heartbeats

URL = "/api/v1/session"


def test_the_first_visitor_is_told_so(db: None, anyone: APIClient) -> None:
    answer = anyone.get(URL)
    assert answer.status_code == 200
    assert answer.json() == {
        "user": None,
        "first_visit": True,
        "signup": "invitation",
        "version": settings.VERSION,
        "workers": {"default": False, "predict": False, "training": False},
        "mail": "smtp",  # in the tests Django keeps mails in memory
        "disk_short": False,
        "device": None,
    }


def test_it_sets_the_csrf_cookie_that_the_page_reads(db: None, anyone: APIClient) -> None:
    cookie = anyone.get(URL).cookies["csrftoken"]
    assert cookie.value
    assert not cookie["httponly"]


def test_it_says_who_is_signed_in(alice: User, alice_client: APIClient) -> None:
    user = alice_client.get(URL).json()["user"]
    assert user == {"id": alice.pk, "email": "alice@example.org", "name": "Alice", "is_staff": False}


def test_the_first_visit_is_over_with_an_administrator(administrator: User, anyone: APIClient) -> None:
    assert anyone.get(URL).json()["first_visit"] is False


def test_it_says_which_workers_live(db: None, valkey: redis.Redis, anyone: APIClient) -> None:
    heartbeats.beat("training")
    answer = anyone.get(URL).json()
    assert answer["workers"] == {"default": False, "predict": False, "training": True}
    assert answer["device"]


def test_a_page_that_keeps_asking_is_never_refused(db: None, anyone: APIClient) -> None:
    assert {anyone.get(URL).status_code for _ in range(100)} == {200}
