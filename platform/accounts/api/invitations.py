"""The administrator invites people to this installation. (A project's owner invites through its members.)"""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import invitations
from accounts.api.doors import Door, body
from accounts.api.fields import AddressField
from accounts.api.shapes import InvitationShape, NewInvitationShape
from accounts.authentication import signed_in
from accounts.mail import MailFailed
from accounts.models import Invitation


class InvitationInput(serializers.Serializer[None]):
    email = AddressField()


class Invitations(Door):
    permission_classes = [IsAdminUser]

    @extend_schema(responses=InvitationShape(many=True))
    def get(self, request: Request) -> Response:
        return Response(InvitationShape(Invitation.objects.select_related("user"), many=True).data)

    @extend_schema(request=InvitationInput, responses={201: NewInvitationShape})
    def post(self, request: Request) -> Response:
        invited = invitations.listed(body(request, InvitationInput)["email"], signed_in(request))
        try:
            invitations.send(invited, signed_in(request))
            mailed = True
        except MailFailed:  # the administrator can still hand the link over
            mailed = False
        shown = {"email": invited.user.email, "link": invited.link, "expires_at": invited.expires_at, "mailed": mailed}
        return Response(NewInvitationShape(shown).data, status=201)
