import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from annotations import datacheck, labelling, labels, quads, sample, snapshots, sweeping
from annotations.findings import Finding
from annotations.models import Image, Import, Label, Origin, Project, Region, Snapshot
from tests.annotations.conftest import MakeImage

Annotate = Callable[..., Image]
BOX = quads.of_box((10, 10, 90, 30))


@pytest.fixture
def annotate(make_image: MakeImage, label: Label, alice: User) -> Annotate:
    """One more image with a region; `text` "" for a box alone, None for no region."""

    def make(
        text: str | None = "ABCABC", box: quads.Quad = BOX, origin: Origin = Origin.PERSON, **facts: object
    ) -> Image:
        image = make_image()
        if text is not None:
            labelling.save_all(image, alice, [(label, box, text, None)], origin=origin)
        Image.objects.filter(id=image.id).update(**facts)
        image.refresh_from_db()
        return image

    return make


def lines(snapshot: Snapshot) -> list[dict[str, object]]:
    return [json.loads(line) for line in default_storage.open(snapshot.manifest).read().decode().splitlines()]


def test_what_is_annotated_is_frozen_and_the_rest_stays_out(
    project: Project, alice: User, label: Label, annotate: Annotate
) -> None:
    kept = [annotate() for _ in range(5)]
    annotate(None)  # still to do
    negative = annotate(None, state="reviewed")
    annotate(origin=Origin.SUGGESTION)
    annotate(deleted_at=timezone.now())
    labelling.save_all(kept[0], alice, [(label, quads.of_box((1, 50, 60, 70)), "GUESS", 0.3)], origin=Origin.SUGGESTION)
    snapshot = snapshots.freeze(project, alice)
    told = {str(line["image"]): line for line in lines(snapshot)}
    assert set(told) == {f"images/{image.id}.png" for image in [*kept, negative]}
    assert told[f"images/{negative.id}.png"]["regions"] == []
    assert told[f"images/{kept[0].id}.png"]["regions"] == [
        {"label": "number_plate", "quad": [list(corner) for corner in BOX], "text": "ABCABC"}
    ]
    assert snapshot.counts["labels"] == {"number_plate": 5}
    assert snapshot.counts["regions"] == {"train": 3, "test": 2}
    assert sum(snapshot.counts["images"].values()) == 6


def test_the_same_data_gives_the_same_digest_and_a_change_another(
    project: Project, alice: User, annotate: Annotate
) -> None:
    images = [annotate() for _ in range(6)]
    first = snapshots.freeze(project, alice)
    assert snapshots.freeze(project, alice).digest == first.digest
    region = Region.objects.get(image=images[0])
    labelling.change(alice, region.id, version=1, text="NEW")
    second = snapshots.freeze(project, alice)
    assert second.digest != first.digest
    assert "ABCABC" in json.dumps(lines(first)[0])  # the first is as it was


def test_an_image_keeps_its_side_and_a_chosen_one_wins(project: Project, alice: User, annotate: Annotate) -> None:
    for _ in range(6):
        annotate()
    before = {line["image"]: line["split"] for line in lines(snapshots.freeze(project, alice))}
    for _ in range(9):
        annotate()
    after = {line["image"]: line["split"] for line in lines(snapshots.freeze(project, alice))}
    assert before.items() <= after.items()
    assert list(after.values()).count("test") == 3
    moved = next(image for image in Image.objects.all() if image.side == "train")
    Image.objects.filter(id=moved.id).update(split="test")
    again = {line["image"]: line["split"] for line in lines(snapshots.freeze(project, alice))}
    assert again[f"images/{moved.id}.png"] == "test"


def test_the_run_folder_holds_manifest_and_pictures_and_survives_deletion(
    project: Project, alice: User, annotate: Annotate, tmp_path: Path, installed: Path
) -> None:
    from training.engine.manifest import read_manifest

    images = [annotate("" if n == 0 else "AB12") for n in range(5)]
    snapshot = snapshots.freeze(project, alice)
    folder = tmp_path / "run"
    snapshots.write_run_folder(snapshot, folder)
    manifest = read_manifest(folder / "manifest.jsonl")
    assert {image.image for image in manifest} == {f"images/{image.id}.png" for image in images}
    assert [region.text for region in manifest[0].regions] == [None]
    first = folder / manifest[0].image
    assert first.stat().st_nlink == 2  # a link: no second copy on the disk
    Image.objects.update(deleted_at=timezone.now() - timedelta(days=40))
    sweeping.sweep()
    assert first.stat().st_size > 0
    snapshots.write_run_folder(snapshot, folder)  # once more over what is there
    with pytest.raises(Refusal, match="deleted for good"):
        snapshots.write_run_folder(snapshot, tmp_path / "late")


def test_a_damaged_manifest_is_not_trained_on(
    project: Project, alice: User, annotate: Annotate, tmp_path: Path
) -> None:
    for _ in range(4):
        annotate()
    snapshot = snapshots.freeze(project, alice)
    Path(default_storage.path(snapshot.manifest)).write_text("{}")
    with pytest.raises(Refusal, match="not the one that was frozen"):
        snapshots.write_run_folder(snapshot, tmp_path / "run")


def codes(project: Project) -> dict[str, Finding]:
    return {finding.code: finding for finding in datacheck.check(project).findings}


class TestDataCheck:
    def test_what_forbids_training_is_said_one_after_the_other(
        self, project: Project, alice: User, annotate: Annotate, make_image: MakeImage
    ) -> None:
        assert set(codes(project)) == {"no_regions"}
        Label.objects.all().delete()
        assert set(codes(project)) == {"no_labels"}
        with pytest.raises(Refusal) as refusal:
            snapshots.freeze(project, alice)
        assert (refusal.value.code, refusal.value.message) == (
            "not_ready",
            "The project has no labels. Add one for each field to be read.",
        )
        assert not Snapshot.objects.exists()

    def test_too_few_images_are_counted(self, project: Project, annotate: Annotate) -> None:
        for _ in range(3):
            annotate()
        finding = codes(project)["too_few_images"]
        assert finding.message == (
            "Only 3 images are annotated. At least 4 are needed: 2 to learn from and 2 to measure on."
        )
        annotate()
        assert datacheck.check(project).ready

    def test_sides_chosen_too_small_are_refused(self, project: Project, annotate: Annotate) -> None:
        for n in range(6):
            annotate(split="test" if n else "train")
        assert codes(project)["side_too_small"].severity == "refuse"

    def test_boxes_without_any_text_are_refused(self, project: Project, annotate: Annotate) -> None:
        for _ in range(5):
            annotate("")
        assert codes(project)["no_texts"].severity == "refuse"

    @pytest.mark.parametrize(
        ("text", "box", "code"),
        [
            ("", BOX, "empty_text"),
            ("ABQ", BOX, "rare_character"),
            ("ABC", quads.of_box((10, 10, 40, 17)), "tiny_box"),
            ("ABC", quads.of_box((0, 10, 159, 15)), "odd_shape"),
            ("ABC", quads.of_box((10, 10, 19, 110)), "odd_shape"),
            ("ABC", quads.of_box((0, 0, 160, 120)), "whole_image"),
            ("ABCABCABCABCABCABCABCABC", quads.of_box((10, 10, 60, 90)), "text_too_long"),
            ("A1", BOX, "unlike_label"),
            ("GONE", BOX, "unlike_label"),
        ],
    )
    def test_what_will_hurt_is_warned_of_with_its_image(
        self, text: str, box: quads.Quad, code: str, project: Project, label: Label, annotate: Annotate
    ) -> None:
        for _ in range(5):
            annotate()
        assert datacheck.check(project).findings[0].code == "few_images"
        odd = annotate(text, box)
        if code == "unlike_label":
            labels.change(label, pattern="[A-Z]+" if text == "A1" else "", words=["ABCABC"] if text == "GONE" else [])
        finding = codes(project)[code]
        assert (finding.severity, finding.image_ids) == ("warn", [odd.id])
        assert finding.message.endswith(".")
        assert datacheck.check(project).ready

    def test_a_character_seen_once_is_named(self, project: Project, annotate: Annotate) -> None:
        for _ in range(5):
            annotate()
        annotate("ABCQ")
        assert codes(project)["rare_character"].message.startswith("The character “Q” occurs in only one text.")

    def test_two_rows_of_narrow_letters_are_no_warning(self, project: Project, annotate: Annotate) -> None:
        for _ in range(6):
            annotate("TN 66 T 5836", quads.of_box((10, 10, 90, 110)))
        assert {finding.severity for finding in datacheck.check(project).findings} == {"note"}

    def test_near_duplicates_put_on_both_sides_are_warned_of(self, project: Project, annotate: Annotate) -> None:
        images = [annotate() for _ in range(6)]
        Image.objects.filter(id=images[0].id).update(split="train", phash=images[1].phash)
        Image.objects.filter(id=images[1].id).update(split="test")
        finding = codes(project)["near_duplicates"]
        assert (finding.count, set(finding.image_ids)) == (1, {images[0].id, images[1].id})

    def test_a_region_drawn_twice_is_warned_of(
        self, project: Project, alice: User, label: Label, annotate: Annotate
    ) -> None:
        images = [annotate() for _ in range(5)]
        labelling.save_all(
            images[2], alice, [(label, quads.of_box((11, 10, 90, 31)), "ABCABC", None)], origin=Origin.PERSON
        )
        assert codes(project)["repeated_region"].image_ids == [images[2].id]

    def test_what_is_worth_a_look_is_noted(
        self, project: Project, alice: User, label: Label, annotate: Annotate
    ) -> None:
        images = [annotate() for _ in range(5)]
        annotate(None)
        labelling.save_all(
            images[1], alice, [(label, quads.of_box((1, 50, 60, 70)), "X", 0.3)], origin=Origin.SUGGESTION
        )
        labels.create(project, "date")
        found = codes(project)
        assert {code for code, finding in found.items() if finding.severity == "note"} == {
            "untouched", "suggestions", "few_images", "idle_label"
        }  # fmt: skip
        assert found["suggestions"].image_ids == [images[1].id]

    def test_a_field_on_one_side_only_is_warned_of(self, project: Project, alice: User, annotate: Annotate) -> None:
        images = [annotate() for _ in range(6)]
        date = labels.create(project, "date")
        labelling.save_all(images[0], alice, [(date, quads.of_box((1, 50, 60, 70)), "ABC", None)], origin=Origin.PERSON)
        Image.objects.filter(id=images[0].id).update(split="test")
        assert "“date” is on no image that is learnt from" in codes(project)["label_unseen"].message
        Image.objects.filter(id=images[0].id).update(split="train")
        assert "label_untested" in codes(project)

    def test_the_door_tells_it_all(self, project: Project, alice_client: object, annotate: Annotate) -> None:
        for _ in range(4):
            annotate()
        told = alice_client.get(f"/api/v1/projects/{project.id}/check").json()  # type: ignore[attr-defined]
        assert told["ready"] is True
        assert told["summary"] == {"images": 4, "annotated": 4, "regions": 4, "train": 2, "test": 2}
        assert set(told["findings"][0]) == {"code", "severity", "message", "count", "image_ids"}


def test_the_sample_project_is_ready_to_train(alice: User, alice_client: object) -> None:
    made = alice_client.post("/api/v1/projects/sample")  # type: ignore[attr-defined]
    assert made.status_code == 201
    told = made.json()
    assert (told["is_sample"], told["counts"]["images"], told["counts"]["annotated"]) == (
        True,
        sample.SCENES,
        sample.SCENES,
    )
    assert told["counts"]["regions"] >= sample.SCENES
    check = datacheck.check(Project.objects.get())
    assert [finding for finding in check.findings if finding.severity != "note"] == []
    assert check.summary["test"] >= 8


@pytest.mark.usefixtures("installed")
class TestSweeping:
    def test_what_was_deleted_long_ago_goes_with_its_files(self, make_image: MakeImage, data_dir: Path) -> None:
        old, recent, kept = make_image(), make_image(), make_image()
        now = timezone.now()
        Image.objects.filter(id=old.id).update(deleted_at=now - timedelta(days=31))
        Image.objects.filter(id=recent.id).update(deleted_at=now - timedelta(days=29))
        sweeping.sweep(now)
        assert set(Image.objects.values_list("id", flat=True)) == {recent.id, kept.id}
        assert {p.stem for p in (data_dir / "media").rglob("*.*")} == {str(recent.id), str(kept.id)}

    def test_a_project_goes_with_all_it_had(
        self, project: Project, alice: User, annotate: Annotate, data_dir: Path
    ) -> None:
        for _ in range(4):
            annotate()
        snapshots.freeze(project, alice)
        Import.objects.create(project=project, user=alice, format="files", name="x.zip")
        Project.objects.update(deleted_at=timezone.now() - timedelta(days=31))
        sweeping.sweep()
        assert not Project.objects.exists()
        assert not Snapshot.objects.exists()
        assert not list((data_dir / "media").rglob("*.*"))
