from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import invitations
from accounts.models import Invitation, User

URL, ACCEPT = "/api/v1/invitations", "/api/v1/invitations/accept"
PASSWORD = "a-long-enough-password"


@pytest.fixture
def token(administrator_client: APIClient) -> str:
    link: str = administrator_client.post(URL, {"email": "Dora@example.org"}).json()["link"]
    return link.rpartition("/")[2]


def test_the_administrator_invites_by_mail(administrator_client: APIClient) -> None:
    answer = administrator_client.post(URL, {"email": "Dora@example.org"})
    assert answer.status_code == 201
    assert answer.json()["email"] == "dora@example.org"
    assert answer.json()["link"].startswith("http://localhost:8000/invitation/")
    assert mail.outbox[0].to == ["dora@example.org"]
    assert mail.outbox[0].subject == "Admin invites you to Glyphsmith"
    assert answer.json()["link"] in str(mail.outbox[0].body)
    assert [one["email"] for one in administrator_client.get(URL).json()] == ["dora@example.org"]


def test_the_link_lets_its_owner_choose_a_password_and_come_in(token: str, anyone: APIClient) -> None:
    answer = anyone.post(ACCEPT, {"token": token, "password": PASSWORD, "name": "Dora"})
    assert answer.status_code == 201
    assert anyone.get("/api/v1/session").json()["user"]["name"] == "Dora"
    body = {"email": "dora@example.org", "password": PASSWORD}
    assert APIClient().post("/api/v1/session/sign-in", body).status_code == 200


def test_an_invitation_is_good_once(token: str, anyone: APIClient) -> None:
    anyone.post(ACCEPT, {"token": token, "password": PASSWORD})
    answer = APIClient().post(ACCEPT, {"token": token, "password": "a-strangers-password"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invitation_gone"
    assert User.objects.get(email="dora@example.org").check_password(PASSWORD)


def test_an_invitation_is_good_for_two_weeks(token: str, anyone: APIClient) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert anyone.post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 400
    assert not User.objects.get(email="dora@example.org").is_active


def test_inviting_again_sends_a_new_link_and_one_of_them_suffices(
    token: str, administrator: User, anyone: APIClient
) -> None:
    second = invitations.invite("dora@example.org", administrator).link.rpartition("/")[2]
    assert anyone.post(ACCEPT, {"token": second, "password": PASSWORD}).status_code == 201
    assert APIClient().post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 400


def test_whoever_has_an_account_is_not_invited(alice: User, administrator_client: APIClient) -> None:
    answer = administrator_client.post(URL, {"email": alice.email})
    assert answer.status_code == 409
    assert mail.outbox == []


def test_somebody_shut_out_cannot_come_back_by_an_old_invitation(token: str, anyone: APIClient) -> None:
    dora = User.objects.get(email="dora@example.org")
    dora.set_password("was-here-before")
    dora.save()
    assert anyone.post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 400
    assert not User.objects.get(pk=dora.pk).is_active


def test_a_weak_password_leaves_the_invitation_open(token: str, anyone: APIClient) -> None:
    answer = anyone.post(ACCEPT, {"token": token, "password": "short"})
    assert answer.status_code == 400
    assert "password" in answer.json()["error"]["fields"]
    assert anyone.post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 201


def test_the_token_is_stored_hashed(token: str) -> None:
    assert token not in Invitation.objects.get().digest


def test_a_project_is_named_in_the_mail(administrator: User) -> None:
    invitations.invite("dora@example.org", administrator, "Plates & <Signs>")
    message = mail.outbox[0]
    assert message.subject == "Admin invites you to Plates & <Signs>"
    html = message.alternatives[0].content  # type: ignore[attr-defined]
    assert "Plates &amp; &lt;Signs&gt;" in html


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_the_administrator_invites(method: str, alice_client: APIClient, anyone: APIClient) -> None:
    assert getattr(alice_client, method)(URL, {"email": "dora@example.org"}).status_code == 403
    assert getattr(anyone, method)(URL, {"email": "dora@example.org"}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"email": "dora"}, {"email": None}])
def test_an_invitation_needs_an_address(body: dict[str, object], administrator_client: APIClient) -> None:
    assert administrator_client.post(URL, body).status_code == 400


@pytest.mark.parametrize("body", [{}, {"token": "x"}, {"token": "x", "password": PASSWORD}])
def test_a_wrong_token_opens_nothing(body: dict[str, str], db: None, anyone: APIClient) -> None:
    assert anyone.post(ACCEPT, body).status_code == 400
