"""Long answers go out compressed to whoever takes that; the built files were compressed when they were built.

An answer that holds a secret beside something an attacker has put there gives the secret away by its length (BREACH),
where the attacker can make a browser ask with its cookie and sees how long the answers are. So what a cookie opens is
compressed only where it is merely read, and never a mail of the outbox: keys, reset links and invitations are in
answers to POST alone, or there. What a key opens no page can ask for. Lengths vary by up to 100 random bytes besides.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

MIN_BYTES = 1000
# What is not here is compressed in itself (pictures, archives, networks), or is sent as it is made.
KINDS = ("application/json", "application/vnd.oai.openapi", "text/")
WITH_SECRETS = ("/api/v1/system/outbox/",)


class CompressLongAnswers(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or len(response.content) < MIN_BYTES:
            return response
        if not response.headers.get("Content-Type", "").startswith(KINDS) or not may_be_compressed(request):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


def may_be_compressed(request: HttpRequest) -> bool:
    if request.headers.get("Authorization"):
        return True
    return request.method in ("GET", "HEAD") and not request.path.startswith(WITH_SECRETS)
