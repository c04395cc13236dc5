"""Cursor pages of long lists: {"results": [...], "next": address or null, "previous": address or null}."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    """Subclass with an `ordering` that ends in a unique field, so that no row is shown twice or left out."""

    page_size = 60
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = ("-created_at", "-id")

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
