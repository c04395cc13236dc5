"""How people, keys and invitations look in JSON."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.models import ApiKey, Invitation, User


@extend_schema_serializer(component_name="Account")
class PersonShape(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "name", "is_staff"]


class ApiKeyShape(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields = ["id", "name", "prefix", "created_at", "last_used_at", "revoked_at"]


class NewApiKeyShape(ApiKeyShape):
    key = serializers.CharField(help_text="The key itself, in this answer only.")

    class Meta(ApiKeyShape.Meta):
        fields = [*ApiKeyShape.Meta.fields, "key"]


class InvitationShape(serializers.ModelSerializer[Invitation]):
    email = serializers.EmailField(source="user.email")

    class Meta:
        model = Invitation
        fields = ["email", "expires_at", "accepted_at"]


class NewInvitationShape(serializers.Serializer[dict[str, object]]):
    email = serializers.EmailField()
    link = serializers.URLField()
    expires_at = serializers.DateTimeField()
    mailed = serializers.BooleanField(help_text="False where the mail server refused: hand the link over yourself.")
