"""Where a model stands, in the numbers of the Nanonets API."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.db.models import Count, Q

from annotations.models import Image, Project, Region
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


def standing(project: Project) -> Standing:
    live = Version.objects.filter(project=project, live=True).select_related("run").first()
    newest = Run.objects.filter(project=project).first()
    state = state_of(project, live, newest)
    status = STATUS[state]
    if state is State.FAILED and newest:
        status = f"{status}: {newest.failure or newest.version.note}"
    elif live and newest and newest.state not in ENDED_STATES:
        status = f"{status}. A new version is being trained"
    network = networks.of_spec(live.run.spec)["key"] if live else ""
    return Standing(state, status, live.accuracy if live else 0.0, network)


def state_of(project: Project, live: Version | None, newest: Run | None) -> State:
    """5 as long as a version answers, also while the next is trained: clients ask for exactly that number."""
    if live:
        return State.HOSTED
    if newest and newest.state == RunState.QUEUED:
        return State.QUEUED
    if newest and newest.state not in ENDED_STATES:
        return State.TRAINING
    # A version that did not go live answers nobody, and clients that wait for 5 must hear that it will not come.
    if newest and newest.state in (RunState.FAILED, RunState.READY):
        return State.FAILED
    if Region.objects.filter(image__project=project, image__deleted_at=None).exclude(text="").exists():
        return State.ANNOTATED
    uploaded = Image.objects.filter(project=project, deleted_at=None).exists()
    return State.UPLOADED if uploaded else State.CREATED


def categories(project: Project) -> list[dict[str, Any]]:
    kept = Count("regions", filter=Q(regions__image__deleted_at=None))
    return [
        {"id": str(label.pk), "name": label.name, "count": label.uses, "description": ""}
        for label in project.labels.annotate(uses=kept).order_by("position", "name")
    ]


def model(project: Project) -> dict[str, Any]:
    """The model object that most calls answer with."""
    found = standing(project)
    return {
        "model_id": str(project.pk),
        "model_type": "ocr",
        "state": int(found.state),
        "status": found.status,
        "accuracy": found.accuracy,
        "network": found.network,
        "categories": categories(project),
        "email": project.created_by.email,
        "is_public": False,
        "is_paid": True,
    }


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
