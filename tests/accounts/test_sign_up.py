import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from tests.cast import at_once

URL = "/api/v1/session/sign-up"
BODY = {"email": "dora@example.org", "password": "a-long-enough-password", "name": "Dora"}


def test_by_default_people_come_by_invitation_only(administrator: User, anyone: APIClient) -> None:
    answer = anyone.post(URL, BODY)
    assert answer.status_code == 403
    assert "invitation" in answer.json()["error"]["message"]
    assert User.objects.count() == 1


def test_where_the_setting_allows_it_anybody_signs_up(
    settings: Settings, administrator: User, anyone: APIClient
) -> None:
    settings.SIGNUP = "open"
    answer = anyone.post(URL, BODY)
    assert answer.status_code == 201
    assert not answer.json()["is_staff"]
    assert anyone.get("/api/v1/session").json()["user"]["email"] == "dora@example.org"


def test_the_first_account_is_not_made_by_signing_up(settings: Settings, db: None, anyone: APIClient) -> None:
    settings.SIGNUP = "open"
    assert anyone.post(URL, BODY).status_code == 409
    assert not User.objects.exists()


@pytest.mark.parametrize("active", [True, False], ids=["account", "invitation"])
def test_an_address_that_is_known_cannot_sign_up_again(
    active: bool, settings: Settings, administrator: User, anyone: APIClient
) -> None:
    settings.SIGNUP = "open"
    User.objects.create_user("dora@example.org", is_active=active)
    answer = anyone.post(URL, {**BODY, "email": "DORA@example.org"})
    assert answer.status_code == 400
    assert "email" in answer.json()["error"]["fields"]


def test_the_session_tells_the_page_whether_to_offer_it(settings: Settings, db: None, anyone: APIClient) -> None:
    assert anyone.get("/api/v1/session").json()["signup"] == "invitation"
    settings.SIGNUP = "open"
    assert anyone.get("/api/v1/session").json()["signup"] == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_up_with_one_address_at_once_one_is_told(settings: Settings) -> None:
    settings.SIGNUP = "open"
    User.objects.create_superuser("admin@example.org", "a-long-enough-password")
    statuses = at_once(lambda number: APIClient().post(URL, {**BODY, "name": f"Dora {number}"}).status_code)
    assert sorted(statuses) == [201, 400]
