"""Fields that take no more than can be kept, where the framework's own take more."""

from typing import Any

from rest_framework import serializers

from accounts import json_text
from accounts.models import User, normalised
from accounts.names import validate_local_part


class LimitedJSONField(serializers.JSONField):
    """Any JSON, also where it stands as text inside a form."""

    def to_internal_value(self, data: Any) -> Any:
        if not getattr(data, "is_json_string", False):
            return data
        try:
            return json_text.read(str(data))
        except json_text.NotJson as error:
            raise serializers.ValidationError(f"This {error.reason}.") from None


class AddressField(serializers.EmailField):
    """Of a person, as it is kept: people who write it differently are one."""

    default_validators = [validate_local_part]

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=User._meta.get_field("email").max_length, **options)

    def to_internal_value(self, data: Any) -> str:
        return normalised(super().to_internal_value(data))
