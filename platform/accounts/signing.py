"""Signing in and out, and a new password by mail. Passwords and rate limits are allauth's."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest

from accounts import keys, mail, people, tasks
from accounts.errors import Refusal
from accounts.models import ResetRequest, User, normalised

WRONG = "This mail address and password do not belong together."
OFTEN = "Too many attempts. Wait a few minutes and try again."
SENT_AGAIN_AFTER = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(hours=1)
STALE = "This link was used before or is too old. Ask for a new one."


def sign_in(request: HttpRequest, email: str, password: str) -> User:
    if not ratelimit.consume(request, action="login"):
        raise Refusal(OFTEN, code="too_many_requests", status=429)
    try:
        user = get_adapter().authenticate(request, email=normalised(email), password=password)
    except ValidationError as error:
        raise Refusal(OFTEN, code="too_many_requests", status=429) from error
    if user is None or not user.is_active:
        raise Refusal(WRONG, code="wrong_password", fields={"password": [WRONG]})
    return enter(request, user)


def enter(request: HttpRequest, user: User) -> User:
    """Begins a session: for those who just proved who they are."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return user


def send_reset(request: HttpRequest, email: str) -> None:
    """Has a link mailed where there is an account. Answer and time are the same where there is none: a worker looks."""
    email = normalised(email)
    if not ratelimit.consume(request, action="reset_password", key=email):
        raise Refusal(OFTEN, code="too_many_requests", status=429)
    asked = ResetRequest.objects.create(email=email)
    try:
        tasks.mail_reset.delay(asked.pk)
    except BaseException:  # no broker: the person is told, and asks again
        asked.delete()
        raise


def mail_reset(request_id: int) -> None:
    """In the worker. A request whose worker was killed is sent again; what was mailed is forgotten."""
    asked = ResetRequest.objects.filter(pk=request_id).first()
    if asked is None:
        return
    user = people.find(asked.email)
    if user is not None and user.is_active:
        _mail_link(user)
    asked.delete()


def sweep_resets() -> None:
    """Sends again what no worker has mailed within a minute, for an hour: then nobody waits for it any more."""
    ResetRequest.objects.filter(asked_at__lt=Now() - GIVEN_UP_AFTER).delete()
    lost = ResetRequest.objects.filter(sent_at__lt=Now() - SENT_AGAIN_AFTER)
    for asked in lost.only("pk")[:100]:
        if lost.filter(pk=asked.pk).update(sent_at=Now()):
            tasks.mail_reset.delay(asked.pk)


def _mail_link(user: User) -> None:
    link = f"{settings.PUBLIC_URL}/reset/{user_pk_to_url_str(user)}/{default_token_generator.make_token(user)}"
    context = {"email": user.email, "link": link, "keys": keys.good(user)}
    mail.send(user.email, "Choose a new password", "mail/reset", context)


@dataclass(frozen=True)
class Renewed:
    """Who has a new password, and what became of their API keys."""

    user: User
    keys_revoked: int
    keys_left: int


def reset(request: HttpRequest, uid: str, token: str, password: str, *, revoke_keys: bool = False) -> Renewed:
    if not ratelimit.consume(request, action="reset_password_from_key"):
        raise Refusal(OFTEN, code="too_many_requests", status=429)
    user = person_of(uid)
    if user is None or not default_token_generator.check_token(user, token):
        raise Refusal(STALE, code="link_stale")
    people.check_password(password, user)
    with transaction.atomic():
        renew(user, password)
        revoked = keys.revoke_all(user) if revoke_keys else 0
        left = keys.good(user)
    enter(request, user)
    return Renewed(user, revoked, left)


def renew(user: User, password: str, otherwise: str = STALE) -> None:
    """Ends every other session, and makes the link stale. Of several who do it at once, one comes through."""
    still = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
    user.password = make_password(password)
    if not still.update(password=user.password):
        raise Refusal(otherwise, code="link_stale" if otherwise == STALE else "changed_meanwhile")


def person_of(uid: str) -> User | None:
    try:
        key = url_str_to_user_pk(uid)
    except ValueError:
        return None
    return User.objects.filter(pk=key, is_active=True).first()
