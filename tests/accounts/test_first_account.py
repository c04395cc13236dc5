import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.cast import at_once

URL = "/api/v1/session/first-account"
BODY = {"email": "Dora@Example.org", "password": "a-long-enough-password", "name": "Dora"}


def test_the_first_person_becomes_the_administrator_and_is_signed_in(db: None, anyone: APIClient) -> None:
    answer = anyone.post(URL, BODY)
    assert answer.status_code == 201
    assert answer.json() == {"id": User.objects.get().pk, "email": "dora@example.org", "name": "Dora", "is_staff": True}
    assert anyone.get("/api/v1/session").json()["user"]["name"] == "Dora"


def test_there_is_one_first_account_only(administrator: User, anyone: APIClient) -> None:
    answer = anyone.post(URL, BODY)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "not_first"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "dora"}, "email"),
        ({"email": ""}, "email"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "dora@example.org"}, "password"),
        ({"name": "x" * 101}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(change: dict[str, str], field: str, db: None, anyone: APIClient) -> None:
    answer = anyone.post(URL, {**BODY, **change})
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_at_once_one_is_the_first() -> None:
    def come(number: int) -> int:
        return APIClient().post(URL, {**BODY, "email": f"dora{number}@example.org"}).status_code

    statuses = at_once(come)
    assert sorted(statuses) == [201, 409]
    assert User.objects.count() == 1


def test_the_first_visitor_does_not_become_somebody_who_has_a_password(alice: User, anyone: APIClient) -> None:
    """Such as one who was made by the command that prints keys, and chose a password by mail."""
    answer = anyone.post(URL, {**BODY, "email": "ALICE@example.org"})
    assert answer.status_code == 400
    assert "email" in answer.json()["error"]["fields"]
    assert not User.objects.get().is_staff
