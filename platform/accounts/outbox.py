"""Mails as files, for installations without a mail server: one .eml a mail in the outbox folder."""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage as MailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from accounts.errors import NotFound

TIME_FORMAT = "%Y%m%dT%H%M%S%f"
NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}\.eml")


class OutboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            write(message)
        return len(email_messages)


def write(message: EmailMessage) -> Path:
    """Written beside and then renamed, so that whoever lists the folder sees whole mails only."""
    folder = Path(settings.OUTBOX_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{timezone.now():{TIME_FORMAT}}-{secrets.token_hex(4)}"
    unfinished = folder / f".{name}.part"
    try:
        with unfinished.open("wb") as file:
            file.write(message.message().as_bytes())
            file.flush()
            os.fsync(file.fileno())
        return unfinished.rename(folder / f"{name}.eml")
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Line:
    """One mail in the list."""

    name: str
    to: str
    subject: str
    sent_at: datetime

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def newest(count: int) -> list[Line]:
    """Names begin with the time, so their order is the order of sending."""
    names = sorted((path.name for path in Path(settings.OUTBOX_DIR).glob("*.eml")), reverse=True)[:count]
    return [line(name) for name in names]


def line(name: str) -> Line:
    with (Path(settings.OUTBOX_DIR) / name).open("rb") as file:
        headers = BytesParser(policy=policy.default).parse(file, headersonly=True)
    return Line(name, str(headers["To"]), str(headers["Subject"]), sent_at(name))


def sent_at(name: str) -> datetime:
    return datetime.strptime(name.partition("-")[0], TIME_FORMAT).replace(tzinfo=UTC)


def read(name: str) -> dict[str, str]:
    """One whole mail. Names are our own; anything else, a path above all, does not exist."""
    path = Path(settings.OUTBOX_DIR) / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound("There is no such mail.")
    with path.open("rb") as file:
        message = BytesParser(policy=policy.default).parse(file)
    return {
        "subject": str(message["Subject"]),
        "to": str(message["To"]),
        "from": str(message["From"]),
        "text": part(message, "plain"),
        "html": part(message, "html"),
    }


def part(message: MailMessage, kind: str) -> str:
    found = message.get_body(preferencelist=(kind,))
    return str(found.get_content()) if found else ""
