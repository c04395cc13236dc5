"""Cursor pages of long lists: {"results": [...], "next": address or null, "previous": address or null}."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from accounts.api.doors import query

USUAL, MOST = 60, 200


class PageChoice(serializers.Serializer[None]):
    """The queries of a list that comes in pages."""

    cursor = serializers.CharField(
        required=False, allow_blank=True, help_text="From `next` or `previous` of another page."
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, default=USUAL, help_text=f"Of one page. At most {MOST} come at once."
    )


class Pages(CursorPagination):
    """Subclass with an `ordering` that ends in a unique field, so that no row is shown twice or left out."""

    page_size = USUAL
    page_size_query_param = "limit"
    max_page_size = MOST
    ordering = ("-created_at", "-id")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        query(request, PageChoice)  # the framework takes a limit that is none as the usual one
        return super().paginate_queryset(queryset, request, view)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """A place that is no time, or one beyond the calendar, is as invalid as a cursor that cannot be read."""
        cursor: Cursor | None = super().decode_cursor(request)
        try:
            if cursor is not None and cursor.position is not None:
                datetime.fromisoformat(str(cursor.position)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise NotFound(self.invalid_cursor_message) from None
        return cursor

    def get_next_link(self) -> str | None:
        return from_root(super().get_next_link())

    def get_previous_link(self) -> str | None:
        return from_root(super().get_previous_link())


def from_root(link: str | None) -> str | None:
    """Without scheme and host, which are wrong behind a proxy that does not pass them on."""
    if link is None:
        return None
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"
