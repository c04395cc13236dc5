"""What people change about themselves: their name, and their password by the one they have."""

from allauth.core import ratelimit
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from accounts import keys, mail, names, people, signing, tasks
from accounts.errors import Refusal
from accounts.models import User

WRONG = "This is not the password you have now."
CHANGED = "Your password was changed or your sign-in ended in the meantime. Sign in again."


def rename(user: User, name: str) -> User:
    user.name = names.checked(name)
    user.save(update_fields=["name"])
    return user


def change_password(
    request: HttpRequest, user: User, current: str, password: str, *, revoke_keys: bool = False
) -> signing.Renewed:
    """Ends every session but the one that asks, and tells the person by mail: a stranger may have done it."""
    if not ratelimit.consume(request, action="change_password", user=user):
        raise Refusal(signing.OFTEN, code="too_many_requests", status=429)
    if not user.check_password(current):
        raise Refusal(WRONG, code="wrong_password", fields={"current": [WRONG]})
    people.check_password(password, user)
    with transaction.atomic():
        signing.renew(user, password, otherwise=CHANGED)
        revoked = keys.revoke_all(user) if revoke_keys else 0
        left = keys.good(user)
        tasks.mail_new_password.delay(user.pk)  # without a broker nothing is changed, and the person is told
    update_session_auth_hash(request, user)
    return signing.Renewed(user, revoked, left)


def mail_new_password(user_id: int) -> None:
    """In the worker."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        mail.send(user.email, "Your password was changed", "mail/new_password", {"email": user.email})
