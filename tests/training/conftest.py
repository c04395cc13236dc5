"""Runs of Alice's project, in any state, without training anything."""

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont
from rest_framework.test import APIClient

from accounts import keys
from accounts.models import User
from annotations import labelling, labels, projects, uploads
from annotations.drawn import draw_scene
from annotations.models import Origin, Project, Snapshot
from annotations.pictures import Page
from runner import heartbeats
from tests.engine.published import make_bundle
from training import folders, runs
from training.engine.evaluate import Evaluation, FinderScores, Miss, Rate, Scores, TextScores
from training.models import Run, RunState, Version
from training.runs import Lease

MakeRun = Callable[..., Run]


@pytest.fixture
def snapshot(project: Project, alice: User) -> Snapshot:
    counts = {"images": {"train": 3, "test": 2}, "regions": {"train": 3, "test": 2}, "labels": {"number_plate": 5}}
    return Snapshot.objects.create(
        project=project, digest="d" * 64, manifest="snapshots/none.jsonl", counts=counts, created_by=alice
    )


@pytest.fixture
def make_run(snapshot: Snapshot, alice: User) -> MakeRun:
    def make(state: RunState = RunState.QUEUED, **fields: Any) -> Run:
        values = {
            "project": snapshot.project,
            "number": Run.objects.count() + 1,
            "snapshot": snapshot,
            "spec": {"project": "Plates", "labels": [{"name": "number_plate"}], "network": "ppocr"},
            "started_by": alice,
            "steps": {"queued": timezone.now().isoformat()},
            "sent_at": timezone.now(),
        }
        return Run.objects.create(state=state, **{**values, **fields})

    return make


@pytest.fixture
def other_project_run(alice: User, make_run: MakeRun) -> MakeRun:
    """Makes runs of another project of Alice's."""
    other = projects.create(alice, "Meters", ["reading"])

    def make(state: RunState = RunState.QUEUED, **fields: Any) -> Run:
        return make_run(state, project=other, **fields)

    return make


@pytest.fixture
def held(make_run: MakeRun) -> tuple[Run, Lease]:
    """A run that a worker has claimed."""
    run = runs.claim(make_run().pk, "worker-1")
    assert run is not None
    return run, Lease(run.pk, "worker-1")


def silent_for(run: Run, seconds: float) -> None:
    """As if the worker of a run had not been heard of for a while."""
    Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=seconds))


@pytest.fixture
def training_worker(valkey: Any) -> Iterator[None]:
    """The heartbeat that a training worker leaves."""
    heartbeats.beat("training")
    yield
    heartbeats.stop("training")


@pytest.fixture
def annotated_project(project: Project, alice: User, data_dir: Path) -> Project:
    """Alice's project with twelve drawn plates, each with its region and text: enough to train with."""
    label = labels.create(project, "number_plate")
    for seed in range(12):
        scene = draw_scene(seed, (320, 240), easy=True)
        image, _ = uploads.keep(project, alice, f"{seed}.png", Page(scene.image, 0, lossless=True))
        found = [(label, region.quad, region.text, None) for region in scene.regions]
        with transaction.atomic():
            labelling.save_all(image, alice, found, origin=Origin.PERSON)
    return project


@pytest.fixture(scope="session")
def published_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the published, untrained networks: it really finds and reads text."""
    return make_bundle(tmp_path_factory.mktemp("published") / "bundle", label="number_plate")


def scores_of(right: int, of: int = 10, plain: int | None = None) -> Scores:
    """`right` of so many fields read exactly; `plain`: by letters and digits alone (None: as many)."""
    normalised = Rate.count(right if plain is None else plain, of)
    text = TextScores(exact=Rate.count(right, of), exact_normalised=normalised, cer=0.1, cer_normalised=0.1)
    return Scores(
        finder=FinderScores.count(of, of, of),
        reading=text,
        end_to_end=text,
        fields=FinderScores.count(of, of, right),
        fields_normalised=FinderScores.count(of, of, normalised.right),
    )


def evaluation_of(right: int, of: int = 10, plain: int | None = None, **more: Any) -> dict[str, Any]:
    """evaluation.json of a bundle that reads so many held-out fields exactly, with `more` of its keys."""
    scores = scores_of(right, of, plain)
    miss = Miss(
        kind="misread",
        image="images/1.png",
        label="number_plate",
        quad=((1, 1), (9, 1), (9, 4), (1, 4)),
        truth="KL 55",
        reading="KL 56",
        given_region="KL 55",
        confidence=0.7,
        edits=1,
        crop="misses/000.png",
    )
    values = {
        "split": "test",
        "images": of,
        "skipped": (),
        "overall": scores,
        "labels": {"number_plate": scores},
        "misses": (miss,),
        "milliseconds": 100.0,
        "spec_digest": "",
    }
    return Evaluation(**{**values, **more}).model_dump(mode="json")


MakeVersion = Callable[..., Version]


@pytest.fixture
def make_version(make_run: MakeRun, data_dir: Path, published_bundle: Path) -> MakeVersion:
    """Versions with the published networks as their bundle."""

    def make(right: int = 9, *, live: bool = False, number: int | None = None) -> Version:
        run = make_run(RunState.READY, finished_at=timezone.now(), started_at=timezone.now() - timedelta(minutes=4))
        shutil.copytree(published_bundle, folders.bundle(run.pk), copy_function=os.link)
        evaluation = evaluation_of(right)
        return Version.objects.create(
            project=run.project,
            run=run,
            number=number or run.number,
            evaluation=evaluation,
            accuracy=right / 10,
            live=live,
            note="Live: it is the first version.",
        )

    return make


@pytest.fixture
def predict_worker(valkey: Any, eager_tasks: None) -> Iterator[None]:
    """Tasks run where they are called, and the heartbeat says that a predict worker is there to run them."""
    heartbeats.beat("predict")
    yield
    heartbeats.stop("predict")


def streamed(response: Any) -> bytes:
    """The body of a streamed answer."""
    return b"".join(response.streaming_content)


def picture_of_text(text: str, form: str = "PNG", size: tuple[int, int] = (320, 240)) -> bytes:
    """Black letters on white, as a file."""
    canvas = Image.new("RGB", size, "white")
    ImageDraw.Draw(canvas).text((40, 90), text, fill="black", font=ImageFont.load_default(44))
    buffer = BytesIO()
    canvas.save(buffer, form)
    return buffer.getvalue()


@pytest.fixture
def key(alice: User) -> str:
    return keys.make(alice, "script")[1]


@pytest.fixture
def script(key: str) -> APIClient:
    """A client as `requests` with HTTPBasicAuth(key, '') is."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}")
    return client


def model(project: Project, rest: str = "", family: str = "ObjectDetection") -> str:
    return f"/api/v2/{family}/Model/{project.pk}{rest}"
