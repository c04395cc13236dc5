from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image as Picture
from rest_framework.test import APIClient

from accounts.models import User
from annotations import images, labelling, labels, quads
from annotations.models import Image, ImageState, Label, Origin, Project, Region, Side
from tests.annotations.conftest import MakeImage, blocks, encoded, upload

QUAD = quads.of_box((5, 5, 50, 20))


@pytest.fixture
def many(project: Project, label: Label, alice: User) -> list[Image]:
    """250 rows without files, the newest first, every second with three regions."""
    start = timezone.now() - timedelta(hours=1)
    images = [
        Image(
            project=project, name=f"car-{n:03}.jpg", file=f"images/{n}.jpg", thumbnail=f"thumbnails/{n}.webp", width=60,
            height=40, bytes=9, sha256=f"{n:064x}", phash=f"{n:016x}", uploaded_by=alice,
            state=ImageState.ANNOTATED if n % 2 else ImageState.TODO,
        )
        for n in range(250)
    ]  # fmt: skip
    Image.objects.bulk_create(images)
    for n, image in enumerate(images):
        image.created_at = start + timedelta(seconds=n // 3)  # three at a time share their second
    Image.objects.bulk_update(images, ["created_at"])
    Region.objects.bulk_create(
        Region(image=image, label=label, quad=QUAD, xmin=5, ymin=5, xmax=50, ymax=20, text=f"KL {n} {part}")
        for n, image in enumerate(images) if n % 2 for part in range(3)
    )  # fmt: skip
    return sorted(images, key=lambda image: (image.created_at, image.id), reverse=True)


def page(client: APIClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_hundreds_are_listed_page_by_page_each_once_in_few_queries(
    alice_client: APIClient, project: Project, many: list[Image], django_assert_max_num_queries: Any
) -> None:
    seen: list[str] = []
    address: str | None = f"/api/v1/projects/{project.id}/images?limit=70"
    while address:
        with django_assert_max_num_queries(6):
            told = page(alice_client, address)
        seen += [image["id"] for image in told["results"]]
        address = told["next"]
        assert address is None or not urlsplit(address).netloc
    assert seen == [str(image.id) for image in many]


def test_a_list_item_tells_what_a_thumbnail_shows(
    alice_client: APIClient, project: Project, many: list[Image], label: Label
) -> None:
    told = page(alice_client, f"/api/v1/projects/{project.id}/images?search=car-001")["results"]
    assert [image["name"] for image in told] == ["car-001.jpg"]
    assert told[0]["regions"] == [{"quad": [list(corner) for corner in QUAD], "label": str(label.id)}] * 3
    assert told[0]["region_count"] == 3
    assert told[0]["thumbnail_url"].startswith(f"/media/images/{told[0]['id']}/thumbnail?v=")


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ("", 200),
        ("state=todo", 125),
        ("state=reviewed", 0),
        ("search=CAR-24", 10),
        ("text=kl 17", 6),
        ("state=annotated&search=car-1", 50),
        ("limit=1000", 200),
    ],
)
def test_the_list_is_narrowed(
    filters: str, count: int, alice_client: APIClient, project: Project, many: list[Image]
) -> None:
    told = page(
        alice_client,
        f"/api/v1/projects/{project.id}/images?{filters if 'limit' in filters else f'limit=200&{filters}'}",
    )
    assert len(told["results"]) == count


def test_the_list_is_narrowed_by_label_and_by_ids(
    alice_client: APIClient, project: Project, many: list[Image], label: Label
) -> None:
    address = f"/api/v1/projects/{project.id}/images?limit=200"
    assert len(page(alice_client, f"{address}&label={label.id}")["results"]) == 125
    assert page(alice_client, f"{address}&label={uuid4()}")["results"] == []
    ids = ",".join(str(image.id) for image in many[3:5])
    assert [i["id"] for i in page(alice_client, f"{address}&ids={ids}")["results"]] == ids.split(",")


@pytest.mark.parametrize(
    "filters", ["state=done", "order=random", "label=seven", "ids=x", "ids=" + ",".join(["0" * 32] * 51)]
)
def test_a_filter_that_cannot_be_meant_is_refused(filters: str, alice_client: APIClient, project: Project) -> None:
    answer = alice_client.get(f"/api/v1/projects/{project.id}/images?{filters}")
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]


def test_from_an_image_one_walks_to_the_next_within_the_filters(
    alice_client: APIClient, project: Project, many: list[Image]
) -> None:
    todo = [image for image in many if image.state == "todo"]
    told = page(alice_client, f"/api/v1/images/{todo[0].id}?state=todo")
    for position, image in enumerate(todo[:10], start=1):
        assert told["id"] == str(image.id)
        assert (told["position"], told["total"]) == (position, 125)
        assert told["previous"] == (str(todo[position - 2].id) if position > 1 else None)
        told = page(alice_client, f"/api/v1/images/{told['next']}?state=todo")
    last = page(alice_client, f"/api/v1/images/{todo[-1].id}?state=todo")
    assert (last["next"], last["position"]) == (None, 125)


def test_annotating_goes_in_the_order_of_upload(alice_client: APIClient, project: Project, many: list[Image]) -> None:
    uploaded = [image for image in reversed(many) if image.state == "todo"]
    address = f"/api/v1/projects/{project.id}/images?state=todo&order=oldest&limit=100"
    listed = page(alice_client, address)
    more = page(alice_client, listed["next"])
    assert [row["id"] for row in listed["results"] + more["results"]] == [str(image.id) for image in uploaded]
    told = page(alice_client, f"/api/v1/images/{uploaded[0].id}?state=todo&order=oldest")
    for position, image in enumerate(uploaded[:10], start=1):
        assert (told["id"], told["position"], told["total"]) == (str(image.id), position, 125)
        assert told["previous"] == (str(uploaded[position - 2].id) if position > 1 else None)
        told = page(alice_client, f"/api/v1/images/{told['next']}?state=todo&order=oldest")
    last = page(alice_client, f"/api/v1/images/{uploaded[-1].id}?state=todo&order=oldest")
    assert (last["next"], last["position"]) == (None, 125)


def test_the_pages_of_a_document_are_annotated_in_their_order(alice_client: APIClient, project: Project) -> None:
    first, *others = [Picture.new("RGB", (300, 200), colour) for colour in ("white", "red", "blue")]
    pdf = BytesIO()
    first.save(pdf, "PDF", save_all=True, append_images=others)
    address = f"/api/v1/projects/{project.id}/images"
    sent = alice_client.post(address, upload(pdf.getvalue(), "three.pdf"), format="multipart")
    assert sent.status_code == 201
    listed = page(alice_client, f"{address}?order=oldest")["results"]
    assert [row["page"] for row in listed] == [0, 1, 2]


def test_an_image_that_no_longer_matches_still_knows_its_neighbours(alice_client: APIClient, many: list[Image]) -> None:
    told = page(alice_client, f"/api/v1/images/{many[1].id}?search=nothing-is-called-this")
    assert (told["previous"], told["next"], told["position"], told["total"]) == (None, None, 0, 0)
    annotated = next(i for i, image in enumerate(many) if image.state == "annotated" and i)
    told = page(alice_client, f"/api/v1/images/{many[annotated].id}?state=todo")
    assert told["position"] == 0
    assert told["total"] == 125
    assert told["next"]


def test_an_image_is_marked_by_whoever_saw_its_newest_version(
    alice_client: APIClient, bob_client: APIClient, image: Image
) -> None:
    address = f"/api/v1/images/{image.id}"
    marked = alice_client.patch(address, {"state": "reviewed", "version": 1})
    assert (marked.status_code, marked.json()["state"], marked.json()["version"]) == (200, "reviewed", 2)
    late = bob_client.patch(address, {"state": "todo", "version": 1})
    assert late.status_code == 409
    now = {"id": str(image.id), "version": 2, "state": "reviewed", "absent": []}
    assert late.json()["error"]["detail"]["image"] == now
    assert Image.objects.get().state == "reviewed"


@pytest.mark.parametrize(
    "body", [{}, {"state": "reviewed"}, {"absent": []}, {"state": "done", "version": 1}, {"split": "dev"}]
)
def test_a_bad_mark_is_refused(body: dict[str, Any], alice_client: APIClient, image: Image) -> None:
    assert alice_client.patch(f"/api/v1/images/{image.id}", body).status_code == 400


def test_marking_an_image_accepts_the_suggestions_on_it(
    alice_client: APIClient, image: Image, label: Label, alice: User
) -> None:
    labelling.save_all(image, alice, [(label, QUAD, "KL 1", 0.7)], origin=Origin.SUGGESTION)
    image.refresh_from_db()
    assert image.state == ImageState.TODO
    alice_client.patch(f"/api/v1/images/{image.id}", {"state": "reviewed", "version": image.version})
    assert Region.objects.get().origin == Origin.PERSON


def test_sides_are_chosen_by_name_or_id(alice_client: APIClient, project: Project, many: list[Image]) -> None:
    address = f"/api/v1/projects/{project.id}/images/split"
    answer = alice_client.post(address, {"train": ["car-000.jpg", str(many[0].id)], "test": ["car-001.jpg"]})
    assert answer.json() == {"train": 2, "test": 1}
    assert set(Image.objects.filter(split=Side.TRAIN).values_list("name", flat=True)) == {"car-000.jpg", many[0].name}
    unknown = alice_client.post(address, {"train": ["car-002.jpg"], "test": ["nobody.jpg"]})
    assert unknown.status_code == 400
    assert "nobody.jpg" in unknown.json()["error"]["message"]
    both = alice_client.post(address, {"train": ["car-002.jpg"], "test": ["car-002.jpg"]})
    assert both.status_code == 400
    assert not Image.objects.get(name="car-002.jpg").split


def test_many_are_deleted_at_once_and_brought_back(
    alice_client: APIClient, project: Project, many: list[Image], django_assert_max_num_queries: Any
) -> None:
    ids = [str(image.id) for image in many]
    with django_assert_max_num_queries(12):
        gone = alice_client.post(f"/api/v1/projects/{project.id}/images/delete", {"ids": ids[:200]})
    assert gone.json()["deleted"] == 200
    assert gone.json()["undo"] == f"/api/v1/projects/{project.id}/images/restore"
    assert alice_client.get(f"/api/v1/images/{ids[0]}").status_code == 404
    assert alice_client.get(f"/media/images/{ids[0]}/file").status_code == 404
    assert len(page(alice_client, f"/api/v1/projects/{project.id}/images")["results"]) == 50
    back = alice_client.post(gone.json()["undo"], {"ids": gone.json()["ids"]})
    assert back.json() == {"restored": 200, "left_out": []}
    assert alice_client.post(gone.json()["undo"], {"ids": ids[:2]}).json()["restored"] == 0


def test_many_images_are_restored_in_few_queries_beside_the_twins_of_some(
    alice_client: APIClient, project: Project, many: list[Image], alice: User, django_assert_max_num_queries: Any
) -> None:
    Image.objects.all().update(deleted_at=timezone.now())
    twins = [
        Image(
            project=project, name=f"again-{n}.jpg", file="", thumbnail="", width=60, height=40, bytes=9,
            sha256=image.sha256, phash="0" * 16, uploaded_by=alice, deleted_at=None if n < 3 else image.created_at,
        )
        for n, image in enumerate(many[:6])
    ]  # fmt: skip
    Image.objects.bulk_create(twins)
    ids = [str(image.id) for image in [*many, *twins[3:]]]
    with django_assert_max_num_queries(16):
        back = alice_client.post(f"/api/v1/projects/{project.id}/images/restore", {"ids": ids})
    assert back.json()["restored"] == len(many) - 3
    assert len(back.json()["left_out"]) == 6
    assert Image.objects.filter(deleted_at__isnull=True).count() == len(many)


def test_images_of_a_label_are_found_by_an_index_of_both(project: Project, label: Label, many: list[Image]) -> None:
    """SQLite, which knows nothing of how common a label is, would go through all its regions for each image."""
    found = images.matching(project, images.Filters(label=label.id))
    assert found.count() == 125
    if connection.vendor == "sqlite":
        assert "regions_of_image_by_label" in found.explain()


@pytest.mark.parametrize("newest_first", [False, True])
def test_batches_hold_each_image_once_in_order(project: Project, many: list[Image], newest_first: bool) -> None:
    batches = list(images.in_batches(project.images.all(), newest_first=newest_first, size=25))
    assert [len(some) for some in batches] == [25] * 10
    assert [image for some in batches for image in some] == (many if newest_first else many[::-1])


def test_images_of_another_project_are_neither_deleted_nor_put_on_a_side(
    charlie_client: APIClient, charlie: User, image: Image
) -> None:
    own = charlie_client.post("/api/v1/projects", {"name": "Mine"}).json()["id"]
    answer = charlie_client.post(f"/api/v1/projects/{own}/images/delete", {"ids": [str(image.id)]})
    assert answer.json()["deleted"] == 0
    assert charlie_client.post(f"/api/v1/projects/{own}/images/split", {"test": [str(image.id)]}).status_code == 400
    assert Image.objects.get().deleted_at is None


class TestMedia:
    def test_the_picture_and_its_thumbnail_come_with_a_fixed_type(
        self, bob_client: APIClient, project: Project
    ) -> None:
        content = encoded(blocks((800, 600)), "PNG")
        told = bob_client.post(f"/api/v1/projects/{project.id}/images", upload(content, "a.html"), format="multipart")
        urls = told.json()["images"][0]
        file = bob_client.get(urls["file_url"], HTTP_ACCEPT="image/avif,image/webp,image/*")
        assert (file.status_code, file["Content-Type"]) == (200, "image/png")
        assert file["X-Content-Type-Options"] == "nosniff"
        assert file["Cache-Control"] == "private, max-age=31536000, immutable"
        assert Picture.open(BytesIO(b"".join(file))).size == (800, 600)
        small = bob_client.get(urls["thumbnail_url"])
        assert small["Content-Type"] == "image/webp"
        assert Picture.open(BytesIO(b"".join(small))).size == (384, 288)

    def test_a_file_that_is_lost_is_said_to_be(self, alice_client: APIClient, many: list[Image]) -> None:
        answer = alice_client.get(f"/media/images/{many[0].id}/file")
        assert answer.status_code == 404
        assert "missing" in answer.json()["error"]["message"]


def test_labels_of_two_fields_are_both_listed(alice_client: APIClient, project: Project, make_image: MakeImage) -> None:
    for name in ("a", "b"):
        labels.create(project, name)
    assert [row["name"] for row in alice_client.get(f"/api/v1/projects/{project.id}/labels").json()] == ["a", "b"]


def test_the_pages_of_a_document_say_of_how_many_they_are(alice_client: APIClient, project: Project) -> None:
    file = BytesIO()
    first, *others = (blocks((60, 40 + 10 * number)) for number in range(3))
    first.save(file, "PDF", save_all=True, append_images=others)
    address = f"/api/v1/projects/{project.id}/images"
    alice_client.post(address, upload(encoded(blocks((90, 90)), "PNG"), "alone.png"), format="multipart")
    sent = alice_client.post(address, upload(file.getvalue(), "three.pdf"), format="multipart").json()["images"]
    assert [(told["page"], told["pages"]) for told in sent] == [(0, 3), (1, 3), (2, 3)]
    listed = alice_client.get(address).json()["results"]
    assert sorted((told["name"], told["page"], told["pages"]) for told in listed) == [
        ("alone.png", 0, 1), ("three.pdf", 0, 3), ("three.pdf", 1, 3), ("three.pdf", 2, 3),
    ]  # fmt: skip
    assert alice_client.get(f"/api/v1/images/{sent[0]['id']}").json()["pages"] == 3
