"""What every request and answer passes through."""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from accounts import room
from server.failures import json_answer, refused

Handler = Callable[[HttpRequest], HttpResponse]
PIECE = 1 << 16
DOORS_FOR_FILES = ("/api/v1/projects/", "/api/v2/")

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


def refuse_large_bodies(get_response: Handler) -> Handler:
    """Refuses by the announced length, before a byte of the body is read or kept."""

    def answer(request: HttpRequest) -> HttpResponse:
        length = announced_length(request)
        limit = body_limit(request)
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
        if carries_files(request):
            try:
                room.check(announced_length(request))
            except room.NoRoom as refusal:
                throw_away_body(request)
                return refused(request, refusal)
        return get_response(request)

    return answer


def throw_away_body(request: HttpRequest) -> None:
    with suppress(UnreadablePostError):  # who has hung up needs no answer
        while request.read(PIECE):
            pass


def announced_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:  # the body is then read as empty
        return 0


def body_limit(request: HttpRequest) -> int:
    """Files go to doors that know who asks before they read; the CSRF check reads the forms of all the others."""
    if carries_files(request):
        return max(settings.MAX_ARCHIVE_BYTES, settings.MAX_UPLOAD_BYTES) + 1_000_000  # the form around the file
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0


def carries_files(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data" and request.path.startswith(DOORS_FOR_FILES)
