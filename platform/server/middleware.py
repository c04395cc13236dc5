"""What every request and answer passes through."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from server.api.errors import json_error

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


def refuse_large_bodies(get_response: Handler) -> Handler:
    """Refuses by the announced length, before a byte of the body is read or kept."""

    def answer(request: HttpRequest) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        limit = body_limit(request.content_type or "")
        if length <= limit:
            return get_response(request)
        message = f"This request is {length:,} bytes long; at most {limit:,} bytes are taken."
        return json_error(413, "too_large", message)

    return answer


def body_limit(content_type: str) -> int:
    if content_type != "multipart/form-data":
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    return max(settings.MAX_ARCHIVE_BYTES, settings.MAX_UPLOAD_BYTES) + 1_000_000  # the form around the file
