"""What a project's card shows of its training: the live version, and the run that is under way or waits."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from annotations.models import Project
from training.models import UNFINISHED_STATES, Run, Version


def live_and_run(projects: Sequence[Project]) -> dict[UUID, dict[str, Any]]:
    """{"live": {version, accuracy} or null, "run": {id, number, state, fraction} or null} for each; two queries."""
    live = {version.project_id: version for version in Version.objects.filter(project__in=projects, live=True)}
    runs = {run.project_id: run for run in Run.objects.filter(project__in=projects, state__in=UNFINISHED_STATES)}
    return {
        project.pk: {"live": _live(live.get(project.pk)), "run": _run(runs.get(project.pk))} for project in projects
    }


def _live(version: Version | None) -> dict[str, Any] | None:
    return {"version": version.number, "accuracy": version.accuracy} if version else None


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    fraction = run.progress.get("fraction", 0.0)
    return {"id": str(run.pk), "number": run.number, "state": run.state, "fraction": fraction}
