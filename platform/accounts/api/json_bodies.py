"""JSON in and out of every door: read by `accounts.json_text`, and always written."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer

from accounts import json_text


class LimitedJSONParser(JSONParser):
    """UTF-8 whatever `charset` says, as RFC 8259 has it."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return json_text.read(stream.read())
        except json_text.NotJson as error:
            why = f"JSON parse error - {error.detail}" if error.detail else f"The JSON {error.reason}"
            raise ParseError(why) from None


class EncodableJSONRenderer(JSONRenderer):
    """Half a surrogate pair goes out escaped, as JSON allows; in UTF-8 it cannot be written at all."""

    def render(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().render(*args, **kwargs)
        except UnicodeEncodeError:
            return EscapingJSONRenderer().render(*args, **kwargs)


class EscapingJSONRenderer(JSONRenderer):
    ensure_ascii = True
