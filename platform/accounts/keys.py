"""API keys: made, found again by their visible prefix, compared by their hash, revoked."""

import hashlib
import hmac
import logging
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import writes
from accounts.errors import NotFound
from accounts.models import ApiKey, User

logger = logging.getLogger(__name__)
PREFIX_LENGTH = len("gs_") + 8
SEEN_EVERY = timedelta(minutes=1)  # a write a request would cost more than the answer


def make(user: User, name: str) -> tuple[ApiKey, str]:
    """The stored key and the written one, which nobody can show again."""
    written = "gs_" + secrets.token_hex(4) + secrets.token_urlsafe(30)
    key = ApiKey.objects.create(user=user, name=name, prefix=written[:PREFIX_LENGTH], digest=digest(written))
    return key, written


def find(written: str) -> ApiKey | None:
    """The living key of a living person, or None."""
    if not written.isascii() or not written.isprintable():  # none was ever made so, and no database can look it up
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=written[:PREFIX_LENGTH], revoked_at=None).first()
    if key is None or not hmac.compare_digest(key.digest, digest(written)) or not key.user.is_active:
        return None
    return key


def seen(key: ApiKey) -> None:
    """Notes when a key was last used, where that costs nothing: a read must not wait for, or fail by, this write."""
    now = timezone.now()
    old = Q(last_used_at=None) | Q(last_used_at__lt=now - SEEN_EVERY)
    if key.last_used_at is None or key.last_used_at < now - SEEN_EVERY:
        try:
            with writes.not_waiting(), transaction.atomic():
                ApiKey.objects.filter(old, pk=key.pk).update(last_used_at=now)
        except DatabaseError as error:  # a full disk, a long write of somebody else
            logger.info("That key %s was used is not noted: %s", key.prefix, error)


def revoke(user: User, key_id: UUID) -> None:
    if not ApiKey.objects.filter(user=user, pk=key_id, revoked_at=None).update(revoked_at=timezone.now()):
        raise NotFound("There is no such key, or it was revoked before.")


def revoke_all(user: User) -> int:
    """How many were good until now."""
    return ApiKey.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def good(user: User) -> int:
    return ApiKey.objects.filter(user=user, revoked_at=None).count()


def digest(written: str) -> str:
    # The key is 240 random bits: a slow password hash would protect nothing and cost every request.
    return hashlib.sha256(written.encode()).hexdigest()
