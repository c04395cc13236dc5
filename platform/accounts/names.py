"""What people are called, and by which mail address they are known."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.errors import Refusal
from accounts.models import normalised

MAX_LENGTH = 100
JOINERS = "\u200c\u200d"  # invisible, but Persian and Indic names need them
# What mail programs turn into a link. A name stands in mails that this server sends to strangers.
LINK = re.compile(r"://|@|\bwww\.|[^\W\d_]{2,}\.[^\W\d_]{2,}", re.IGNORECASE)


def checked(name: str) -> str:
    """A person's name on one line; Refusal for what is none."""
    kept = " ".join(name.split())
    if len(kept) > MAX_LENGTH or not printable(kept) or holds_link(kept):
        message = (
            f"A name has at most {MAX_LENGTH} printable characters, and nothing in it reads like a web or mail "
            "address: put a blank after a dot."
        )
        raise Refusal(message, code="invalid", fields={"name": [message]})
    return kept


def printable(text: str) -> bool:
    return all(letter.isprintable() or letter in JOINERS for letter in text)


def holds_link(text: str) -> bool:
    return LINK.search(text) is not None


def one_line(text: str) -> str:
    """The text with every break and run of blanks made one blank, and without what cannot be seen."""
    return "".join(letter for letter in " ".join(text.split()) if printable(letter))


def validate_address(email: str) -> None:
    """ValidationError for what is no mail address."""
    validate_email(email)
    validate_local_part(email)


def validate_local_part(email: str) -> None:
    """Django's own check takes a dotless ı too, which a database that compares in capitals takes for an i."""
    if not normalised(email).rpartition("@")[0].isascii():
        raise ValidationError("Enter a mail address with no letters but a to z before the @.")
