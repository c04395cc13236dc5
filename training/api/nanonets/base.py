"""What holds for every call: JSON whatever is accepted, keys in any spelling, errors in the shape clients print."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import QueryDict
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.doors import person
from accounts.api.json_bodies import EncodableJSONRenderer, LimitedJSONParser
from accounts.authentication import ApiKeyAuthentication
from accounts.errors import NotFound, Refusal
from annotations.access import project_for
from annotations.models import Project, Role

UNKNOWN_MODEL = "There is no model with this id. Check the id, and that your API key belongs to a member of it."


class AlwaysFirst(BaseContentNegotiation):
    """Clients accept `application/x-www-form-urlencoded` or `Multipart/form-data` and expect JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or "application/json"


class NanonetsView(APIView):
    schema = None  # it is the other vendor's API: documented in words, not in this one's schema
    authentication_classes: tuple[type[BaseAuthentication], ...] = (ApiKeyAuthentication,)
    parser_classes = (LimitedJSONParser, MultiPartParser, FormParser)
    renderer_classes = (EncodableJSONRenderer,)
    content_negotiation_class = AlwaysFirst

    def handle_exception(self, exc: Exception) -> Response:
        answer = super().handle_exception(exc)
        answer.data = in_their_shape(answer.data)
        return answer


def in_their_shape(body: dict[str, Any]) -> dict[str, Any]:
    """Our error body with the `message` and `errors` that clients of this API look for."""
    error = body["error"]
    sentences = [sentence for field in error.get("fields", {}).values() for sentence in field]
    return {"message": error["message"], "errors": sentences or [error["message"]], "error": error}


def field(request: Request, name: str) -> Any:
    """What was sent under a name, whatever the kind of body; None where there is none."""
    return request.data.get(name) if isinstance(request.data, Mapping) else None


def text_field(request: Request, name: str) -> str:
    """The same of what is text; "" where there is none."""
    sent = field(request, name)
    if sent is not None and not isinstance(sent, str):
        raise Refusal(f"`{name}` must be text.")
    return sent or ""


def several(request: Request, name: str) -> Any:
    """A list as JSON has it or as repeated form fields make it; what else was sent under the name, as it is."""
    return request.data.getlist(name) if isinstance(request.data, QueryDict) else field(request, name)


def model_for(request: Request, model_id: str, at_least: Role = Role.VIEWER) -> Project:
    """The project behind a model id; what is no id at all is as unknown as a stranger's."""
    try:
        return project_for(person(request), UUID(model_id), at_least=at_least)
    except (ValueError, NotFound):
        raise NotFound(UNKNOWN_MODEL) from None


class NotOffered(NanonetsView):
    """Any other address below /api/v2/: JSON here too."""

    def get(self, request: Request, rest: str = "") -> Response:
        raise NotFound("This call of the Nanonets API is not offered here. docs/rest-api.md lists those that are.")

    post = patch = put = delete = get


class Root(NanonetsView):
    """Some clients test their connection here, before they have a key."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Response:
        return Response({"message": "Glyphsmith answers here as the Nanonets OCR API, version 2."})
