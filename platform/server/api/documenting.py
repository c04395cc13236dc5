"""What holds for every operation of the API's documentation: which errors it answers with, and what it reads."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ErrorBodyShape(serializers.Serializer[None]):
    code = serializers.CharField(help_text="A stable word for programs.")
    message = serializers.CharField(help_text="A sentence for people.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )
    detail = serializers.DictField(required=False)


class ErrorShape(serializers.Serializer[None]):
    error = ErrorBodyShape()


SAID = {
    "400": "Something that was sent cannot be taken; the message says what.",
    "401": "Not signed in, and no good key.",
    "403": "Not allowed to whoever asks.",
    "404": "Nothing is there, or nothing for whoever asks.",
    "409": "It is not as whoever asks believes: it was changed, is taken, or is not ready.",
    "413": "Too large.",
    "415": "A kind of content that is not taken.",
    "429": "Too often; `Retry-After` says how many seconds to wait.",
    "503": "Not possible just now; it may be sent again as it is.",
}
RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds to wait, where they are known."}
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class TrueSchema(AutoSchema):
    """The framework's, with what it cannot see: errors, and that forms are of use for files alone."""

    def _get_request_body(self, *args: Any, **kwargs: Any) -> Any:
        told = super()._get_request_body(*args, **kwargs)  # type: ignore[no-untyped-call]
        content = told.get("content", {}) if told else {}
        if "application/json" in content:
            for form in FORMS:
                content.pop(form, None)
        return told

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> Any:
        bodies = super()._get_response_bodies(*args, **kwargs)
        shape = self.resolve_serializer(ErrorShape, "response").ref
        for status in self.errors():
            content = {"application/json": {"schema": shape}}
            headers = {"headers": {"Retry-After": RETRY_AFTER}} if status in ("429", "503") else {}
            bodies.setdefault(status, {"description": SAID[status], "content": content} | headers)
        return dict(sorted(bodies.items()))

    def errors(self) -> list[str]:
        changes = self.method not in ("GET", "HEAD")
        has_body = self.method in ("POST", "PATCH", "PUT")
        found = ["400", "429", "503"]
        found += ["401"] if self.view.permission_classes and self.get_auth() else []
        found += ["403", "409"] if changes else ["403"]
        found += ["404"] if "{" in self.path else []
        found += ["413", "415"] if has_body else []
        return found
