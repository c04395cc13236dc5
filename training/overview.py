"""What a project's card shows of its training: the live version, the newest, and the run that is under way or waits."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max

from annotations.models import Project
from training.models import UNFINISHED_STATES, Run, Version


def live_and_run(projects: Sequence[Project]) -> dict[UUID, dict[str, Any]]:
    """{"live": {version, accuracy} or null, "newest": number or null, "run": {id, number, state, fraction} or null}.

    For each project; three queries. `newest` is the number of the newest version, live or not.
    """
    live = {version.project_id: version for version in Version.objects.filter(project__in=projects, live=True)}
    runs = {run.project_id: run for run in Run.objects.filter(project__in=projects, state__in=UNFINISHED_STATES)}
    counted = Version.objects.filter(project__in=projects).order_by().values_list("project").annotate(Max("number"))
    newest: dict[UUID, int] = dict(counted)
    return {
        project.pk: {
            "live": _live(live.get(project.pk)),
            "newest": newest.get(project.pk),
            "run": _run(runs.get(project.pk)),
        }
        for project in projects
    }


def _live(version: Version | None) -> dict[str, Any] | None:
    return {"version": version.number, "accuracy": version.accuracy} if version else None


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    fraction = run.progress.get("fraction", 0.0)
    return {"id": str(run.pk), "number": run.number, "state": run.state, "fraction": fraction}
