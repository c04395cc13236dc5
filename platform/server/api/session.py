"""What the page asks first, and again every few seconds: who am I, and is anybody working?"""

from typing import Any

from django.conf import settings
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import people, room
from accounts.api.doors import Door
from accounts.api.shapes import PersonShape
from accounts.models import User
from runner import heartbeats

WorkersShape = inline_serializer("Workers", {kind: serializers.BooleanField() for kind in heartbeats.KINDS})


class SessionShape(serializers.Serializer[None]):
    user = PersonShape(allow_null=True)
    first_visit = serializers.BooleanField()
    signup = serializers.ChoiceField(["open", "invitation"])
    version = serializers.CharField()
    workers = WorkersShape
    mail = serializers.ChoiceField(["smtp", "outbox"])
    disk_short = serializers.BooleanField(help_text="Little room is left: what writes much is refused with 507.")
    device = serializers.CharField(allow_null=True, help_text="What the training worker computes with.")


@method_decorator(ensure_csrf_cookie, name="dispatch")
class Session(Door):
    permission_classes = [AllowAny]
    throttle_classes = []  # every open page asks it, signed in or not

    @extend_schema(responses=SessionShape)
    def get(self, request: Request) -> Response:
        return Response(session(request.user if isinstance(request.user, User) else None))


def session(user: User | None) -> dict[str, Any]:
    return {
        "user": PersonShape(user).data if user else None,
        "first_visit": user is None and people.nobody_yet(),
        "signup": settings.SIGNUP,
        "version": settings.VERSION,
        "workers": heartbeats.alive(),
        "mail": mail_way(),
        "disk_short": room.is_short(),
        "device": heartbeats.training_device(),
    }


def mail_way() -> str:
    return "outbox" if settings.EMAIL_BACKEND == "accounts.outbox.OutboxBackend" else "smtp"
