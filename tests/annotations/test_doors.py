"""Every door of the data: who may pass it, and how the others are told."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from annotations import labelling, quads
from annotations.models import Image, Import, Label, Membership, Origin, Project, Role
from tests.annotations.conftest import blocks, encoded
from tests.cast import signed_in

P = "/api/v1/projects/{project}"
IMAGE = "/api/v1/images/{image}"
L = "/api/v1/labels/{label}"
R = "/api/v1/regions/{region}"
T = "/api/v1/imports/{import}"
QUAD = [[5, 5], [50, 5], [50, 20], [5, 20]]
FILE = "a file"

# method, address, body, the least role, the answer to one who has it
DOORS: list[tuple[str, str, Any, Role, int]] = [
    ("get", P, None, Role.VIEWER, 200),
    ("patch", P, {"name": "New"}, Role.OWNER, 200),
    ("delete", P, None, Role.OWNER, 204),
    ("get", f"{P}/labels", None, Role.VIEWER, 200),
    ("post", f"{P}/labels", {"name": "date"}, Role.OWNER, 201),
    ("patch", L, {"name": "date"}, Role.OWNER, 200),
    ("get", f"{P}/members", None, Role.VIEWER, 200),
    ("post", f"{P}/members", {"email": "charlie@example.org", "role": "viewer"}, Role.OWNER, 201),
    ("get", f"{P}/images", None, Role.VIEWER, 200),
    ("post", f"{P}/images", FILE, Role.ANNOTATOR, 201),
    ("post", f"{P}/images/delete", {"ids": [str(uuid4())]}, Role.ANNOTATOR, 200),
    ("post", f"{P}/images/restore", {"ids": [str(uuid4())]}, Role.ANNOTATOR, 200),
    ("post", f"{P}/images/split", {"train": [], "test": []}, Role.ANNOTATOR, 200),
    ("get", IMAGE, None, Role.VIEWER, 200),
    ("patch", IMAGE, {"split": "test"}, Role.ANNOTATOR, 200),
    ("post", f"{IMAGE}/regions", {"label": "{label}", "quad": QUAD, "text": "A"}, Role.ANNOTATOR, 201),
    ("patch", R, {"version": 1, "text": "B"}, Role.ANNOTATOR, 200),
    ("delete", f"{R}?version=1", None, Role.ANNOTATOR, 200),
    ("post", f"{R}/restore", None, Role.ANNOTATOR, 201),
    ("get", f"{P}/imports", None, Role.VIEWER, 200),
    ("post", f"{P}/imports", {"format": "tutorial-csv", "file": FILE}, Role.ANNOTATOR, 201),
    ("get", T, None, Role.VIEWER, 200),
    ("get", f"{P}/export", None, Role.VIEWER, 200),
    ("get", f"{P}/check", None, Role.VIEWER, 200),
    ("get", "/media/images/{image}/file", None, Role.VIEWER, 200),
    ("get", "/media/images/{image}/thumbnail", None, Role.VIEWER, 200),
]
IDS = [f"{method} {address}" for method, address, *_ in DOORS]


@pytest.fixture
def ids(project: Project, image: Image, label: Label, alice: User) -> dict[str, str]:
    (region,) = labelling.save_all(image, alice, [(label, quads.parsed(QUAD), "A", None)], origin=Origin.PERSON)
    made = Import.objects.create(project=project, user=alice, format="files", name="x.zip")
    kept = {"project": project, "image": image, "label": label, "region": region, "import": made}
    return {name: str(row.pk) for name, row in kept.items()}


def call(client: APIClient, method: str, address: str, body: Any, ids: dict[str, str]) -> Any:
    address = address.format(**ids)
    table = SimpleUploadedFile("t.csv", b"files,text,xmin,xmax,ymin,ymax\n")
    if body == FILE:
        return client.post(address, {"file": SimpleUploadedFile("b.png", encoded(blocks(), "PNG"))}, format="multipart")
    if body and body.get("file") == FILE:
        return client.post(address, {**body, "file": table}, format="multipart")
    if body and body.get("label") == "{label}":
        body = {**body, "label": ids["label"]}
    return getattr(client, method)(address, body)


@pytest.mark.parametrize(("method", "address", "body", "least", "status"), DOORS, ids=IDS)
def test_those_with_the_role_pass_and_those_below_are_told(
    method: str, address: str, body: Any, least: Role, status: int, project: Project, ids: dict[str, str], charlie: User
) -> None:
    dora = User.objects.create_user("dora@example.org", "password-of-dora")
    below = {Role.OWNER: Role.ANNOTATOR, Role.ANNOTATOR: Role.VIEWER}.get(least)
    if below:
        Membership.objects.create(project=project, user=dora, role=below)
        refused = call(signed_in(dora), method, address, body, ids)
        assert refused.status_code == 403
        assert refused.json()["error"]["message"].endswith(".")
        Membership.objects.filter(user=dora).delete()
    Membership.objects.create(project=project, user=dora, role=least)
    assert call(signed_in(dora), method, address, body, ids).status_code == status


@pytest.mark.parametrize(("method", "address", "body", "least", "status"), DOORS, ids=IDS)
def test_to_a_stranger_it_does_not_exist_be_it_the_administrator(
    method: str, address: str, body: Any, least: Role, status: int, ids: dict[str, str], charlie_client: APIClient,
    administrator_client: APIClient,
) -> None:  # fmt: skip
    for client in (charlie_client, administrator_client):
        answer = call(client, method, address, body, ids)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(("method", "address", "body", "least", "status"), DOORS, ids=IDS)
def test_without_sign_in_or_key_nobody_passes(
    method: str, address: str, body: Any, least: Role, status: int, ids: dict[str, str], anyone: APIClient
) -> None:
    answer = call(anyone, method, address, body, ids)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(("method", "address", "body", "least", "status"), DOORS, ids=IDS)
def test_what_is_deleted_with_its_project_is_gone_for_its_owner_too(
    method: str, address: str, body: Any, least: Role, status: int, ids: dict[str, str], alice_client: APIClient
) -> None:
    assert alice_client.delete(P.format(**ids)).status_code == 204
    assert call(alice_client, method, address, body, ids).status_code == 404


def test_a_program_passes_with_its_key(key_client: APIClient, ids: dict[str, str]) -> None:
    assert key_client.get(IMAGE.format(**ids)).status_code == 200
    assert key_client.get("/media/images/{image}/file".format(**ids)).status_code == 200


@pytest.mark.parametrize("address", [P, IMAGE, L, R, T])
def test_an_id_that_is_none_is_not_found(address: str, alice_client: APIClient) -> None:
    nothing = dict.fromkeys(("project", "image", "label", "region", "import"), str(uuid4()))
    sent = {IMAGE: {"split": ""}, R: {"version": 1}}.get(address, {"name": "x"})
    answer = alice_client.patch(address.format(**nothing), sent)
    assert answer.status_code in (404, 405)
    assert alice_client.patch(address.format(**dict.fromkeys(nothing, "seven")), {}).status_code == 404
