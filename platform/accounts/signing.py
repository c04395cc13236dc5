"""Signing in and out, and a new password by mail. Passwords and rate limits are allauth's."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import mail, people
from accounts.errors import Refusal
from accounts.models import User, normalised

WRONG = "This mail address and password do not belong together."
OFTEN = "Too many attempts. Wait a few minutes and try again."
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
    """Mails a link where there is an account. The answer is the same where there is none."""
    email = normalised(email)
    if not ratelimit.consume(request, action="reset_password", key=email):
        raise Refusal(OFTEN, code="too_many_requests", status=429)
    user = people.find(email)
    if user is None or not user.is_active:
        return
    link = f"{settings.PUBLIC_URL}/reset/{user_pk_to_url_str(user)}/{default_token_generator.make_token(user)}"
    mail.send(user.email, "Choose a new password", "mail/reset", {"email": user.email, "link": link})


def reset(request: HttpRequest, uid: str, token: str, password: str) -> User:
    if not ratelimit.consume(request, action="reset_password_from_key"):
        raise Refusal(OFTEN, code="too_many_requests", status=429)
    user = person_of(uid)
    if user is None or not default_token_generator.check_token(user, token):
        raise Refusal(STALE, code="link_stale")
    people.check_password(password, user)
    user.set_password(password)  # ends every other session, and makes the link stale
    user.save(update_fields=["password"])
    return enter(request, user)


def person_of(uid: str) -> User | None:
    try:
        key = url_str_to_user_pk(uid)
    except ValueError:
        return None
    return User.objects.filter(pk=key, is_active=True).first()
