"""Which form an answer has that knows several."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation


class ByFormat(DefaultContentNegotiation):
    """`?format=json` as well as an Accept header; elsewhere `format` is a query of the doors' own, as of the export."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return super().select_renderer(request, renderers, format_suffix or request.query_params.get("format"))
