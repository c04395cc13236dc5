"""Whatever changes the data of a project raises its revision, in the same transaction."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from annotations import images, imports, labelling, labels, quads, revisions, snapshots
from annotations.models import Image, ImageState, Label, Origin, Project, Region
from tests.annotations.conftest import MakeImage

TABLES = ("annotations_image", "annotations_region", "annotations_label", "annotations_absence")
BOX = quads.of_box((10, 10, 90, 30))
ELSEWHERE = quads.of_box((10, 50, 90, 70))


class Scene:
    """A project with four annotated images, and one region that was deleted."""

    def __init__(self, project: Project, user: User, label: Label, make_image: MakeImage) -> None:
        self.project, self.user, self.label, self.make_image = project, user, label, make_image
        self.images = [make_image() for _ in range(4)]
        self.unused = labels.create(project, "unused")
        for image in self.images:
            labelling.save_all(image, user, [(label, BOX, "ABC", None)], origin=Origin.PERSON)
        self.region = Region.objects.get(image=self.images[0])
        self.gone = self.add(ELSEWHERE)
        labelling.remove(user, self.gone.id, 1)
        labelling.save_all(self.images[1], user, [(label, ELSEWHERE, "GUESS", 0.5)], origin=Origin.SUGGESTION)

    def add(self, quad: quads.Quad) -> Region:
        saved = labelling.add(self.user, self.images[0].id, label_id=self.label.id, quad=quad, text="X").region
        assert saved is not None
        return saved

    def take(self, **facts: Any) -> None:
        line = {"image": f"images/{self.images[0].name}", "regions": [], **facts}
        imports.take_table(
            self.project, self.user, name="manifest.jsonl", data=json.dumps(line).encode(), format_key="manifest"
        )


def restored(scene: Scene) -> None:
    images.delete(scene.project, [scene.images[0].id])
    images.restore(scene.project, [scene.images[0].id])


CHANGES: dict[str, Callable[[Scene], object]] = {
    "an image is uploaded": lambda s: s.make_image(),
    "an image is deleted": lambda s: images.delete(s.project, [s.images[0].id]),
    "an image is restored": restored,
    "an image is marked": lambda s: images.mark(
        s.images[1], s.user, version=fresh(s.images[1]).version, state="reviewed"
    ),
    "a label is said not to be there": lambda s: images.mark(
        s.images[1], s.user, version=fresh(s.images[1]).version, absent=[s.unused.id]
    ),
    "a side is chosen": lambda s: images.set_side(s.images[0], "test"),
    "sides are chosen by a list": lambda s: images.set_sides(s.project, [s.images[0].name], []),
    "a region is drawn": lambda s: s.add(ELSEWHERE),
    "a region is changed": lambda s: labelling.change(s.user, s.region.id, version=1, text="NEW"),
    "a region is deleted": lambda s: labelling.remove(s.user, s.region.id, 1),
    "a region is brought back": lambda s: labelling.restore(s.user, s.gone.id),
    "suggestions are saved": lambda s: labelling.save_all(
        s.images[0], s.user, [(s.label, ELSEWHERE, "GUESS", 0.5)], origin=Origin.SUGGESTION
    ),
    "a label is created": lambda s: labels.create(s.project, "date"),
    "a label is changed": lambda s: labels.change(s.label, pattern="[A-Z]+"),
    "a label is deleted": lambda s: labels.delete(s.unused),
    "regions are imported": lambda s: s.take(regions=[{"label": "unused", "quad": ELSEWHERE, "text": "Y"}]),
    "absent labels are imported": lambda s: s.take(absent=["unused"]),
    "sides are imported": lambda s: s.take(split="test"),
    "a snapshot gives sides": lambda s: snapshots.freeze(s.project, s.user),
}


@pytest.fixture
def scene(project: Project, alice: User, label: Label, make_image: MakeImage) -> Scene:
    return Scene(project, alice, label, make_image)


def fresh(image: Image) -> Image:
    return Image.objects.get(id=image.id)


@contextmanager
def written() -> Iterator[list[tuple[str, str]]]:
    """What is written inside: the table, and the outermost transaction it was written in."""
    seen: list[tuple[str, str]] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            table = next(word for word in sql.replace('"', " ").split() if word.startswith("annotations_"))
            ids = [name for name in connection.savepoint_ids if name]
            seen.append((table, ids[0] if ids else ""))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_kind_of_change_raises_the_revision_in_its_own_transaction(
    scene: Scene, change: Callable[[Scene], object]
) -> None:
    before = revisions.of(scene.project.id)
    with written() as seen:
        change(scene)
    assert revisions.of(scene.project.id) > before
    changed = {transaction for table, transaction in seen if table in TABLES}
    touched = {transaction for table, transaction in seen if table == "annotations_project"}
    assert changed
    assert changed <= touched - {""}


def test_what_changes_nothing_leaves_the_revision(scene: Scene) -> None:
    before = revisions.of(scene.project.id)
    labelling.change(scene.user, scene.region.id, version=1, text="ABC")
    images.matching(scene.project, images.Filters()).count()
    assert revisions.of(scene.project.id) == before


def test_many_images_are_restored_with_few_queries_and_a_twin_stays_deleted(
    project: Project, alice: User, make_image: MakeImage, django_assert_max_num_queries: Any
) -> None:
    made = [make_image() for _ in range(6)]
    Image.objects.filter(id=made[0].id).update(state=ImageState.REVIEWED)
    ids = [image.id for image in made]
    images.delete(project, ids)
    with django_assert_max_num_queries(6):
        assert images.restore(project, ids) == (6, [])
    images.delete(project, ids)
    Image.objects.filter(id=made[3].id).update(sha256=made[2].sha256)
    Image.objects.filter(id=made[2].id).update(deleted_at=None)
    restored, twins = images.restore(project, ids)
    assert (restored, [twin.id for twin in twins]) == (4, [made[3].id])
