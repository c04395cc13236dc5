"""Which addresses the server has, and that each opens to those alone whom the table names."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import get_resolver, resolve
from django.urls.resolvers import URLResolver
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import keys
from accounts.models import User
from annotations import labels
from annotations.models import Image, Import, Membership, Project, Region, Role, Snapshot
from tests.server.addresses import (
    ADDRESSES,
    ADMINISTRATOR,
    ANNOTATOR,
    ANYONE,
    BODIES,
    NOWHERE,
    OWNER,
    PERSON,
    SESSION,
    VIEWER,
)
from tests.training.conftest import evaluation_of
from training.models import Comparison, Prediction, Run, RunState, Version
from training.pages import page_id

METHODS = ("get", "post", "put", "patch", "delete")
Ids = dict[str, str]


@pytest.fixture
def dora(project: Project) -> User:
    """Looks, and does no more."""
    person = User.objects.create_user("dora@example.org", name="Dora")
    Membership.objects.create(project=project, user=person, role=Role.VIEWER)
    return person


@pytest.fixture
def ids(project: Project, alice: User) -> Ids:
    """One of everything that a project holds, as rows alone."""
    label = labels.create(project, "number_plate")
    stored = {"file": "none.png", "thumbnail": "none.webp", "width": 160, "height": 120, "bytes": 1}
    image = Image.objects.create(project=project, name="a.png", sha256="0" * 64, phash="0", uploaded_by=alice, **stored)
    quad = {"quad": [[5, 5], [50, 5], [50, 20], [5, 20]], "xmin": 5, "ymin": 5, "xmax": 50, "ymax": 20}
    region = Region.objects.create(image=image, label=label, **quad)
    importing = Import.objects.create(project=project, user=alice, format="files", name="x.zip")
    snapshot = Snapshot.objects.create(project=project, digest="d", manifest="none", counts={}, created_by=alice)
    spec = {"project": "Plates", "labels": [{"name": "number_plate"}], "network": "ppocr"}
    run = Run.objects.create(project=project, number=1, snapshot=snapshot, spec=spec, started_by=alice,
                             state=RunState.READY, started_at=timezone.now() - timedelta(minutes=4),
                             finished_at=timezone.now())  # fmt: skip
    version = Version.objects.create(project=project, run=run, number=1, evaluation=evaluation_of(9), accuracy=0.9)
    comparison = Comparison.objects.create(project=project, of="1,2", started_by=alice)
    prediction = Prediction(project=project, version=version, user=alice, via="api", name="a.png")
    page = page_id(prediction.pk, 0)
    prediction.pages = [{"id": str(page), "page": 0, "regions": None, **stored}]
    prediction.save()
    kept = {"project": project, "image": image, "label": label, "region": region, "import": importing, "run": run}
    kept |= {"version": version, "comparison": comparison, "prediction": prediction, "alice": alice}
    told = {name: str(row.pk) for name, row in kept.items()}
    return told | {"page": str(page), "key": str(keys.make(alice, "camera")[0].pk), "mail": "none.eml"}


def with_key(person: User) -> APIClient:
    """By key, because the Nanonets-compatible addresses know no session."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {keys.make(person, 'test')[1]}")
    return client


def answers(client: APIClient, ids: Ids, *who: str, but: str = "") -> Iterator[tuple[str, str, int, str]]:
    """Calls every address for those of `who`, takes back what the call did, and tells the status and the code."""
    for method, address, least in ADDRESSES:
        if least in who and address != but:
            with transaction.atomic():
                answer = getattr(client, method)(address.format(**ids), body(method, address, ids))
                transaction.set_rollback(True)
            yield f"{method} {address}", least, answer.status_code, code_of(answer)


def body(method: str, address: str, ids: Ids) -> dict[str, object] | None:
    sent = BODIES.get((method, address))
    return sent and {name: ids["label"] if value == "{label}" else value for name, value in sent.items()}


def code_of(answer: Any) -> str:
    if answer.streaming or answer.get("Content-Type") != "application/json":
        return ""
    body = answer.json()
    return str(body.get("error", {}).get("code", "")) if isinstance(body, dict) else ""


def test_every_address_of_the_server_has_a_line_in_the_table(db: None, anyone: APIClient) -> None:
    unknown = dict.fromkeys(("project", "image", "label", "region", "import", "run", "version", "comparison"), uuid4())
    sample = {**unknown, "prediction": uuid4(), "page": uuid4(), "key": uuid4(), "mail": "none.eml", "alice": 1}
    listed = {(method, resolve(address.format(**sample).partition("?")[0]).route) for method, address, _ in ADDRESSES}
    assert set(there_are(anyone)) == listed


def there_are(client: APIClient) -> Iterator[tuple[str, str]]:
    for route, view in routes(get_resolver().url_patterns):
        kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
        for method in METHODS:
            # A function says by its answer what it takes: ours stand at / and at a path without parameters.
            path = "/" if "?" in route else f"/{route}"
            if hasattr(kind, method) if kind else client.generic(method.upper(), path).status_code != 405:
                yield method, route


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern), pattern.callback


def test_without_sign_in_or_key_only_what_is_for_anyone_answers(
    ids: Ids, administrator: User, anyone: APIClient
) -> None:
    closed = (PERSON, SESSION, VIEWER, ANNOTATOR, OWNER, ADMINISTRATOR, NOWHERE)
    assert not [told for told in answers(anyone, ids, *closed) if told[2:] != (401, "not_authenticated")]
    assert not [
        told for told in answers(anyone, ids, ANYONE) if told[2] in (401, 405) or told[3] == "not_authenticated"
    ]


def test_a_stranger_finds_nothing_of_a_project_and_nothing_of_the_installations(ids: Ids, charlie: User) -> None:
    client = with_key(charlie)
    expected = {VIEWER: 404, ANNOTATOR: 404, OWNER: 404, NOWHERE: 404, ADMINISTRATOR: 403}
    assert not [told for told in answers(client, ids, *expected) if told[2] != expected[told[1]]]
    assert not [told for told in answers(client, ids, SESSION) if told[2] != 401]
    slow = "/api/v1/projects/sample"  # draws pictures for seconds; tests/annotations has it
    assert not [told for told in answers(client, ids, PERSON, but=slow) if told[2] in (401, 403, 404)]


def test_a_member_does_what_the_role_allows_and_no_more(ids: Ids, dora: User, bob: User) -> None:
    for person, allowed in ((dora, (VIEWER,)), (bob, (VIEWER, ANNOTATOR))):
        client = with_key(person)
        closed = {VIEWER, ANNOTATOR, OWNER, ADMINISTRATOR} - set(allowed)
        assert not [told for told in answers(client, ids, *closed) if told[2:] != (403, "forbidden")]
        assert not [told for told in answers(client, ids, *allowed) if told[2] in (401, 403)]


def test_the_administrator_is_a_stranger_to_projects(ids: Ids, administrator: User) -> None:
    client = with_key(administrator)
    assert not [told for told in answers(client, ids, VIEWER, ANNOTATOR, OWNER) if told[2] != 404]
    assert not [told for told in answers(client, ids, ADMINISTRATOR) if told[2] in (401, 403)]


def test_nobody_takes_an_address_that_is_not_theirs_and_what_is_meant_for_it(
    project: Project, charlie: User, alice_client: APIClient, charlie_client: APIClient
) -> None:
    change = "/_allauth/browser/v1/account/email"
    charlie_client.post(change, {"email": "boss@example.org"})
    charlie_client.patch(change, {"email": "boss@example.org", "primary": True})
    alice_client.post(f"/api/v1/projects/{project.pk}/members", {"email": "boss@example.org", "role": "owner"})
    assert charlie_client.get(f"/api/v1/projects/{project.pk}").status_code == 404
    charlie.refresh_from_db()
    assert charlie.email == "charlie@example.org"
