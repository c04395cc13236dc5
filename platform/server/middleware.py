"""What every request and answer passes through."""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from accounts import room
from accounts.errors import Refusal
from server import request_bodies
from server.failures import json_answer, refused

Handler = Callable[[HttpRequest], HttpResponse]

# Mantine writes styles into the page, the canvas reads pictures from blobs, PDF and image work runs in a blob worker.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
# The API documentation page starts itself with a script inside the page.
DOCUMENTATION_POLICY = POLICY.replace("default-src 'self'", "default-src 'self'; script-src 'self' 'unsafe-inline'")


def content_security_policy(get_response: Handler) -> Handler:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = DOCUMENTATION_POLICY if request.path == "/api/docs/" else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return answer


def refuse_bodies(get_response: Handler) -> Handler:
    """Refuses by the announced length, before a byte of the body is read or kept; and what could not be read."""

    def answer(request: HttpRequest) -> HttpResponse:
        if (refusal := request.META.get(request_bodies.REFUSAL)) is not None:
            return refused(request, refusal)
        length = known_length(request)
        limit = request_bodies.limit(request.path, request.META.get("CONTENT_TYPE", ""))
        if length <= limit:
            return get_response(request)
        message = f"This request is {length:,} bytes long; at most {limit:,} bytes are taken."
        return json_answer(request, 413, "too_large", message)

    return answer


def ignore_odd_session(get_response: Handler) -> Handler:
    """A cookie that no session was ever named like (NUL can stand in one) is none; PostgreSQL would refuse to look."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.COOKIES.get(settings.SESSION_COOKIE_NAME, "").isprintable():
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        return get_response(request)

    return answer


def refuse_files_without_room(get_response: Handler) -> Handler:
    """A large file is written to the disk while it is read: where there is little room, it is read and thrown away.

    It must be read: a connection that is closed while a browser still sends takes the answer with it, and the person
    would be told that the server cannot be reached.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if request_bodies.carries_files(request.path, request.META.get("CONTENT_TYPE", "")):
            try:
                room.check(known_length(request))
            except room.NoRoom as refusal:
                throw_away_body(request)
                return refused(request, refusal)
        return get_response(request)

    return answer


def throw_away_body(request: HttpRequest) -> None:
    with suppress(UnreadablePostError, Refusal):  # who has hung up, or sends nothing more, needs no answer
        while request.read(request_bodies.PIECE):
            pass


def known_length(request: HttpRequest) -> int:
    """Of a body sent in pieces none is; its limits are kept to while it is read."""
    return 0 if request_bodies.is_chunked(request.META) else request_bodies.announced_length(request.META)
