"""Trained models: made from a finished run, compared with the live one, made live."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import room
from accounts.errors import Refusal
from annotations.models import Project
from training import dispatch, evaluations, folders, runs
from training.engine.report import Stopped
from training.engine.spec import EngineError
from training.models import ENDED_STATES, Run, Version
from training.runs import Hold, Lease

log = logging.getLogger(__name__)

NOT_LIVE = "Not live: "
BY_HAND = "Live: made so by hand"

Compare = Callable[[Path, Path], dict[str, Any]]


def live(project: Project) -> Version | None:
    return Version.objects.filter(project=project, live=True).first()


def publish(run: Run, lease: Lease, compare: Compare) -> Version:
    """The version of a run whose bundle lies in its folder; live if it is not worse than the live one.

    The run is ready in the same transaction: nobody sees one without the other. Raises Stopped when the lease is lost
    or the run was cancelled meanwhile.
    """
    evaluation = folders.evaluation(run.pk)
    runs.note_device(lease, folders.device(run.pk))
    before = live(run.project)
    comparison = compared(before, run, compare) if before else {}
    with transaction.atomic():
        if runs.look(lease) is not Hold.HELD or not runs.finish(lease):
            raise Stopped
        version = _store(run, evaluation, before, comparison)
        transaction.on_commit(partial(dispatch.mail_run, run.pk))
    tidy_older(run)
    return version


def _store(run: Run, evaluation: dict[str, Any], before: Version | None, comparison: dict[str, Any]) -> Version:
    Project.objects.select_for_update().get(pk=run.project_id)
    newest = Version.objects.filter(project=run.project).aggregate(Max("number"))["number__max"] or 0
    goes_live, note = judged(evaluation, before, comparison, first=newest == 0)
    if goes_live:
        Version.objects.filter(project=run.project, live=True).update(live=False)
    return Version.objects.create(
        project=run.project,
        run=run,
        number=newest + 1,
        evaluation=evaluation,
        accuracy=evaluations.end_to_end(evaluation).share,
        live=goes_live,
        note=note,
        comparison=comparison,
    )


def compared(before: Version, run: Run, compare: Compare) -> dict[str, Any]:
    """The live version's score on the new run's held-out images; {} when it cannot be measured there."""
    bundle = folders.bundle(before.run_id)
    try:
        score = evaluations.end_to_end(compare(bundle, folders.of(run.pk)))
    except (EngineError, OSError) as error:
        if room.is_full(error):  # says nothing of the live version: the run waits
            raise
        log.warning("v%s could not be measured on the new held-out images: %s", before.number, error)
        return {}
    return {"version": before.number, "exact": score.right, "of": score.of}


def judged(
    evaluation: dict[str, Any], before: Version | None, comparison: dict[str, Any], *, first: bool
) -> tuple[bool, str]:
    """Whether a new version goes live, and why, in a sentence.

    One worse than its untrained start, or blind to one of its labels, never does by itself.
    """
    new = evaluations.end_to_end(evaluation)
    if behind := evaluations.behind_start(evaluation):
        return False, f"{NOT_LIVE}{behind}. {instead(before)}"
    if unfound := evaluations.unfound(evaluation):
        return False, f"{NOT_LIVE}{unfound}. {instead(before)}"
    if before is None:
        return True, "Live: it is the first version." if first else "Live: no version was live before it."
    if not comparison or comparison["of"] != new.of:
        return True, f"Live: v{before.number} could not be measured on the same held-out images."
    same = f"on the same {new.of} held-out fields"
    if new.right < comparison["exact"]:
        return False, (
            f"{NOT_LIVE}it reads {new.right} exactly, v{before.number} reads {comparison['exact']} {same}. "
            f"{instead(before)}"
        )
    return True, f"Live: it reads {new.right} exactly, v{before.number} read {comparison['exact']} {same}."


def instead(before: Version | None) -> str:
    """What answers where a new version does not."""
    if before is None:
        return "No version is live: annotate more images and train again, or make this one live by hand."
    return f"v{before.number} stays live; this one can be made live by hand."


def by_hand(note: str) -> str:
    """The note of a version that somebody made live: what spoke against it is still said."""
    against = note.removeprefix(NOT_LIVE).partition(". ")[0] if note.startswith(NOT_LIVE) else ""
    return f"{BY_HAND}, though {against}." if against else f"{BY_HAND}."


def make_live(version: Version) -> Version:
    """The version answers from now on, and the one before it no longer."""
    if not folders.bundle(version.run_id).is_dir():
        raise Refusal(
            f"v{version.number} cannot be made live: its bundle is no longer on the disk.",
            code="bundle_missing",
            status=409,
        )
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=version.project_id)
        Version.objects.filter(project=version.project, live=True).exclude(pk=version.pk).update(live=False)
        Version.objects.filter(pk=version.pk, live=False).exclude(note__startswith=BY_HAND).update(
            note=by_hand(version.note)
        )
        Version.objects.filter(pk=version.pk).update(live=True)
    version.refresh_from_db()
    return version


def tidy_older(run: Run) -> None:
    """Earlier runs of the project keep what people look at; what only training needed goes."""
    for old in run.project.runs.filter(number__lt=run.number, state__in=ENDED_STATES).only("pk"):
        folders.tidy(old.pk)
