"""The people of this installation as its administrator sees them: listed, shut out, let in again."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts import keys, people
from accounts.errors import Conflict, NotFound
from accounts.models import ApiKey, Invitation, User


def everybody() -> QuerySet[User]:
    """Each with `good_keys`, how many API keys are not revoked."""
    good = Count("api_keys", filter=Q(api_keys__revoked_at=None))
    return User.objects.annotate(good_keys=good).order_by("email")


def of(user_id: int) -> User:
    person = everybody().filter(pk=user_id).first()
    if person is None:
        raise NotFound("There is no such person.")
    return person


@transaction.atomic
def shut_out(user_id: int) -> User:
    """Ends sessions and open invitations, the person's own and those sent by them. Keys open nothing meanwhile."""
    person = of(user_id)
    # Locked, so that two administrators cannot shut each other out at the same moment.
    administrators = User.objects.select_for_update().filter(is_staff=True, is_active=True)
    if [each.pk for each in administrators] == [person.pk]:
        message = "The last administrator cannot be shut out: nobody could let anybody in again."
        raise Conflict(message, code="last_administrator")
    User.objects.filter(pk=person.pk, shut_out_at=None).update(is_active=False, shut_out_at=timezone.now())
    Invitation.objects.filter(Q(user=person) | Q(invited_by=person), accepted_at=None).delete()
    end_sessions(person)
    return of(user_id)


@transaction.atomic
def let_in(user_id: int) -> User:
    """Someone who was invited and never came is awaited again, and needs a new invitation."""
    person = of(user_id)
    came = person.has_usable_password() or ApiKey.objects.filter(user=person).exists()
    User.objects.filter(pk=person.pk).update(is_active=came or person.is_active, shut_out_at=None)
    return of(user_id)


def revoke_keys(user_id: int) -> User:
    keys.revoke_all(of(user_id))
    return of(user_id)


def is_shut_out(person: User) -> bool:
    return not person.is_active and not people.is_awaited(person)


def end_sessions(person: User) -> None:
    """A session is found by what it holds alone. Left lying, it would live again with a person who is let in again."""
    running = Session.objects.filter(expire_date__gt=timezone.now())
    theirs = [each.pk for each in running if each.get_decoded().get(SESSION_KEY) == str(person.pk)]
    Session.objects.filter(pk__in=theirs).delete()
