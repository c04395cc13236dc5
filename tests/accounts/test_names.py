"""Names and addresses of people: what others read in mails, and by what they are told apart."""

from collections.abc import Callable

import pytest
from django.core import mail
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import invitations, names
from accounts.models import User, normalised
from annotations.models import Project

PASSWORD = "a-long-enough-password"
LURE = "Your account is locked.\n\nUnlock it: http://evil.example/unlock"
Door = Callable[[str], int]


@pytest.fixture(params=["first account", "sign-up", "invitation"])
def come(request: pytest.FixtureRequest, settings: Settings, db: None, anyone: APIClient) -> Door:
    """Comes in by one of the doors under a name; tells the status."""
    settings.SIGNUP = "open"
    body = {"email": "dora@example.org", "password": PASSWORD}
    path = {"first account": "first-account", "sign-up": "sign-up"}.get(request.param)
    if path != "first-account":
        admin = User.objects.create_superuser("admin@example.org", PASSWORD)
    if not path:
        link = invitations.listed("dora@example.org", admin).link
        body = {"token": link.rpartition("/")[2], "password": PASSWORD}
    address = f"/api/v1/session/{path}" if path else "/api/v1/invitations/accept"

    def door(name: str) -> int:
        answer = anyone.post(address, {**body, "name": name})
        if answer.status_code == 400:
            assert answer.json()["error"]["fields"].keys() == {"name"}
        return int(answer.status_code)

    return door


@pytest.mark.parametrize(
    "name",
    [LURE, "www.evil.example", "see evil.example", "boss@example.org", "Al\u202eice", "Al\x1bice", "Al\u200bice"],
)
def test_a_name_with_an_address_or_with_what_cannot_be_seen_is_refused(name: str, come: Door) -> None:
    assert come(name) == 400
    assert not User.objects.filter(is_active=True, email="dora@example.org").exists()


def test_a_name_is_one_line(come: Door) -> None:
    assert come(" Dora\n\n  of\tOslo ") == 201
    assert User.objects.get(email="dora@example.org").name == "Dora of Oslo"


@pytest.mark.parametrize(
    "name", ["", "J. R. R. Tolkien", "O'Brien-Łukasz", "Müller, Jr.", "علی\u200cرضا", "山田 太郎", "3 of 4"]
)
def test_names_of_all_the_world_are_taken(name: str) -> None:
    assert names.checked(name) == name


def test_an_invitation_opens_with_the_house_s_own_words_whatever_the_inviter_is_called(
    alice: User, project: Project, alice_client: APIClient
) -> None:
    """As one who took such a name before names were checked."""
    User.objects.filter(pk=alice.pk).update(name=LURE)
    Project.objects.filter(pk=project.pk).update(name="Locked? http://evil.example")
    members = f"/api/v1/projects/{project.pk}/members"
    assert alice_client.post(members, {"email": "dora@example.org", "role": "viewer"}).status_code == 201
    text, html = str(mail.outbox[0].body), str(mail.outbox[0].alternatives[0].content)  # type: ignore[union-attr]
    assert text.startswith("alice@example.org invites you to Glyphsmith.")
    assert mail.outbox[0].subject == "alice@example.org invites you to Glyphsmith"
    assert "evil" not in text + html + mail.outbox[0].subject


def test_an_invitation_says_by_address_who_invites(administrator: User) -> None:
    invitations.send(invitations.listed("dora@example.org", administrator), administrator, "Plates")
    assert str(mail.outbox[0].body).startswith('Admin (admin@example.org) invites you to the project "Plates".')


def test_what_stands_in_any_mail_is_one_line() -> None:
    from accounts import mail as mails

    context = {
        "person": "Dora\n\nPay here:",
        "project": "Plates\r\nBcc: x",
        "failure": "a\u202eb",
        "run": 3,
        "link": "l",
    }
    mails.send("dora@example.org", "A\nB", "mail/run-failed", context)
    text = str(mail.outbox[0].body)
    assert "Hello Dora Pay here:," in text
    assert "Training run 3 of Plates Bcc: x failed" in text
    assert "\nab\n" in text
    assert mail.outbox[0].subject == "A B"


@pytest.mark.parametrize(
    "written", ["Boss@Example.ORG", "  boss@example.org ", "bo\u017fs@example.org", "\uff42oss@example.org"]
)
def test_however_an_address_is_written_it_is_the_same_persons(
    written: str, settings: Settings, administrator: User, anyone: APIClient
) -> None:
    """Somebody who signs up with a look-alike of an invited address becomes nobody, and no second person."""
    settings.SIGNUP = "open"
    invitations.listed("boss@example.org", administrator)
    body = {"email": written, "password": PASSWORD}
    assert anyone.post("/api/v1/session/sign-up", body).status_code == 400
    assert normalised(written) == "boss@example.org"
    assert User.objects.filter(email__contains="@example.org").count() == 2


@pytest.mark.parametrize("written", ["b\u0131ll@example.org", "b\u0130ll@example.org"])
def test_an_address_that_only_a_database_takes_for_another_is_none(
    written: str, settings: Settings, administrator: User, administrator_client: APIClient
) -> None:
    settings.SIGNUP = "open"
    body = {"email": written, "password": PASSWORD}
    assert APIClient().post("/api/v1/session/sign-up", body).status_code == 400
    assert administrator_client.post("/api/v1/invitations", {"email": written}).status_code == 400
    assert User.objects.count() == 1


def test_an_address_longer_than_can_be_kept_is_refused(administrator_client: APIClient) -> None:
    domain = ".".join(["a" * 60] * 4) + ".org"
    assert administrator_client.post("/api/v1/invitations", {"email": f"{'x' * 60}@{domain}"}).status_code == 400
