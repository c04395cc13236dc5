"""Runs, versions, comparisons and predictions through their project's door: what a stranger asks for does not exist."""

from uuid import UUID

from accounts.errors import NotFound
from accounts.models import User
from annotations.access import project_for
from annotations.models import Role
from training.models import Comparison, Prediction, Run, Version


def run_for(user: User, run_id: UUID, at_least: Role = Role.VIEWER) -> Run:
    run = Run.objects.select_related("project", "snapshot", "started_by", "version").filter(pk=run_id).first()
    if run is None:
        raise NotFound
    project_for(user, run.project_id, at_least=at_least)
    return run


def version_for(user: User, version_id: UUID, at_least: Role = Role.VIEWER) -> Version:
    version = Version.objects.select_related("project", "run").filter(pk=version_id).first()
    if version is None:
        raise NotFound
    project_for(user, version.project_id, at_least=at_least)
    return version


def prediction_for(user: User, prediction_id: UUID, at_least: Role = Role.VIEWER) -> Prediction:
    prediction = Prediction.kept.select_related("project", "version").filter(pk=prediction_id).first()
    if prediction is None:
        raise NotFound
    project_for(user, prediction.project_id, at_least=at_least)
    return prediction


def comparison_for(user: User, comparison_id: UUID) -> Comparison:
    comparison = Comparison.objects.select_related("project").filter(pk=comparison_id).first()
    if comparison is None:
        raise NotFound
    project_for(user, comparison.project_id)
    return comparison
