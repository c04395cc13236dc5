"""What signed-in people change about themselves."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import own_account
from accounts.api.doors import Door, body
from accounts.api.shapes import PersonShape, RenewedShape
from accounts.authentication import signed_in


class AccountInput(serializers.Serializer[None]):
    name = serializers.CharField(max_length=100, allow_blank=True)


class PasswordInput(serializers.Serializer[None]):
    current = serializers.CharField(trim_whitespace=False, max_length=1000)
    password = serializers.CharField(trim_whitespace=False, max_length=1000)
    revoke_keys = serializers.BooleanField(
        default=False, help_text="Whether all the person's API keys are revoked too. Otherwise they go on working."
    )


class Account(Door):
    @extend_schema(request=AccountInput, responses=PersonShape, operation_id="account_rename")
    def patch(self, request: Request) -> Response:
        user = own_account.rename(signed_in(request), **body(request, AccountInput))
        return Response(PersonShape(user).data)


class BrowserSession(SessionAuthentication):
    """A page's session alone, which is asked for (401) where there is none."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="pages"'


class Password(Door):
    """A program with a key is no sign-in: what it was lent cannot lock its owner out."""

    authentication_classes = [BrowserSession]

    @extend_schema(request=PasswordInput, responses=RenewedShape, operation_id="account_change_password")
    def post(self, request: Request) -> Response:
        """Ends all other sessions of the person and tells them by mail."""
        given = body(request, PasswordInput)
        renewed = own_account.change_password(request._request, signed_in(request), **given)
        keys = {"keys_revoked": renewed.keys_revoked, "keys_left": renewed.keys_left}
        return Response({**PersonShape(renewed.user).data, **keys})
