"""What is answered where no view could answer: JSON for programs, a short page for people."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.html import escape

from accounts.errors import Refusal
from server.api import too_much
from server.api.errors import CSRF, error_body
from server.api.outages import outage
from training.api.nanonets.base import in_their_shape

PROGRAMS = ("/api/", "/media/", "/healthz", "/v2")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Glyphsmith: {status}</title>
<style>html {{ background: Canvas; color: CanvasText }} a {{ color: LinkText }}
body {{ font-family: system-ui, sans-serif; max-width: 32rem; margin: 15vh auto; padding: 0 1rem }}</style>
<main>
<h1>Error {status}</h1>
<p>{message}</p>
<p><a href="/">To your projects</a></p>
</main>
</html>
"""
THEIRS = ("/api/v2", "/v2")  # clients of the Nanonets API look for `message` and `errors`, whatever went wrong


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if (much := too_much.refusal(exception)) is not None:
        return answer(request, much.status, much.code, much.message)
    message = "This request cannot be understood."
    if type(exception).__name__ == "DisallowedHost":
        message = "This server does not answer to this name. Whoever runs it can set PUBLIC_URL or ALLOWED_HOSTS."
    return answer(request, 400, "bad_request", message)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403, "forbidden", "You are not allowed to do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404, "not_found", "There is nothing here under this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """What no view caught; a full disk and a busy database are met in the middle of things, also by the session."""
    error = sys.exc_info()[1]
    if (found := error if isinstance(error, Refusal) else outage(error)) is not None:
        return refused(request, found) if is_for_programs(request) else page_of(found.status, found.message)
    message = "Something went wrong here, and it is not your doing. The server's log says what."
    return answer(request, 500, "server_error", message)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, 403, "csrf", CSRF)


def answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    if is_for_programs(request):
        return json_answer(request, status, code, message)
    return page_of(status, message)


def is_for_programs(request: HttpRequest) -> bool:
    """Browsers say that they take HTML, and of the pages' addresses they alone ask."""
    return request.path.startswith(PROGRAMS) or "text/html" not in request.headers.get("Accept", "")


def page_of(status: int, message: str) -> HttpResponse:
    return HttpResponse(PAGE.format(status=status, message=escape(message)), status=status)


def json_answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    return refused(request, Refusal(message, code=code, status=status))


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    body = error_body(refusal.code, refusal.message, refusal.fields, refusal.detail)
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else None
    body = in_their_shape(body) if request.path.startswith(THEIRS) else body
    return JsonResponse(body, status=refusal.status, headers=headers)
