"""People, their API keys, invitations, and which installation all of this is."""

import unicodedata
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class PersonManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=normalised(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normalised(username or ""))


def normalised(email: str) -> str:
    """Mail addresses are compared in lower case as a whole: no provider in use tells `A@x` from `a@x`.

    Letters that only look otherwise (`ſ`, full width) are the ones they stand for.
    """
    return unicodedata.normalize("NFKC", email.strip()).lower()


class User(AbstractBaseUser, PermissionsMixin):
    """A person; signs in by mail address. `is_staff` is the administrator of this installation."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    shut_out_at = models.DateTimeField(null=True, blank=True)  # by the administrator; inactive since then
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email


class ApiKey(models.Model):
    """A key as it is stored: found by its prefix, compared by its hash, never shown again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ResetRequest(models.Model):
    """A link for a new password that was asked for and is not mailed yet: a lost message loses no request.

    For every address that is typed in, so that nothing tells who has an account. Times are the database's.
    """

    email = models.EmailField()
    asked_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(db_default=Now())  # to the worker, for the last time

    def __str__(self) -> str:
        return self.email


class Invitation(models.Model):
    """A link by which a person, already listed by mail address, chooses a password and comes in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations_sent")
    project_id = models.UUIDField(null=True, blank=True)  # what it is for; none: this installation
    suspended = models.BooleanField(default=False)  # while that project is deleted
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation of {self.user_id}"


class Installation(models.Model):
    """The one row that says which data folder this database belongs to; see `accounts.installation`."""

    only = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    uuid = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=1), name="one_installation_a_database")]

    def __str__(self) -> str:
        return str(self.uuid)
