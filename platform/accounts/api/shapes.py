"""How people, keys and invitations look in JSON."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts import residents
from accounts.models import ApiKey, Invitation, User


@extend_schema_serializer(component_name="Account")
class PersonShape(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "name", "is_staff"]


@extend_schema_serializer(component_name="Resident")
class ResidentShape(PersonShape):
    """Of `residents.everybody`."""

    shut_out = serializers.SerializerMethodField()
    api_keys = serializers.IntegerField(source="good_keys", help_text="How many are not revoked.")

    class Meta(PersonShape.Meta):
        fields = [*PersonShape.Meta.fields, "is_active", "shut_out", "api_keys", "last_login"]

    def get_shut_out(self, person: User) -> bool:
        """By the administrator; who is neither active nor shut out was invited and has not come yet."""
        return residents.is_shut_out(person)


@extend_schema_serializer(component_name="RenewedAccount")
class RenewedShape(PersonShape):
    """Who has a new password. API keys go on working unless they are revoked."""

    keys_revoked = serializers.IntegerField()
    keys_left = serializers.IntegerField()

    class Meta(PersonShape.Meta):
        fields = [*PersonShape.Meta.fields, "keys_revoked", "keys_left"]


class RevokedShape(serializers.Serializer[dict[str, int]]):
    revoked = serializers.IntegerField(help_text="How many keys were good until now.")


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
