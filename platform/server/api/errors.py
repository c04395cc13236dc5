"""Every error of the API in one shape: {"error": {"code", "message", "fields"?, "detail"?}}."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, UnreadablePostError
from kombu.exceptions import OperationalError as BrokerAway
from redis.exceptions import ConnectionError as RedisAway
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.api.throttles import for_strangers
from accounts.errors import Refusal
from accounts.json_text import printable
from accounts.mail import MailFailed
from server.api import too_much, unfit
from server.api.outages import outage

logger = logging.getLogger(__name__)

SENTENCES = {
    401: "You are not signed in, or your sign-in has ended.",
    403: "You are not allowed to do this.",
    404: "There is nothing here under this address.",
    405: "This address does not take this kind of request.",
    408: "The connection ended before the whole request had come. Send it again.",
    415: "This kind of content is not taken here. Send JSON, or a form with files as multipart/form-data.",
}

CSRF = "This page is too old to be trusted. Reload it and try again. Programs send an API key instead."


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. What it does not know stays a 500 and is logged by Django."""
    if view := context.get("view"):
        error = for_strangers(error, context["request"], view)
    answer = as_answer(error)
    if answer is not None:
        set_rollback()
    return answer


def as_answer(error: Exception) -> Response | None:
    if isinstance(error, Refusal):
        return from_refusal(error)
    if isinstance(error, Http404):
        return Response(error_body("not_found", SENTENCES[404]), status=404)
    if isinstance(error, PermissionDenied):
        return Response(error_body("forbidden", SENTENCES[403]), status=403)
    if isinstance(error, UnreadablePostError):  # who has hung up; nobody reads this, and it is no fault of ours
        return Response(error_body("cut_short", SENTENCES[408]), status=408)
    if isinstance(error, ModelValidationError):
        return invalid(exceptions.ValidationError(exceptions._get_error_details(error.messages)))
    if (much := too_much.refusal(error)) is not None:
        return from_refusal(much)
    if (found := outage(error)) is not None:
        logger.error("%s: %s", found.code, error)
        return from_refusal(found)
    if isinstance(error, MailFailed):
        logger.error("A mail was not taken: %s", error)
        message = "The mail could not be sent: the mail server did not take it. Try again later."
        return Response(error_body("mail_failed", message), status=503)
    if isinstance(error, BrokerAway | RedisAway):
        logger.error("The broker cannot be reached: %s", error)
        message = "The background workers cannot be reached at the moment. Nothing was lost; try again shortly."
        return Response(error_body("broker_away", message), status=503)
    if isinstance(error, exceptions.ValidationError):
        return invalid(error)
    if isinstance(error, exceptions.APIException):
        return from_framework(error)
    if (told := unfit.sentence(error)) is not None:
        return Response(error_body("unfit_value", told), status=400)
    return None


def from_refusal(refusal: Refusal) -> Response:
    body = error_body(refusal.code, refusal.message, refusal.fields, refusal.detail)
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else None
    return Response(body, status=refusal.status, headers=headers)


def from_framework(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    code = str(error.default_code if isinstance(error.detail, list | dict) else error.detail.code)
    message = str(error.detail)
    if isinstance(error, exceptions.NotAuthenticated):
        message = SENTENCES[401]
    elif isinstance(error, exceptions.PermissionDenied):
        code = "csrf" if "CSRF" in message else "forbidden"
        message = CSRF if code == "csrf" else message
    elif isinstance(error, exceptions.Throttled):
        wait = int(getattr(error, "wait", None) or 1)
        headers["Retry-After"] = str(wait)
        code, message = "too_many_requests", f"Too many requests. Try again in {wait} seconds."
    elif isinstance(error, exceptions.ParseError):
        message = f"The request cannot be read. {message}."
    elif isinstance(error, exceptions.NotFound | exceptions.MethodNotAllowed | exceptions.UnsupportedMediaType):
        message = SENTENCES[error.status_code]
    authenticate = getattr(error, "auth_header", None)
    if authenticate:
        headers["WWW-Authenticate"] = authenticate
    return Response(error_body(code, message), status=error.status_code, headers=headers)


def invalid(error: exceptions.ValidationError) -> Response:
    fields = sentences_by_field(error.detail)
    general = fields.pop("", [])
    first = general or next(iter(fields.values()), [])
    message = first[0] if first else "This cannot be understood."
    if not general and fields:
        name = next(iter(fields))
        message = f"{name}: {message}"
    return Response(error_body("invalid", message, fields or None), status=400)


def sentences_by_field(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested details as sentences by dotted field name; "" holds those about the whole."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            found |= sentences_by_field(value, ".".join(part for part in (prefix, name) if part))
        return found
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        found = {}
        for position, item in enumerate(detail):
            if item:
                found |= sentences_by_field(item, f"{prefix}.{position}" if prefix else str(position))
        return found
    return {prefix: [str(item) for item in (detail if isinstance(detail, list) else [detail])]}


def error_body(
    code: str,
    message: str,
    fields: dict[str, list[str]] | None = None,
    detail: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Sentences repeat what was sent, which may be what no answer can hold: it is written out."""
    error: dict[str, Any] = {"code": code, "message": printable(message)}
    if fields:
        error["fields"] = {printable(name): [printable(sentence) for sentence in said] for name, said in fields.items()}
    if detail:
        error["detail"] = detail
    return {"error": error}
