"""Who asks: by API key in any of the ways clients write it, or by the browser's session."""

import base64
import binascii

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from accounts import keys
from accounts.models import ApiKey, User


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "").strip()
        if not header:
            return None
        key = keys.find(written_key(header))
        if key is None:
            raise AuthenticationFailed("This API key is unknown or was revoked.")
        keys.seen(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        # Not Basic: a browser would open its own sign-in window at every ended session.
        return 'Bearer realm="api"'


def written_key(header: str) -> str:
    """The key out of `Bearer KEY`, `Basic base64(KEY:)`, `Basic KEY` or a bare `KEY`; anything else finds no key."""
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    if not rest:
        return scheme
    if scheme.lower() == "basic" and not rest.startswith("gs_"):
        return basic_user(rest)
    return rest


def basic_user(encoded: str) -> str:
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return name or password


class AnonymousCsrfAuthentication(SessionAuthentication):
    """For doors that strangers use, such as sign-in: the browser's CSRF token is asked for all the same."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        self.enforce_csrf(request)
        return super().authenticate(request)


def signed_in(request: Request) -> User:
    """The person behind a request whose view asks for a sign-in."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
