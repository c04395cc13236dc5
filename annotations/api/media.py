"""The doors of stored pictures: checked for who asks, of a fixed type, never found by a path."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.doors import person
from accounts.api.json_bodies import EncodableJSONRenderer
from accounts.errors import NotFound
from annotations import access

TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
A_YEAR = 365 * 24 * 3600


class TakesAnything(BaseContentNegotiation):
    """A browser asks for `image/*`; errors are JSON all the same."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[BaseRenderer, str]:
        return EncodableJSONRenderer(), "application/json"


def picture(key: str) -> FileResponse:
    """A stored picture that never changes under its address."""
    try:
        file = default_storage.open(key, "rb")
    except FileNotFoundError:
        raise NotFound("The file of this picture is missing from the storage.") from None
    response = FileResponse(file, content_type=TYPES[key.rpartition(".")[2]])
    response["Cache-Control"] = f"private, max-age={A_YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


class Picture(APIView):
    content_negotiation_class = TakesAnything
    throttle_classes = []  # a page of thumbnails is a hundred requests at once


class ImageFile(Picture):
    @extend_schema(exclude=True)
    def get(self, request: Request, image_id: UUID) -> FileResponse:
        return picture(access.image_for(person(request), image_id).file)


class ImageThumbnail(Picture):
    @extend_schema(exclude=True)
    def get(self, request: Request, image_id: UUID) -> FileResponse:
        return picture(access.image_for(person(request), image_id).thumbnail)
