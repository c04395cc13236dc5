"""Leases: work that one process at a time holds, and that another takes up when the holder dies.

The row is the truth and a message on the queue only a knock on the door (docs/decisions/early-acknowledgement.md). A
worker claims a waiting row with its token, renews the heartbeat while it works, and names the token in every write. A
sweep takes back what the dead and the silent hold, and sends again what waits although its message is lost.

Every time is the database's, so that the clocks of two machines do not matter. SQLite keeps such a time in another
spelling than Django writes: compare it with < and >, never with =.
"""

import logging
import os
import select
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

import redis
from django import db
from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from annotations import holders
from runner import heartbeats

log = logging.getLogger(__name__)

ATTEMPTS = 3  # started so often and killed each time, it has failed
SILENT_AFTER = timedelta(seconds=40)  # eight heartbeats, and longer than a beat waits for a database that is busy
RESENT_AFTER = timedelta(seconds=15)  # a message is on its queue long before
UNKNOWN = 1_000_000
DONE = b"\0"  # no signal has this number


class Leased(models.Model):
    """The columns of a lease; `state` is given its choices by the model that has it."""

    state = models.CharField(max_length=10)
    owner_token = models.CharField(max_length=64, blank=True)  # the process that holds the lease
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # starts, without those that gave their work back
    sent_at = models.DateTimeField(null=True, blank=True)  # the task was last put on the queue

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Leased)


@dataclass(frozen=True, slots=True)
class Lease:
    """What a worker holds while it works: the row, and the token that every write of it must match."""

    row_id: UUID
    token: str


def silent(after: timedelta | None = None) -> Q:
    """Its worker has not been heard of for so long, or for RUN_LEASE_SECONDS."""
    after = after or timedelta(seconds=settings.RUN_LEASE_SECONDS)
    return Q(heartbeat_at=None) | Q(heartbeat_at__lt=Now() - after)


def not_sent_for(age: timedelta) -> Q:
    """Its task was never put on the queue, or that long ago."""
    return Q(sent_at=None) | Q(sent_at__lt=Now() - age)


class Leases(Generic[Row]):
    """The leases of one kind of work.

    `send` puts a row's task on `queue`; where it raises, the row waits for the sweep. `running`: a claimed row has the
    first of these states.
    """

    def __init__(
        self,
        model: type[Row],
        send: Callable[[UUID], object],
        *,
        waiting: str = "waiting",
        running: Sequence[str] = ("running",),
        queue: str = "default",
    ) -> None:
        self._rows: QuerySet[Row] = model._default_manager.all()
        self._send = send
        self._waiting, self._running, self._queue = waiting, tuple(running), queue

    # What a worker does

    def claim(self, row_id: UUID, **changes: Any) -> Lease | None:
        """Take a waiting row, or None: another holds it, it has ended, or it is gone. Of two claims one wins."""
        lease = Lease(row_id, holders.new_token())
        won = self._rows.filter(pk=row_id, state=self._waiting).update(
            state=self._running[0], owner_token=lease.token, heartbeat_at=Now(), attempts=F("attempts") + 1, **changes
        )
        return lease if won else None

    def held(self, lease: Lease) -> QuerySet[Row]:
        """The row while the lease is good, else nothing: every write of a worker goes through this."""
        return self._rows.filter(pk=lease.row_id, owner_token=lease.token, state__in=self._running)

    def beat(self, lease: Lease) -> bool:
        """Say that the holder is alive; False where the work is no longer its own."""
        return bool(self.held(lease).update(heartbeat_at=Now()))

    def give_back(self, lease: Lease, *, send: bool = False) -> bool:
        """The work waits for the next worker, and this start is not counted against it.

        `send`: there is no other message that would bring a worker to it.
        """
        return self._requeue(self.held(lease), lease.row_id, send=send, attempts=F("attempts") - 1)

    # What the sweep does

    def take_back_lost(self, give_up: Callable[[Row, "QuerySet[Row]"], object]) -> list[UUID]:
        """Let the work of dead and silent holders wait again, and tells which.

        Of a row that was started too often `give_up` writes the end, through the query set: it is empty where the
        holder has come back meanwhile.
        """
        running = self._rows.filter(state__in=self._running)
        silent_ones = set(running.filter(silent(SILENT_AFTER)).values_list("pk", flat=True))
        taken = []
        for row in running:
            dead = holders.is_dead(row.owner_token)
            if not dead and row.pk not in silent_ones:
                continue
            # Asked again in the update itself: a worker that was only slow keeps its work.
            still = running.filter(Q() if dead else silent(SILENT_AFTER), pk=row.pk, owner_token=row.owner_token)
            if row.attempts >= ATTEMPTS:
                give_up(row, still)
            elif self._requeue(still, row.pk, send=True):
                log.warning("%s %s: its worker is gone or silent; the next takes it up", row._meta.verbose_name, row.pk)
                taken.append(row.pk)
        return taken

    def send_lost(self) -> list[UUID]:
        """Send again what waits although its message is lost: fewer messages lie on the queue than rows wait."""
        unheard = self._rows.filter(not_sent_for(RESENT_AFTER), state=self._waiting)
        missing = self._rows.filter(state=self._waiting).count() - queued(self._queue)
        if missing <= 0:
            return []
        some = list(unheard.order_by("sent_at").values_list("pk", flat=True)[:missing])
        return [pk for pk in some if unheard.filter(pk=pk).update(sent_at=Now()) and self.send(pk)]

    def send(self, row_id: UUID) -> bool:
        """False where the broker is away: the sweep sends it again."""
        try:
            self._send(row_id)
        except Exception:
            log.exception("%s could not be put on its queue; it is sent again soon", row_id)
            return False
        return True

    def _requeue(self, rows: "QuerySet[Row]", row_id: UUID, *, send: bool, **changes: Any) -> bool:
        back = rows.update(state=self._waiting, owner_token="", heartbeat_at=None, sent_at=Now(), **changes)
        if back and send:
            self.send(row_id)
        return bool(back)


def queued(queue: str) -> int:
    """How many messages lie on a queue; UNKNOWN where the broker is away, so that nothing is sent in vain."""
    try:
        return int(heartbeats.client(settings.REDIS_URL).llen(queue))
    except redis.RedisError:
        return UNKNOWN


class Watch:
    """A thread that renews a lease while its holder works.

    In a process's main thread it also hears of SIGTERM when the worker itself cannot: Python's handlers wait until a
    long computation comes back, and the process may be killed before. The number of each signal arrives in a pipe at
    once.
    """

    every: float | None = None  # seconds between heartbeats; None: as many as the settings say

    def __init__(self, name: str) -> None:
        self._ears, self._mouth = os.pipe()
        self._hears = threading.current_thread() is threading.main_thread()
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)

    def renew(self) -> bool:
        """False where the lease is lost: nothing is left to keep."""
        raise NotImplementedError

    def give_back(self) -> None:
        """The process is being stopped."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        os.set_blocking(self._mouth, False)
        if self._hears:
            self._before = signal.set_wakeup_fd(self._mouth, warn_on_full_buffer=False)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._hears:
            signal.set_wakeup_fd(self._before)
        os.write(self._mouth, DONE)
        self._thread.join(timeout=10)
        os.close(self._mouth)
        os.close(self._ears)

    def _keep(self) -> None:
        try:
            holds = True
            while holds:
                heard = self._listen()
                if DONE in heard:
                    return
                if bytes([signal.SIGTERM]) in heard:
                    log.info("this worker is being stopped; what it does goes on at the next start")
                    self.give_back()
                    return
                holds = bool(heard) or self._renew()
        finally:
            db.connections.close_all()

    def _listen(self) -> bytes:
        """The signals that came, or nothing when it is time for the next heartbeat."""
        ready, _, _ = select.select([self._ears], [], [], self.every or settings.RUN_HEARTBEAT_SECONDS)
        return os.read(self._ears, 64) if ready else b""

    def _renew(self) -> bool:
        try:
            return self.renew()
        except db.Error:  # a busy or absent database: the lease outlasts several missed beats
            log.warning("a lease could not be renewed just now", exc_info=True)
            db.connections.close_all()
            return True


class Kept(Watch, Generic[Row]):
    """`with Kept(leases, lease):` keeps the lease for as long as the work inside takes."""

    def __init__(self, leases: Leases[Row], lease: Lease) -> None:
        super().__init__(f"lease of {lease.row_id}")
        self._leases, self._lease = leases, lease

    def renew(self) -> bool:
        return self._leases.beat(self._lease)

    def give_back(self) -> None:
        self._leases.give_back(self._lease)
