"""Doors for people who come, and for those who go."""

from django.conf import settings
from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import invitations, people, signing
from accounts.api.doors import Door, body
from accounts.api.fields import AddressField
from accounts.api.shapes import PersonShape, RenewedShape
from accounts.authentication import AnonymousCsrfAuthentication
from accounts.errors import Forbidden
from accounts.models import User


class SignInInput(serializers.Serializer[None]):
    email = AddressField()
    password = serializers.CharField(trim_whitespace=False, max_length=1000)


class NewAccountInput(SignInInput):
    name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)


class InvitedInput(serializers.Serializer[None]):
    token = serializers.CharField(max_length=200)
    password = serializers.CharField(trim_whitespace=False, max_length=1000)
    name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)


class ResetInput(serializers.Serializer[None]):
    email = AddressField()


class NewPasswordInput(serializers.Serializer[None]):
    uid = serializers.CharField(max_length=40)
    token = serializers.CharField(max_length=200)
    password = serializers.CharField(trim_whitespace=False, max_length=1000)
    revoke_keys = serializers.BooleanField(
        default=False, help_text="Whether all the person's API keys are revoked too. Otherwise they go on working."
    )


class StrangersDoor(Door):
    """Open to everybody, from a page of ours alone (CSRF)."""

    authentication_classes = [AnonymousCsrfAuthentication]
    permission_classes = [AllowAny]


class FirstAccount(StrangersDoor):
    @extend_schema(request=NewAccountInput, responses={201: PersonShape})
    def post(self, request: Request) -> Response:
        user = people.create_first(**body(request, NewAccountInput))
        return welcome(request, user, status=201)


class SignUp(StrangersDoor):
    @extend_schema(request=NewAccountInput, responses={201: PersonShape})
    def post(self, request: Request) -> Response:
        if settings.SIGNUP != "open":
            raise Forbidden("People come here by invitation. Ask whoever runs this server for one.")
        user = people.sign_up(**body(request, NewAccountInput))
        return welcome(request, user, status=201)


class AcceptInvitation(StrangersDoor):
    @extend_schema(request=InvitedInput, responses={201: PersonShape})
    def post(self, request: Request) -> Response:
        user = invitations.accept(**body(request, InvitedInput))
        return welcome(request, user, status=201)


class SignIn(StrangersDoor):
    @extend_schema(request=SignInInput, responses=PersonShape)
    def post(self, request: Request) -> Response:
        user = signing.sign_in(request._request, **body(request, SignInInput))
        return Response(PersonShape(user).data)


class SignOut(StrangersDoor):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=204)


class SendReset(StrangersDoor):
    @extend_schema(request=ResetInput, responses={200: None})
    def post(self, request: Request) -> Response:
        signing.send_reset(request._request, **body(request, ResetInput))
        return Response({})


class ConfirmReset(StrangersDoor):
    @extend_schema(request=NewPasswordInput, responses=RenewedShape)
    def post(self, request: Request) -> Response:
        renewed = signing.reset(request._request, **body(request, NewPasswordInput))
        keys = {"keys_revoked": renewed.keys_revoked, "keys_left": renewed.keys_left}
        return Response({**PersonShape(renewed.user).data, **keys})


def welcome(request: Request, user: User, status: int) -> Response:
    signing.enter(request._request, user)
    return Response(PersonShape(user).data, status=status)
