"""The pages people see: one HTML file that the frontend's build made, and its assets."""

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


@never_cache
@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """Every address that is not the API's: the frontend reads it and shows what belongs there."""
    index = Path(settings.FRONTEND_DIST) / "index.html"
    if not index.is_file():
        return HttpResponse(NOT_BUILT, status=503)
    return HttpResponse(index.read_bytes())
