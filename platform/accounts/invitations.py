"""Invitations: a link, sent by mail, with which a person chooses a password and comes in."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import mail, people
from accounts.errors import Conflict, Refusal
from accounts.models import Invitation, User

GONE = "This invitation is no longer good: it was used, or its time is over. Ask for a new one."


@dataclass(frozen=True)
class Invited:
    user: User
    link: str
    expires_at: datetime


def invite(email: str, by: User, project_name: str = "") -> Invited:
    """Lists the address as a person who has yet to come in, and mails the link. Inviting again sends a new link."""
    invited = listed(email, by)
    send(invited, by, project_name)
    return invited


def send(invited: Invited, by: User, project_name: str = "") -> None:
    context = {"inviter": by.name or by.email, "project_name": project_name, "link": invited.link}
    subject = f"{context['inviter']} invites you to {project_name or 'Glyphsmith'}"
    mail.send(invited.user.email, subject, "mail/invitation", {**context, "expires_at": invited.expires_at})


@transaction.atomic
def listed(email: str, by: User) -> Invited:
    person = people.find(email) or User.objects.create_user(email, is_active=False)
    if not people.is_awaited(person):
        raise Conflict(f"{person.email} has an account already.", code="taken")
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=settings.INVITATION_DAYS)
    Invitation.objects.create(user=person, invited_by=by, digest=digest(token), expires_at=expires_at)
    return Invited(person, f"{settings.PUBLIC_URL}/invitation/{token}", expires_at)


@transaction.atomic
def accept(token: str, password: str, name: str = "") -> User:
    open_ones = Invitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now())
    invitation = open_ones.select_related("user").filter(digest=digest(token)).first()
    if invitation is None or not people.is_awaited(invitation.user):
        raise Refusal(GONE, code="invitation_gone")
    person = invitation.user
    person.name = name or person.name
    people.check_password(password, person)
    # The conditional update is what two clicks at once meet; the others' links end with this one.
    if not open_ones.filter(pk=invitation.pk).update(accepted_at=timezone.now()):
        raise Refusal(GONE, code="invitation_gone")
    Invitation.objects.filter(user=person, accepted_at=None).delete()
    person.is_active = True
    person.set_password(password)
    person.save()
    return person


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
