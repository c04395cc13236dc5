"""The pages people see: one HTML file that the frontend's build made, and its assets."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>Glyphsmith</title>
<h1>The pages are not built yet</h1>
<p>The server runs, but its pages are missing: run <code>script/server</code>, which builds them,
or <code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>.</p>
"""
# The addresses of the frontend's router, as it writes them; src/routes.test.ts there holds the two together.
ADDRESSES: list[str] = json.loads(Path(__file__).with_name("pages.json").read_text())


def pattern(addresses: Iterable[str]) -> str:
    """What they look like without their first slash: ":name" is one part, ":name?" one that may be missing."""
    return rf"^(?:{'|'.join(_as_expression(address) for address in addresses)})/?$"


def _as_expression(address: str) -> str:
    expression = "".join(_part(part) for part in address.split("/") if part)
    return expression.removeprefix("/")


def _part(part: str) -> str:
    if not part.startswith(":"):
        return f"/{re.escape(part)}"
    return "(?:/[^/]+)?" if part.endswith("?") else "/[^/]+"


@never_cache
@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The same for every address of the frontend: it reads the address and shows what belongs there."""
    index = Path(settings.FRONTEND_DIST) / "index.html"
    if not index.is_file():
        return HttpResponse(NOT_BUILT, status=503)
    return HttpResponse(index.read_bytes())
