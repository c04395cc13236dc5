"""Alice's world with one of everything in it, so that every door leads somewhere."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.mail import EmailMessage
from django.utils import timezone
from PIL import Image as Picture
from pytest_django import Settings

from accounts import invitations, keys, outbox
from accounts.models import User
from annotations import labelling, labels, quads, uploads
from annotations.models import Import, Label, Origin, Project, Snapshot
from runner import heartbeats
from tests.training.conftest import evaluation_of
from training import folders
from training.models import Comparison, ComparisonState, Prediction, PredictionState, Run, RunState, Version

QUAD = [[5, 5], [50, 5], [50, 20], [5, 20]]
SIGNED_UP = "signed-up@example.org"


@pytest.fixture
def picture() -> bytes:
    body = BytesIO()
    Picture.linear_gradient("L").resize((64, 48)).save(body, "PNG")
    return body.getvalue()


@pytest.fixture
def world(
    settings: Settings, data_dir: Path, valkey: Any, alice: User, bob: User, project: Project, picture: bytes
) -> Iterator[dict[str, str]]:
    """The names by which addresses and bodies mean Alice's things. She is the administrator as well."""
    settings.SIGNUP, settings.PREDICT_WAIT_SECONDS, settings.FETCH_PRIVATE = "open", 0, False
    settings.FRONTEND_DIST = data_dir  # as if the pages had been built
    (data_dir / "index.html").write_text("<!doctype html>")
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    heartbeats.beat("predict")
    yield {"user_id": str(bob.pk), **annotated(project, alice, picture), **trained(project, alice), **come(alice)}
    heartbeats.stop("predict")


def annotated(project: Project, alice: User, picture: bytes) -> dict[str, str]:
    label: Label = labels.create(project, "number_plate")
    image = uploads.take(project, alice, "car.png", BytesIO(picture)).images[0]
    found = [(label, quads.parsed(QUAD), "A 1", None)]
    (region,) = labelling.save_all(image, alice, found, origin=Origin.PERSON)
    made = Import.objects.create(project=project, user=alice, format="files", name="x.zip")
    rows = {"project": project, "label": label, "image": image, "region": region, "import": made}
    return {f"{name}_id": str(row.pk) for name, row in rows.items()}


def trained(project: Project, alice: User) -> dict[str, str]:
    counts = {"images": {"train": 3, "test": 2}, "regions": {"train": 3, "test": 2}, "labels": {"number_plate": 5}}
    frozen = Snapshot.objects.create(project=project, digest="d" * 64, manifest="none", counts=counts, created_by=alice)
    told = {
        "number": 1,
        "snapshot": frozen,
        "spec": {"network": "ppocr", "labels": [{"name": "number_plate"}]},
        "started_by": alice,
        "state": RunState.READY,
    }
    run = Run.objects.create(project=project, finished_at=timezone.now(), **told)
    (folders.of(run.pk) / "misses").mkdir(parents=True)
    (folders.of(run.pk) / "looks").mkdir()
    (folders.of(run.pk) / "bundle").mkdir()
    version = Version.objects.create(
        project=project, run=run, number=1, evaluation=evaluation_of(9), accuracy=0.9, live=True
    )
    page = {"id": str(run.pk), "page": 0, "file": "none.png", "thumbnail": "none.webp", "width": 9, "height": 9}
    prediction = Prediction.objects.create(
        project=project, version=version, user=alice, via="api", name="x.png", state=PredictionState.DONE,
        pages=[page | {"regions": []}],
    )  # fmt: skip
    comparison = Comparison.objects.create(project=project, of="1,2", state=ComparisonState.FAILED, started_by=alice)
    rows = {"run": run, "version": version, "prediction": prediction, "comparison": comparison}
    return {f"{name}_id": str(row.pk) for name, row in rows.items()} | {"page_id": str(run.pk)}


def come(alice: User) -> dict[str, str]:
    """Ways in: an invitation, a link to a new password, a mail of the outbox, a key to be revoked."""
    outsider = User.objects.create_user(SIGNED_UP, "a-long-enough-password")
    invited = invitations.listed("invited@example.org", alice)
    mail = outbox.write(EmailMessage("Hello", "A text", "a@example.org", ["b@example.org"]))
    return {
        "invitation": invited.link.rpartition("/")[2],
        "uid": user_pk_to_url_str(outsider),
        "reset": default_token_generator.make_token(outsider),
        "name": mail.name,
        "key_id": str(keys.make(alice, "to be revoked")[0].pk),
        "key": keys.make(alice, "script")[1],
    }
