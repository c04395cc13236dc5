"""What the OpenAPI schema cannot find out by itself."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = ["apiKey", "apiKeyAsUser"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        as_user = "The key as user name, with an empty password."
        return [{"type": "http", "scheme": "bearer"}, {"type": "http", "scheme": "basic", "description": as_user}]


class BrowserScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.account.BrowserSession"
    name = "browserSession"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class StrangersScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.AnonymousCsrfAuthentication"
    name = "pageToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        why = "The value of the cookie `csrftoken`, which GET /api/v1/session sets."
        return {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": why}
