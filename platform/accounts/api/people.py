"""The administrator shuts people out of this installation, and lets them in again."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import residents
from accounts.api.doors import Door, body
from accounts.api.shapes import ResidentShape


class ShutOutInput(serializers.Serializer[None]):
    shut_out = serializers.BooleanField()


class Resident(Door):
    permission_classes = [IsAdminUser]

    @extend_schema(request=ShutOutInput, responses=ResidentShape)
    def patch(self, request: Request, user_id: int) -> Response:
        """Ends sessions and open invitations; keys open nothing meanwhile. 409 for the last administrator."""
        change = residents.shut_out if body(request, ShutOutInput)["shut_out"] else residents.let_in
        return Response(ResidentShape(change(user_id)).data)


class ResidentKeys(Door):
    permission_classes = [IsAdminUser]

    @extend_schema(responses={200: ResidentShape})
    def delete(self, request: Request, user_id: int) -> Response:
        """Revokes all API keys of a person."""
        return Response(ResidentShape(residents.revoke_keys(user_id)).data)
