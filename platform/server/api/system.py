"""The administrator's look at the installation."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import outbox, residents
from accounts.api.doors import Door
from accounts.api.shapes import ResidentShape
from server.api.session import mail_way
from server.health import health

OutboxLine = inline_serializer(
    "OutboxLine",
    {
        "name": serializers.CharField(),
        "to": serializers.CharField(),
        "subject": serializers.CharField(),
        "sent_at": serializers.DateTimeField(),
    },
    many=True,
)
OutboxMail = inline_serializer(
    "OutboxMail", {name: serializers.CharField() for name in ("subject", "to", "from", "text", "html")}
)


class SystemShape(serializers.Serializer[None]):
    health = serializers.DictField()
    outbox = OutboxLine
    people = ResidentShape(many=True)
    processes = serializers.ListField(child=serializers.DictField())
    settings = serializers.DictField()


class System(Door):
    permission_classes = [IsAdminUser]

    @extend_schema(responses=SystemShape)
    def get(self, request: Request) -> Response:
        answer = {
            "health": health(),
            "outbox": [line.as_dict() for line in outbox.newest(200)],
            "people": ResidentShape(residents.everybody(), many=True).data,
            "processes": processes(),
            "settings": shown_settings(),
        }
        return Response(answer)


class OutboxDoor(Door):
    permission_classes = [IsAdminUser]

    @extend_schema(responses={200: OutboxMail, 404: OpenApiTypes.OBJECT})
    def get(self, request: Request, name: str) -> Response:
        return Response(outbox.read(name))


def processes() -> list[dict[str, Any]]:
    """What script/server started here and how it fares; nothing where the parts are started apart."""
    written = Path(settings.DATA_DIR) / "run" / "processes.json"
    try:
        found: list[dict[str, Any]] = json.loads(written.read_text())["processes"]
    except (OSError, ValueError, KeyError):
        return []
    return found


def shown_settings() -> dict[str, Any]:
    """What an administrator may want to know, without what opens doors: no addresses with passwords."""
    return {
        "version": settings.VERSION,
        "public_url": settings.PUBLIC_URL,
        "data_folder": str(settings.DATA_DIR),
        "database": connection.vendor,
        "mail": mail_way(),
        "signup": settings.SIGNUP,
        "max_upload_bytes": settings.MAX_UPLOAD_BYTES,
        "max_archive_bytes": settings.MAX_ARCHIVE_BYTES,
        "max_image_pixels": settings.MAX_IMAGE_PIXELS,
    }
