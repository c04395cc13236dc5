"""Content types that Django falls over before any of its own handlers is there to answer.

It reads the address in the charset of the body while it makes the request, and Python knows charsets that are no text
(rot13, zlib) or make half surrogate pairs (UTF-7). What is odd is therefore passed on as a kind of content that no door
takes: who sends a body gets the answer 415, and who only asks is answered.
"""

import codecs
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

TAKEN = ("utf-8", "ascii", "iso8859-1", "cp1252")
UNKNOWN = "application/octet-stream"

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def readable(environ: Environ) -> Environ:
    sent = environ.get("CONTENT_TYPE", "")
    plain = unquoted(sent)
    if is_odd(plain):
        plain = UNKNOWN
    return environ if plain == sent else environ | {"CONTENT_TYPE": plain}


def unquoted(content_type: str) -> str:
    kept = content_type.strip()
    return kept[1:-1].strip() if len(kept) > 1 and kept[0] == kept[-1] == '"' else content_type


def is_odd(content_type: str) -> bool:
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(charset).name not in TAKEN
    except (LookupError, ValueError):
        return True


def reading(application: Application) -> Application:
    return lambda environ, start_response: application(readable(environ), start_response)
