"""Where a model stands, in the numbers of the Nanonets API."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from annotations.models import Image, Label, Project, Region
from training import networks
from training.models import ENDED_STATES, Run, RunState, Version


class State(IntEnum):
    FAILED = -1
    CREATED = 0
    UPLOADED = 1
    ANNOTATED = 2
    QUEUED = 3
    TRAINING = 4
    HOSTED = 5


STATUS = {
    State.FAILED: "Error in model training",
    State.CREATED: "Model created. No training data uploaded yet",
    State.UPLOADED: "Training data uploaded. Need to annotate data",
    State.ANNOTATED: "Training data annotated. Need to start training",
    State.QUEUED: "Model in training queue",
    State.TRAINING: "Model currently training",
    State.HOSTED: "Model hosted. Can be used for prediction",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """`accuracy` and `network` are the live version's; 0 and "" where there is none."""

    state: State
    status: str
    accuracy: float
    network: str


def standings(projects: Sequence[Project]) -> dict[UUID, Standing]:
    """Of any number of projects, with a fixed number of queries."""
    served = Version.objects.filter(project__in=projects, live=True).select_related("run").defer("evaluation")
    live = {version.project_id: version for version in served}
    newest = newest_runs(projects)
    begun = {project.pk for project in projects if project.pk in live or in_training(newest.get(project.pk))}
    drawn = drawn_states([project for project in projects if project.pk not in begun])
    return {
        project.pk: standing(live.get(project.pk), newest.get(project.pk), drawn.get(project.pk, State.CREATED))
        for project in projects
    }


def newest_runs(projects: Sequence[Project]) -> dict[UUID, Run]:
    newest = Run.objects.filter(project=OuterRef("pk")).order_by("-created_at").values("pk")[:1]
    asked = Project.objects.filter(pk__in=[project.pk for project in projects]).order_by()
    found = Run.objects.filter(pk__in=asked.annotate(newest=Subquery(newest)).values("newest"))
    return {run.project_id: run for run in found.select_related("version").defer("spec", "version__evaluation")}


def in_training(newest: Run | None) -> bool:
    """Whether the newest run says where the model stands; one that was cancelled says nothing."""
    return newest is not None and newest.state != RunState.CANCELLED


def drawn_states(projects: Sequence[Project]) -> dict[UUID, State]:
    """Where those stand that were never trained, by what was uploaded and drawn."""
    live = Image.objects.filter(project=OuterRef("pk"), deleted_at=None)
    typed = Region.objects.filter(image__project=OuterRef("pk"), image__deleted_at=None).exclude(text="")
    found = Project.objects.filter(pk__in=[project.pk for project in projects]).order_by()
    return {
        pk: State.ANNOTATED if has_texts else State.UPLOADED if has_images else State.CREATED
        for pk, has_texts, has_images in found.values_list("pk", Exists(typed), Exists(live))
    }


def standing(live: Version | None, newest: Run | None, drawn: State) -> Standing:
    state = state_of(live, newest, drawn)
    status = STATUS[state]
    if state is State.FAILED and newest:
        status = f"{status}: {newest.failure or newest.version.note}"
    elif live and newest and newest.state not in ENDED_STATES:
        status = f"{status}. A new version is being trained"
    network = networks.of_spec(live.run.spec)["key"] if live else ""
    return Standing(state, status, live.accuracy if live else 0.0, network)


def state_of(live: Version | None, newest: Run | None, drawn: State) -> State:
    """5 as long as a version answers, also while the next is trained: clients ask for exactly that number."""
    if live:
        return State.HOSTED
    if newest is None or not in_training(newest):
        return drawn
    if newest.state == RunState.QUEUED:
        return State.QUEUED
    # A version that did not go live answers nobody, and clients that wait for 5 must hear that it will not come.
    return State.FAILED if newest.state in ENDED_STATES else State.TRAINING


def categories(projects: Sequence[Project]) -> dict[UUID, list[dict[str, Any]]]:
    """The labels of each project in their order, with how many regions have them."""
    kept = Count("regions", filter=Q(regions__image__deleted_at=None))
    told: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    labels = Label.objects.filter(project__in=projects).annotate(uses=kept).order_by("position", "name")
    for pk, project, name, uses in labels.values_list("pk", "project_id", "name", "uses"):
        told[project].append({"id": str(pk), "name": name, "count": uses, "description": ""})
    return told


def models(projects: Sequence[Project]) -> list[dict[str, Any]]:
    """The model objects that most calls answer with."""
    found, labels = standings(projects), categories(projects)
    return [
        {
            "model_id": str(project.pk),
            "model_type": "ocr",
            "state": int(found[project.pk].state),
            "status": found[project.pk].status,
            "accuracy": found[project.pk].accuracy,
            "network": found[project.pk].network,
            "categories": labels[project.pk],
            "email": project.created_by.email,
            "is_public": False,
            "is_paid": True,
        }
        for project in projects
    ]


def model(project: Project) -> dict[str, Any]:
    return models([project])[0]


def meta(project: Project) -> dict[str, Any]:
    """The same in both spellings that clients read."""
    told = model(project)
    return told | {
        "ModelID": told["model_id"],
        "ModelType": told["model_type"],
        "State": told["state"],
        "Status": told["status"],
        "Accuracy": told["accuracy"],
        "Categories": told["categories"],
    }
