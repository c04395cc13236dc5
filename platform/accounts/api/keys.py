"""A person's own API keys."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import keys
from accounts.api.doors import Door, body
from accounts.api.shapes import ApiKeyShape, NewApiKeyShape, RevokedShape
from accounts.authentication import signed_in
from accounts.models import ApiKey


class KeyInput(serializers.Serializer[None]):
    name = serializers.CharField(max_length=100)


class Keys(Door):
    @extend_schema(responses=ApiKeyShape(many=True))
    def get(self, request: Request) -> Response:
        return Response(ApiKeyShape(ApiKey.objects.filter(user=signed_in(request)), many=True).data)

    @extend_schema(request=KeyInput, responses={201: NewApiKeyShape})
    def post(self, request: Request) -> Response:
        key, written = keys.make(signed_in(request), body(request, KeyInput)["name"])
        return Response({**ApiKeyShape(key).data, "key": written}, status=201)

    @extend_schema(operation_id="keys_destroy_all", responses={200: RevokedShape})
    def delete(self, request: Request) -> Response:
        """Revokes all of them."""
        return Response({"revoked": keys.revoke_all(signed_in(request))})


class Key(Door):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        keys.revoke(signed_in(request), key_id)
        return Response(status=204)
