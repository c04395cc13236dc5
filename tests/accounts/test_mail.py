import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import mail, outbox
from accounts.models import User
from annotations.models import Project
from server.environment import Environment

CONTEXT = {"email": "zoë@example.org", "link": "http://localhost:8000/reset/1/2"}


class Mailbox(Message):  # type: ignore[misc]  # aiosmtpd publishes no types
    def __init__(self) -> None:
        super().__init__(message_class=EmailMessage)
        self.mails: list[EmailMessage] = []

    def handle_message(self, message: EmailMessage) -> None:
        self.mails.append(message_from_bytes(message.as_bytes(), policy=policy.default))


@pytest.fixture
def mail_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A real SMTP server, and the settings that EMAIL_URL gives for it."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{port}")
    for name, value in Environment().mail("EMAIL_URL").items():
        setattr(settings, name, value)
    yield mailbox
    controller.stop()


@pytest.fixture
def files(settings: Settings, data_dir: Path) -> Path:
    settings.EMAIL_BACKEND = "accounts.outbox.OutboxBackend"
    return data_dir / "outbox"


def test_a_mail_reaches_a_real_mail_server_as_text_and_html(mail_server: Mailbox) -> None:
    mail.send("zoe@example.org", "Größe", "mail/reset", CONTEXT)
    (message,) = mail_server.mails
    assert message["Subject"] == "Größe"
    assert message["To"] == "zoe@example.org"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in message.iter_parts())
    assert CONTEXT["link"] in text
    assert f'href="{CONTEXT["link"]}"' in html
    assert "zoë" in text


@pytest.fixture
def no_mail_server(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = 9  # nothing listens there


def test_a_mail_server_that_is_away_is_said_to_whoever_invites_and_nobody_is_listed(
    no_mail_server: None, project: Project, alice_client: APIClient
) -> None:
    members = f"/api/v1/projects/{project.pk}/members"
    answer = alice_client.post(members, {"email": "dora@example.org", "role": "viewer"})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "mail_failed"
    assert len(alice_client.get(members).json()) == 2
    assert not User.objects.filter(email="dora@example.org").exists()


def test_the_administrator_gets_the_link_of_an_invitation_that_was_not_mailed(
    no_mail_server: None, administrator_client: APIClient, anyone: APIClient
) -> None:
    answer = administrator_client.post("/api/v1/invitations", {"email": "dora@example.org"})
    assert answer.status_code == 201
    assert answer.json()["mailed"] is False
    body = {"token": answer.json()["link"].rpartition("/")[2], "password": "a-long-enough-password"}
    assert anyone.post("/api/v1/invitations/accept", body).status_code == 201


def test_styles_are_written_where_mail_programs_read_them() -> None:
    html = mail.html_of("mail/reset", {**CONTEXT, "subject": "x", "public_url": "http://localhost:8000"})
    assert '<a class="button" href="http://localhost:8000/reset/1/2" style="' in html.replace("\n", "")
    assert "<style>" not in html


def test_text_mails_are_not_escaped() -> None:
    text = mail.text_of("mail/invitation", {"inviter": "A & B", "project_name": "<x>", "link": "http://h/?a=1&b=2"})
    assert 'A & B invites you to the project "<x>".' in text
    assert "http://h/?a=1&b=2" in text


def test_without_a_mail_server_each_mail_becomes_a_file(files: Path) -> None:
    mail.send("zoe@example.org", "First", "mail/reset", CONTEXT)
    mail.send(["alice@example.org", "bob@example.org"], "Größe\nB", "mail/reset", CONTEXT)
    assert sorted(path.suffix for path in files.iterdir()) == [".eml", ".eml"]
    newest = outbox.newest(10)
    assert [(line.to, line.subject) for line in newest] == [
        ("alice@example.org, bob@example.org", "Größe B"),
        ("zoe@example.org", "First"),
    ]
    whole = outbox.read(newest[1].name)
    assert CONTEXT["link"] in whole["text"]
    assert "<a class=" in whole["html"]
    assert whole["from"] == "Glyphsmith <glyphsmith@localhost>"


def test_the_list_shows_the_newest_mails_only(files: Path) -> None:
    for number in range(3):
        mail.send("zoe@example.org", f"Mail {number}", "mail/reset", CONTEXT)
    assert [line.subject for line in outbox.newest(2)] == ["Mail 2", "Mail 1"]


def test_an_unfinished_mail_is_in_no_list(files: Path) -> None:
    (files / ".20260101T000000000000-00000000.part").write_text("Subject: half")
    assert outbox.newest(10) == []
