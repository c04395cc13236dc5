"""The administrator invites people to this installation. (A project's owner invites through its members.)"""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import invitations
from accounts.api.shapes import InvitationShape, NewInvitationShape
from accounts.authentication import signed_in
from accounts.models import Invitation


class InvitationInput(serializers.Serializer[None]):
    email = serializers.EmailField()


class Invitations(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(responses=InvitationShape(many=True))
    def get(self, request: Request) -> Response:
        return Response(InvitationShape(Invitation.objects.select_related("user"), many=True).data)

    @extend_schema(request=InvitationInput, responses={201: NewInvitationShape})
    def post(self, request: Request) -> Response:
        form = InvitationInput(data=request.data)
        form.is_valid(raise_exception=True)
        invited = invitations.invite(form.validated_data["email"], signed_in(request))
        answer = {"email": invited.user.email, "link": invited.link, "expires_at": invited.expires_at}
        return Response(answer, status=201)
