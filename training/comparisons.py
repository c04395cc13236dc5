"""Versions measured on the same images: asked for, measured by a predict worker, kept. The one writer of their state.

Every change is a conditional update; a worker holds a comparison by a lease, as it holds a run.
"""

import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts import room
from accounts.errors import Refusal
from accounts.models import User
from annotations import holders, leases, projects, stored
from annotations.models import Project
from training import (
    dispatch,
    folders,
    networks,
    pages,
    predictions,
    runs,
    shared_images,
    side_by_side,
    workers,
)
from training.engine.report import Stopped
from training.engine.spec import EngineError
from training.label_names import LabelNames
from training.models import Comparison, ComparisonState, Version
from training.side_by_side import Measured

log = logging.getLogger(__name__)

MOST_VERSIONS = 6
ATTEMPTS = 3
RESENT_AFTER = timedelta(seconds=30)
WORKING = "comparing-"
UNFINISHED = (ComparisonState.WAITING, ComparisonState.RUNNING)

Measure = Callable[[Path, Path, Path, Callable[[int, int], bool]], dict[str, Any]]
"""(a bundle, a folder with manifest and images, where crops go, on_image) → its evaluation with every miss."""


@dataclass(frozen=True, slots=True)
class Lease:
    comparison_id: UUID
    token: str


# What people do -----------------------------------------------------------------------------------------------------


def ask(project: Project, user: User, version_ids: Sequence[UUID]) -> Comparison:
    """Measure these versions on the images that all of them held out.

    What was measured once is the answer from then on: neither bundles nor snapshots change. A comparison that failed
    is tried again. Raises Refusal for versions that cannot be compared, and while another comparison is measured.
    """
    versions = chosen(project, version_ids)
    of = ",".join(str(version.number) for version in versions)
    before = Comparison.objects.filter(project=project, of=of).first()
    if before is not None and before.state != ComparisonState.FAILED:
        return before
    predictions.refuse_no_worker()
    room.check()
    refuse_missing(versions)
    shared_images.shared(versions)
    refuse_second(project)
    if before is not None:
        return again(before)
    try:
        with transaction.atomic():
            made = Comparison.objects.create(project=project, of=of, started_by=user, sent_at=Now())
            transaction.on_commit(partial(dispatch.compare, made.pk))
    except IntegrityError:  # two clicks at once: the database let one through
        return Comparison.objects.get(project=project, of=of)
    made.refresh_from_db()
    return made


def chosen(project: Project, version_ids: Sequence[UUID]) -> list[Version]:
    found = list(
        Version.objects.filter(project=project, pk__in=version_ids).select_related("run__snapshot").order_by("number")
    )
    if len(found) != len(set(version_ids)):
        raise refused("One of these versions is not of this project.")
    if not 2 <= len(found) <= MOST_VERSIONS:
        raise refused(f"Choose two to {MOST_VERSIONS} versions to compare.")
    return found


def refused(sentence: str) -> Refusal:
    return Refusal(sentence, code="bad_versions", status=400, fields={"versions": [sentence]})


def refuse_missing(versions: Sequence[Version]) -> None:
    for version in versions:
        if not folders.bundle(version.run_id).is_dir():
            raise Refusal(
                f"v{version.number} cannot be measured: its bundle is no longer on the disk.",
                code="bundle_missing",
                status=409,
            )


def refuse_second(project: Project) -> None:
    under_way = Comparison.objects.filter(project=project, state__in=UNFINISHED).first()
    if under_way is not None:
        names = " and ".join(f"v{number}" for number in under_way.numbers)
        raise Refusal(
            f"{names} are being compared at the moment. Wait until that is over.",
            code="already_comparing",
            status=409,
        )


def again(failed: Comparison) -> Comparison:
    waiting = {"state": ComparisonState.WAITING, "failure": "", "finished_at": None, "done": 0, "attempts": 0}
    with transaction.atomic():
        if Comparison.objects.filter(pk=failed.pk, state=ComparisonState.FAILED).update(sent_at=Now(), **waiting):
            transaction.on_commit(partial(dispatch.compare, failed.pk))
    failed.refresh_from_db()
    return failed


# What the worker does -------------------------------------------------------------------------------------------------


def answer(comparison_id: UUID, measure: Measure) -> None:
    """Measure what waits. A second delivery finds it claimed and returns."""
    if room.is_short():
        return  # the sweep sends it again
    lease = Lease(comparison_id, holders.new_token())
    comparison = claim(lease)
    if comparison is None:
        return
    try:
        finish(lease, measured(comparison, lease, measure))
    except Stopped:
        log.warning("comparison %s was taken back from this worker", comparison_id)
    except Exception as error:
        end_by(error, lease)


def end_by(error: Exception, lease: Lease) -> None:
    if room.is_full(error):
        log.warning("comparison %s waits for room on the disk: %s", lease.comparison_id, error)
        put_off(lease)
    elif isinstance(error, Refusal):
        fail(lease, error.message)
    else:
        log.exception("comparison %s failed", lease.comparison_id)
        fail(lease, f"The versions could not be compared because of a fault nobody foresaw ({type(error).__name__}).")


def measured(comparison: Comparison, lease: Lease, measure: Measure) -> dict[str, Any]:
    """What the comparison found, as it is kept."""
    found = Version.objects.filter(project=comparison.project_id, number__in=comparison.numbers)
    versions = list(found.select_related("run__snapshot").order_by("number"))
    refuse_missing(versions)
    shared = shared_images.shared(versions)
    images = len(shared.entries)
    note(lease, 0, images * len(versions))
    Path(settings.RUNS_DIR).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=WORKING, dir=settings.RUNS_DIR) as working:
        root = Path(working)
        shared.write(root)
        each: list[Measured] = []
        for place, version in enumerate(versions):
            on_image = partial(progress, lease, place * images, images * len(versions))
            each.append(Measured(version.number, evaluated(version, root, measure, on_image)))
        labels = sorted(shared_images.shared_labels(versions))
        differing = side_by_side.differences(each)
        lines = [side_by_side.line(one, labels) for one in each]
        return {
            "images": images,
            "some_only": shared.some_only,
            "gone": shared.gone,
            "skipped": len(each[0].evaluation["skipped"]),
            "labels": labels,
            "sentence": side_by_side.sentence(lines),
            "counts": side_by_side.counts(each),
            "versions": [facts(version) | told for version, told in zip(versions, lines, strict=True)],
            "differing": len(differing),
            "differences": keep_crops(comparison, root, differing[: side_by_side.MOST_SHOWN]),
        }


def evaluated(version: Version, root: Path, measure: Measure, on_image: Callable[[int, int], bool]) -> dict[str, Any]:
    """Raises Refusal where its bundle cannot be used; why is in the log."""
    try:
        return measure(folders.bundle(version.run_id), root, root / str(version.number), on_image)
    except EngineError as error:
        log.error("v%s could not be measured: %s", version.number, error)
        raise Refusal(
            f"v{version.number} cannot be measured: its files are damaged, or of another release. Train again."
        ) from error


def progress(lease: Lease, before: int, total: int, done: int, of: int) -> bool:
    return note(lease, before + done, total)


def facts(version: Version) -> dict[str, Any]:
    """What a version is and cost, beside what it reads."""
    files = folders.bundle(version.run_id).rglob("*")
    seconds = runs.seconds_taken(version.run)
    return {
        "id": str(version.pk),
        "run": str(version.run_id),
        "network": networks.of_spec(version.run.spec),
        "megabytes": round(sum(file.stat().st_size for file in files if file.is_file()) / 1e6, 1),
        "minutes": None if seconds is None else round(seconds / 60, 1),
    }


def keep_crops(comparison: Comparison, root: Path, differing: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The differences with the storage key of a picture each, instead of where the engine left it."""
    kept = []
    with stored.together() as store:
        for place, one in enumerate(differing):
            number, file = one["crop"]
            key = f"{pages.COMPARISONS}/{comparison.project_id}/{comparison.pk}-{place:03d}.png"
            default_storage.delete(key)  # of an earlier attempt
            saved = store(key, (root / str(number) / file).read_bytes())
            kept.append(one | {"crop": saved, "image_id": str(shared_images.id_of(one["image"]))})
    return kept


def under_names_of_now(comparison: Comparison) -> dict[str, Any]:
    """What it found, its labels under the names they have now and not those of its newest version's training."""
    newest = Version.objects.filter(project=comparison.project_id, number=max(comparison.numbers))
    names = LabelNames.of(comparison.project_id).of_spec(newest.values_list("run__spec", flat=True).get())
    told: dict[str, Any] = comparison.result
    return told | {
        "labels": [names.get(label, label) for label in told["labels"]],
        "differences": [one | {"label": names.get(one["label"], one["label"])} for one in told["differences"]],
    }


# How it is written ----------------------------------------------------------------------------------------------------


def claim(lease: Lease) -> Comparison | None:
    waiting = Comparison.objects.filter(pk=lease.comparison_id, state=ComparisonState.WAITING)
    won = waiting.filter(project__in=projects.existing()).update(
        state=ComparisonState.RUNNING,
        owner_token=lease.token,
        heartbeat_at=Now(),
        attempts=F("attempts") + 1,
        done=0,
    )
    return Comparison.objects.get(pk=lease.comparison_id) if won else None


def note(lease: Lease, done: int, total: int) -> bool:
    """False where the comparison is no longer this worker's, or is gone with its project."""
    return bool(_held(lease).update(done=done, total=total, heartbeat_at=Now()))


def finish(lease: Lease, result: dict[str, Any]) -> bool:
    changes = {"state": ComparisonState.DONE, "done": F("total"), "owner_token": "", "finished_at": Now()}
    return bool(_held(lease).update(result=result, **changes))


def put_off(lease: Lease) -> bool:
    """It waits for another try, and this one is not counted."""
    waiting = {"state": ComparisonState.WAITING, "owner_token": "", "heartbeat_at": None, "sent_at": Now()}
    return bool(_held(lease).update(attempts=F("attempts") - 1, **waiting))


def fail(lease: Lease, sentence: str) -> bool:
    return _failed(_held(lease), sentence)


def sweep() -> None:
    """Take back what killed workers held, and send again what was lost on the way while a worker is alive."""
    for held in Comparison.objects.filter(state=ComparisonState.RUNNING).only("pk", "attempts", "owner_token"):
        take_back(held)
    if not workers.count("predict"):
        return
    lost = Comparison.objects.filter(leases.not_sent_for(RESENT_AFTER), state=ComparisonState.WAITING)
    for waiting in lost.only("pk"):
        if lost.filter(pk=waiting.pk).update(sent_at=Now()):
            dispatch.compare(waiting.pk)


def take_back(held: Comparison) -> None:
    """Where its worker is dead or silent, which the update itself asks once more."""
    lost = Comparison.objects.filter(pk=held.pk, state=ComparisonState.RUNNING, owner_token=held.owner_token)
    if not holders.is_dead(held.owner_token):
        lost = lost.filter(leases.silent())
    if held.attempts >= ATTEMPTS:
        _failed(lost, "The process that measured the versions was killed again and again; ask for it once more later.")
    else:
        lost.update(state=ComparisonState.WAITING, owner_token="", heartbeat_at=None, sent_at=None)


def end_deleted() -> None:
    """Those of deleted projects; a worker that measures one finds its lease gone, and stops at the next image."""
    unfinished = Comparison.objects.filter(state__in=UNFINISHED, project__in=projects.deleted())
    _failed(unfinished, "The project was deleted meanwhile. Ask for the comparison once more.")


def _held(lease: Lease) -> QuerySet[Comparison]:
    return Comparison.objects.filter(pk=lease.comparison_id, owner_token=lease.token, state=ComparisonState.RUNNING)


def _failed(rows: QuerySet[Comparison], sentence: str) -> bool:
    ended = rows.update(state=ComparisonState.FAILED, failure=sentence, owner_token="", finished_at=Now())
    return bool(ended)
