"""Numbers in addresses that name a row or a place: `<row:user_id>`, once this module is imported."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RowId(IntConverter):
    """A number that every database can look up; of what is longer there is no row, so the address is not found."""

    regex = "[0-9]{1,18}"


register_converter(RowId, "row")
