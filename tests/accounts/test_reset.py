import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from tests.conftest import PASSWORD

ASK, CONFIRM = "/api/v1/session/reset", "/api/v1/session/reset/confirm"
NEW = "another-long-password"


@pytest.fixture
def link(alice: User, anyone: APIClient) -> dict[str, str]:
    """What the mail's link holds."""
    assert anyone.post(ASK, {"email": "ALICE@example.org"}).status_code == 200
    found = re.search(r"http://localhost:8000/reset/([^/\s]+)/([^/\s]+)", str(mail.outbox[0].body))
    assert found
    return {"uid": found[1], "token": found[2]}


def test_the_link_in_the_mail_sets_a_new_password_and_signs_in(link: dict[str, str], anyone: APIClient) -> None:
    assert mail.outbox[0].to == ["alice@example.org"]
    assert anyone.post(CONFIRM, {**link, "password": NEW}).status_code == 200
    assert anyone.get("/api/v1/session").json()["user"]["email"] == "alice@example.org"
    again = APIClient()
    assert (
        again.post("/api/v1/session/sign-in", {"email": "alice@example.org", "password": PASSWORD}).status_code == 400
    )
    assert again.post("/api/v1/session/sign-in", {"email": "alice@example.org", "password": NEW}).status_code == 200


def test_a_new_password_ends_every_other_session(
    alice_client: APIClient, link: dict[str, str], anyone: APIClient
) -> None:
    assert alice_client.get("/api/v1/keys").status_code == 200
    anyone.post(CONFIRM, {**link, "password": NEW})
    assert alice_client.get("/api/v1/keys").status_code == 401


def test_a_link_works_once(link: dict[str, str], anyone: APIClient) -> None:
    anyone.post(CONFIRM, {**link, "password": NEW})
    answer = APIClient().post(CONFIRM, {**link, "password": "a-third-long-password"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "link_stale"


def test_a_link_works_for_a_day(link: dict[str, str], anyone: APIClient) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert anyone.post(CONFIRM, {**link, "password": NEW}).json()["error"]["code"] == "link_stale"


@pytest.mark.parametrize("change", [{"uid": "zzz"}, {"uid": "!"}, {"token": "wrong"}, {"token": "abc-def"}])
def test_a_forged_link_sets_nothing(change: dict[str, str], link: dict[str, str], anyone: APIClient) -> None:
    assert anyone.post(CONFIRM, {**link, **change, "password": NEW}).status_code == 400
    assert User.objects.get().check_password(PASSWORD)


def test_a_weak_password_is_refused_and_the_link_stays_good(link: dict[str, str], anyone: APIClient) -> None:
    answer = anyone.post(CONFIRM, {**link, "password": "short"})
    assert answer.status_code == 400
    assert "password" in answer.json()["error"]["fields"]
    assert anyone.post(CONFIRM, {**link, "password": NEW}).status_code == 200


def test_who_has_no_account_gets_the_same_answer_and_no_mail(db: None, anyone: APIClient) -> None:
    assert anyone.post(ASK, {"email": "nobody@example.org"}).status_code == 200
    assert mail.outbox == []


def test_somebody_shut_out_or_only_invited_gets_no_mail(db: None, anyone: APIClient) -> None:
    User.objects.create_user("dora@example.org", is_active=False)
    assert anyone.post(ASK, {"email": "dora@example.org"}).status_code == 200
    assert mail.outbox == []


def test_one_address_is_not_flooded_with_mails(alice: User, anyone: APIClient) -> None:
    statuses = [anyone.post(ASK, {"email": alice.email}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert len(mail.outbox) == 3


def test_what_is_no_address_is_refused(db: None, anyone: APIClient) -> None:
    assert anyone.post(ASK, {"email": "dora"}).status_code == 400


def test_a_host_header_does_not_get_into_the_link(alice: User, anyone: APIClient) -> None:
    anyone.post(ASK, {"email": alice.email}, headers={"X-Forwarded-Host": "evil.example"}, SERVER_NAME="127.0.0.1")
    assert "http://localhost:8000/reset/" in str(mail.outbox[0].body)
