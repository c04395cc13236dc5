"""Every address. The pages of the frontend have addresses of their own; what no line takes is not there."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from server.api import schema  # noqa: F401  (registers its extensions)
from server.api.negotiation import ByFormat
from server.frontend import ADDRESSES, page, pattern
from server.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("", include("accounts.urls")),
    path("", include("server.api.urls")),
    path("", include("annotations.urls")),
    path("", include("training.urls")),
    path("api/schema/", SpectacularAPIView.as_view(content_negotiation_class=ByFormat), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    re_path(pattern(ADDRESSES), page),
]

handler400 = "server.failures.bad_request"
handler403 = "server.failures.forbidden"
handler404 = "server.failures.not_found"
handler500 = "server.failures.server_error"
