"""What allauth asks us about accounts."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # The very first account is made by accounts.people.create_first, which makes its owner administrator.
        return settings.SIGNUP == "open" and User.objects.exists()
