"""Invitations: a link, sent by mail, with which a person chooses a password and comes in.

What they are for is a project or, by the administrator, this installation. Whoever is no longer wanted there (no member
any more, the project deleted) does not come in by the link.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import limits, mail, names, people
from accounts.errors import Conflict, Refusal
from accounts.models import Invitation, User

GONE = "This invitation is no longer good: it was used, taken back, or its time is over. Ask for a new one."
MAILS_AN_ADDRESS = "5/day"


@dataclass(frozen=True)
class Invited:
    user: User
    link: str
    expires_at: datetime


def send(invited: Invited, by: User, project_name: str = "") -> None:
    """Mails the link. It goes to strangers: what reads like a link of another's is left out, and who asks is named."""
    called = "" if names.holds_link(by.name) else by.name
    project_name = "" if names.holds_link(project_name) else project_name
    context = {
        "inviter": f"{called} ({by.email})" if called else by.email,
        "project_name": project_name,
        "link": invited.link,
        "expires_at": invited.expires_at,
    }
    subject = f"{called or by.email} invites you to {project_name or 'Glyphsmith'}"
    mail.send(invited.user.email, subject, "mail/invitation", context)


@transaction.atomic
def listed(email: str, by: User, project_id: UUID | None = None) -> Invited:
    """Lists the address as a person who has yet to come in. Listed again, there is one link more, which suffices."""
    person = people.find_or_list(email, is_active=False)
    if person.is_active:
        raise Conflict(f"{person.email} has an account already.", code="taken")
    if not people.is_awaited(person):
        message = f"{person.email} is shut out of this installation. Its administrator can let them in again."
        raise Conflict(message, code="shut_out")
    refuse_many(person, by)
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=settings.INVITATION_DAYS)
    Invitation.objects.create(
        user=person, invited_by=by, project_id=project_id, digest=digest(token), expires_at=expires_at
    )
    return Invited(person, f"{settings.PUBLIC_URL}/invitation/{token}", expires_at)


def refuse_many(person: User, by: User) -> None:
    """Strangers get mail from this server's own sender: nobody sends it by the hundred, or again and again."""
    rate = settings.RATE_INVITATION
    if not by.is_staff and not limits.allow(f"invitations-by:{by.pk}", rate):
        message = (
            f"You have sent as many invitations as one person may: {rate.replace('/', ' a ')}. "
            "Go on later, or ask the administrator to invite them."
        )
        raise Refusal(message, code="too_many_requests", status=429)
    if not limits.allow(f"invitations-to:{person.email}", MAILS_AN_ADDRESS):
        message = f"{person.email} was sent enough invitations today. Ask them to look for one of those mails."
        raise Refusal(message, code="too_many_requests", status=429)


@transaction.atomic
def accept(token: str, password: str, name: str = "") -> User:
    invitation = open_ones().select_related("user").filter(digest=digest(token)).first()
    if invitation is None or not people.is_awaited(invitation.user):
        raise Refusal(GONE, code="invitation_gone")
    person = invitation.user
    person.name = names.checked(name) or person.name
    people.check_password(password, person)
    # The conditional updates are what two clicks at once meet, and one while the person is shut out.
    if not open_ones().filter(pk=invitation.pk).update(accepted_at=timezone.now()):
        raise Refusal(GONE, code="invitation_gone")
    Invitation.objects.filter(user=person, accepted_at=None).delete()  # the others' links end with this one
    person.set_password(password)
    awaited = User.objects.filter(pk=person.pk, is_active=False, shut_out_at=None)
    if not awaited.update(is_active=True, password=person.password, name=person.name):
        raise Refusal(GONE, code="invitation_gone")
    person.is_active = True
    return person


def open_ones() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, suspended=False, expires_at__gt=timezone.now())


def withdraw(person: User, project_id: UUID) -> None:
    """The person is no longer wanted in this project; invitations to others stay good."""
    Invitation.objects.filter(user=person, project_id=project_id, accepted_at=None).delete()


def forget(person: User) -> None:
    """Takes whom nobody expects any more off the list, so that the address can be invited or sign up as any other."""
    if people.is_awaited(person) and not open_ones().filter(user=person).exists():
        User.objects.filter(pk=person.pk, is_active=False, shut_out_at=None).delete()


def suspend(project_id: UUID, *, suspended: bool) -> None:
    """While a project is deleted, nobody comes in for its sake."""
    Invitation.objects.filter(project_id=project_id, accepted_at=None).update(suspended=suspended)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
