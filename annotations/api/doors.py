"""What every door of this app does the same way."""

from typing import Any, TypeVar, cast

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.models import User

Shape = TypeVar("Shape", bound="Serializer[Any]")


def person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def body(request: Request, shape: type[Shape]) -> dict[str, Any]:
    """What was sent, checked against its shape; the answer to anything else is a 400 with a sentence a field."""
    return _checked(shape(data=request.data))


def query(request: Request, shape: type[Shape]) -> dict[str, Any]:
    return _checked(shape(data=request.query_params))


def _checked(given: "Serializer[Any]") -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return cast("dict[str, Any]", given.validated_data)
