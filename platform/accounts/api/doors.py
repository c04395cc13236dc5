"""What every door of the native API does the same way: nothing that was sent is passed over without a word.

Queries and fields that a door does not know are refused, and so is what is sent twice where one is taken, or is of
another kind than JSON has for it. What a door knows are its shapes, which also make the API's documentation.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar, cast

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.errors import Refusal
from accounts.models import User

Shape = TypeVar("Shape", bound="Serializer[Any]")


class Door(APIView):
    """A view that takes the queries which `extend_schema(parameters=…)` tells of, and no others."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS":
            refuse_unknown(request.query_params, queries(self), "query", "queries")
            refuse_repeated(request.query_params)


def queries(view: APIView) -> frozenset[str]:
    """The names of the queries of the operation that a view is asked for, from what documents it."""
    handler = getattr(view, str(view.request.method).lower(), None)
    documented = getattr(handler, "kwargs", {}).get("schema")
    if documented is None:
        return frozenset()
    if documented not in KNOWN_QUERIES:
        schema = documented()
        schema.view, schema.method = view, str(view.request.method)
        KNOWN_QUERIES[documented] = frozenset(n for told in schema.get_override_parameters() for n in named_by(told))
    return KNOWN_QUERIES[documented]


KNOWN_QUERIES: dict[Any, frozenset[str]] = {}


def named_by(told: Any) -> Iterator[str]:
    if not isinstance(told, OpenApiParameter):
        yield from (told() if isinstance(told, type) else told).fields
    elif told.location == OpenApiParameter.QUERY:
        yield told.name


def person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def body(request: Request, shape: type[Shape]) -> dict[str, Any]:
    """What was sent, checked against its shape; the answer to anything else is a 400 with a sentence a field."""
    sent, given = request.data, shape(data=request.data)
    if isinstance(sent, Mapping):
        refuse_unknown(sent, given.fields.keys(), "field", "fields")
    if isinstance(sent, QueryDict):
        lists = {name for name, one in given.fields.items() if isinstance(one, serializers.ListField)}
        refuse_repeated(sent, but=lists)
    elif wrong := unlike(given, sent):
        raise serializers.ValidationError(wrong)
    return _checked(given)


def query(request: Request, shape: type[Shape]) -> dict[str, Any]:
    return _checked(shape(data=request.query_params))


def _checked(given: "Serializer[Any]") -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return cast("dict[str, Any]", given.validated_data)


def refuse_unknown(sent: Mapping[str, Any], known: Collection[str], what: str, whats: str) -> None:
    unknown = [str(name)[:60] for name in sent if name not in known][:5]
    if unknown:
        names = ", ".join(f"`{name}`" for name in unknown)
        are = f"{names} is no {what}" if len(unknown) == 1 else f"{names} are no {whats}"
        message = f"{are} of this address. It takes: {', '.join(sorted(known)) or 'none'}."
        raise Refusal(message, code=f"unknown_{what}", fields={name: [message] for name in unknown})


def refuse_repeated(sent: QueryDict, but: Collection[str] = ()) -> None:
    """The last one would win, and the others be gone without a word."""
    for name, values in sent.lists():
        if len(values) > 1 and name not in but:
            message = f"`{name}` is taken once in a request, and was sent {len(values)} times."
            raise Refusal(message, code="repeated", fields={name: [message]})


def unlike(field: Any, sent: Any) -> Any:
    """What in JSON is of another kind than the field, as sentences in its shape; nothing as a rule.

    The framework makes the text "0" of the number 0 and an id of 1, which a form needs and JSON does not.
    """
    if sent is None or isinstance(field, serializers.JSONField | serializers.FileField):
        return None
    if isinstance(field, Serializer):
        parts = (
            {name: unlike(one, sent[name]) for name, one in field.fields.items() if name in sent}
            if isinstance(sent, Mapping)
            else {}
        )
        return {name: wrong for name, wrong in parts.items() if wrong}
    if isinstance(field, serializers.ListField):
        found = [unlike(field.child, one) for one in sent] if isinstance(sent, list) else []
        return {place: wrong for place, wrong in enumerate(found) if wrong}
    return next(
        ([sentence] for kinds, is_one, sentence in KINDS if isinstance(field, kinds) and not is_one(sent)), None
    )


def _is_text(sent: Any) -> bool:
    return isinstance(sent, str)


def _is_number(sent: Any) -> bool:
    return isinstance(sent, int | float) and not isinstance(sent, bool)


def _is_truth(sent: Any) -> bool:
    return isinstance(sent, bool)


KINDS: tuple[tuple[Any, Any, str], ...] = (
    (serializers.BooleanField, _is_truth, "This must be true or false."),
    ((serializers.IntegerField, serializers.FloatField), _is_number, "This must be a number."),
    (
        (serializers.CharField, serializers.UUIDField, serializers.ChoiceField),
        _is_text,
        'This must be text, in quotes, as in "12".',
    ),
)
