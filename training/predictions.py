"""Predictions: taken in by the web, answered by the predict worker, waited for, and fetched later."""

import json
import logging
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

import redis
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Now, TruncDate
from django.utils import timezone
from PIL import Image as Pillow

from accounts.errors import Refusal
from accounts.models import User
from annotations import leases, projects, stored, texts
from annotations.models import Project
from runner import heartbeats
from training import dispatch, pages, waiting, workers
from training.engine.spec import EngineError
from training.models import Prediction, PredictionState, Version

log = logging.getLogger(__name__)

RESENT_AFTER = timedelta(seconds=30)
GIVEN_UP_AFTER = timedelta(hours=1)
DAYS_SHOWN = 30
LONGEST_WAIT = 60


class Unusable(Exception):
    """A version's bundle cannot be opened; why is in the worker's log."""


# What people do -----------------------------------------------------------------------------------------------------


def ask(
    project: Project,
    user: User,
    file: "UploadedFile[Any]",
    *,
    via: str,
    version: Version | None = None,
    wanted: Collection[int] = (),
    metadata: str = "",
    address: str = "",
) -> Prediction:
    """Take a picture in and put its task on the queue. `wanted`: which pages of a document, from 0; empty: all.
    `address`: where the file was fetched from."""
    answering = version or refuse_none_live(project)
    refuse_no_worker()
    name = texts.file_name(file.name or "image")
    metadata = texts.kept_as_sent(metadata, "request_metadata")
    prediction_id = uuid4()
    content = cast("BinaryIO", file.file)
    with stored.together() as store:
        taken = pages.take_in(project.pk, prediction_id, content, name, file.size or 0, store, wanted)
        with transaction.atomic():
            prediction = Prediction.objects.create(
                id=prediction_id,
                project=project,
                version=answering,
                user=user,
                via=via,
                name=name,
                address=address,
                pages=taken,
                request_metadata=metadata,
                sent_at=Now(),
            )
            transaction.on_commit(partial(dispatch.predict, prediction.pk))
    return prediction


def refuse_none_live(project: Project) -> Version:
    found = Version.objects.filter(project=project).order_by("-live", "-number").first()
    if found is not None and found.live:
        return found
    raise Refusal(why_none_live(found), code="no_live_version", status=409)


def why_none_live(newest: Version | None) -> str:
    """What to do where nothing is live: `newest` is the newest version, if there is one."""
    if newest is None:
        return "This project has no trained version yet. Train it first, then it can answer."
    return (
        f"No version of this project is live. Make v{newest.number} live on the page of its run, "
        f"ask it by its number (version={newest.number}), or train again with more images."
    )


def refuse_no_worker() -> None:
    if not workers.count("predict"):
        raise Refusal(
            "Predictions cannot be answered at the moment: no prediction worker is running. "
            "Whoever runs this server can start one with `script/manage worker predict`.",
            code="no_worker",
            status=503,
        )


def wait(prediction: Prediction, seconds: float) -> Prediction:
    """The prediction when it is answered, or as it is when the time is up or too many requests wait already."""
    with waiting.seat() as may_wait:
        until = time.monotonic() + (min(seconds, LONGEST_WAIT) if may_wait else 0)
        while True:
            prediction.refresh_from_db()
            left = until - time.monotonic()
            if prediction.state != PredictionState.WAITING or left <= 0:
                return prediction
            _listen(prediction.pk, min(left, 1.0))


def _listen(prediction_id: UUID, seconds: float) -> None:
    """Until the worker says it has answered, at most `seconds`."""
    try:
        heartbeats.client(settings.REDIS_URL).blpop([_bell(prediction_id)], timeout=max(0.05, seconds))
    except redis.RedisError:
        time.sleep(min(0.2, seconds))


def _bell(prediction_id: UUID) -> str:
    return f"glyphsmith:answered:{prediction_id}"


def _ring(prediction_id: UUID) -> None:
    client = heartbeats.client(settings.REDIS_URL)
    try:
        client.lpush(_bell(prediction_id), 1)
        client.expire(_bell(prediction_id), 120)
    except redis.RedisError:
        log.warning("nobody could be told that prediction %s is answered; they find it in the database", prediction_id)


# What the worker does -------------------------------------------------------------------------------------------------


def answer(prediction_id: UUID, open_bundle: Callable[[UUID], Any]) -> None:
    """Read all pages of a waiting prediction. A second delivery finds it answered and returns."""
    prediction = (
        Prediction.objects.select_related("version").filter(pk=prediction_id, state=PredictionState.WAITING).first()
    )
    if prediction is None:
        return
    try:
        bundle = open_bundle(prediction.version.run_id)
        start = time.perf_counter()
        read = [page | {"regions": read_page(bundle, page)} for page in prediction.pages]
        taken = (time.perf_counter() - start) * 1000
        changes: dict[str, Any] = {"state": PredictionState.DONE, "pages": read, "milliseconds": round(taken, 1)}
    except Unusable:
        changes = _failed(f"v{prediction.version.number} cannot answer: its files are missing or damaged. Train again.")
    except EngineError as error:
        changes = _failed(str(error))
    except FileNotFoundError:
        changes = _failed("The picture is no longer stored. Send it again.")
    except Exception as error:
        log.exception("prediction %s failed", prediction_id)
        changes = _failed(f"This picture could not be read because of a fault nobody foresaw ({type(error).__name__}).")
    unanswered = Prediction.objects.filter(pk=prediction_id, state=PredictionState.WAITING)
    unanswered.update(finished_at=Now(), **changes)
    _ring(prediction_id)


def _failed(sentence: str) -> dict[str, Any]:
    return {"state": PredictionState.FAILED, "failure": sentence}


def read_page(bundle: Any, page: dict[str, Any]) -> list[dict[str, Any]]:
    """The regions found on a stored page, as JSON. `bundle` is a `training.engine.predict.Bundle`.

    Each with the id of its label, which stays where the label is renamed; None of bundles that know none.
    """
    ids = {label.name: label.id for label in bundle.spec.labels}
    with default_storage.open(page["file"]) as file, Pillow.open(file) as picture:
        found = bundle.predict(picture)
    regions: list[dict[str, Any]] = json.loads(
        json.dumps([region.as_dict() | {"label_id": ids.get(region.label)} for region in found])
    )
    return regions


def sweep_waiting() -> None:
    """Send lost ones again while a worker is alive; give up on those that waited an hour."""
    unanswered = Prediction.objects.filter(state=PredictionState.WAITING)
    given_up = _failed("No prediction worker answered within an hour. Send the picture again.")
    unanswered.filter(created_at__lt=Now() - GIVEN_UP_AFTER).update(finished_at=Now(), **given_up)
    if not workers.count("predict"):
        return
    lost = unanswered.filter(leases.not_sent_for(RESENT_AFTER))
    for prediction in lost.only("pk")[:100]:
        if lost.filter(pk=prediction.pk).update(sent_at=Now()):
            dispatch.predict(prediction.pk)


def end_deleted() -> None:
    """Those of deleted projects are not read any more."""
    unanswered = Prediction.objects.filter(state=PredictionState.WAITING, project__in=projects.deleted())
    unanswered.update(finished_at=Now(), **_failed("The project was deleted before this picture was read."))


# What everyone reads --------------------------------------------------------------------------------------------------


def by_id(project: Project, written: str) -> Prediction | None:
    """The project's prediction with this id, or None, also for what is no id."""
    try:
        return Prediction.kept.select_related("version").filter(project=project, pk=UUID(written)).first()
    except ValueError:
        return None


def by_page(project: Project, written: str) -> Prediction | None:
    """The project's prediction that has a page with this id."""
    try:
        candidates = pages.predictions_of(UUID(written))
    except ValueError:
        return None
    found = Prediction.kept.select_related("version").filter(project=project, pk__in=candidates)
    return next((one for one in found if any(page["id"] == written for page in one.pages)), None)


def by_file(key: str) -> Prediction | None:
    """The prediction that has this stored picture or thumbnail, where its project is not deleted."""
    page_id = pages.page_of_file(key)
    if page_id is None:
        return None
    candidates = pages.predictions_of(page_id)
    found = Prediction.kept.filter(pk__in=candidates, project__in=projects.existing())
    return next((one for one in found if any(key in (page["file"], page["thumbnail"]) for page in one.pages)), None)


def usage(project: Project) -> list[dict[str, Any]]:
    """Predictions a day over the last days, days without any included."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS_SHOWN - 1)
    counted = dict(
        Prediction.objects.filter(project=project, created_at__date__gte=first)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(Count("pk"))
    )
    days = [first + timedelta(days=offset) for offset in range(DAYS_SHOWN)]
    return [{"date": day.isoformat(), "count": counted.get(day, 0)} for day in days]
