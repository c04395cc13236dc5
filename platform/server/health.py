"""What is alive, for load balancers and for the System page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import room
from annotations import orphans
from runner import heartbeats, status
from server import data_folder

Check = dict[str, Any]
VITAL = ("database", "broker", "disk")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    report = health()
    vital = all(report["checks"][name]["ok"] for name in VITAL)
    return JsonResponse(report, status=200 if vital else 503)


def health() -> dict[str, Any]:
    checks = {"database": checked(database), "broker": checked(heartbeats.broker_answers), "disk": checked(disk)}
    for kind, is_alive in heartbeats.alive().items():
        message = "" if is_alive else f"No {kind} worker has answered for {heartbeats.SECONDS_KEPT} seconds."
        checks[f"worker_{kind}"] = {"ok": is_alive, "message": message}
    doubts = orphans.noted()
    checks["files"] = {"ok": not doubts, "message": " ".join(doubts)}
    status = "ok" if all(check["ok"] for check in checks.values()) else "degraded"
    return {"status": status, "checks": checks}


def checked(look: Callable[[], None]) -> Check:
    try:
        look()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return {"ok": False, "message": str(error)}
    return {"ok": True, "message": ""}


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def disk() -> None:
    problem = data_folder.prepare(settings.DATA_DIR)
    if problem:
        raise OSError(problem.message)
    if room.is_short():
        since = status.read(Path(settings.DATA_DIR)).get("disk_short_since")
        raise OSError(
            f"Only {room.megabytes(room.free())} are free{f' (too little since {since})' if since else ''}; "
            f"{room.megabytes(settings.MIN_FREE_BYTES)} are needed. Uploads, predictions and trainings wait for room."
        )
