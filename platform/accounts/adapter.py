"""What allauth asks us about accounts."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import people


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # The very first account is made by people.create_first, which makes its owner the administrator.
        return settings.SIGNUP == "open" and not people.nobody_yet()

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        return f"{settings.PUBLIC_URL}/reset/{uid}/{token}"
