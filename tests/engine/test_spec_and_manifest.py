from pathlib import Path

import pytest

from training.engine.bundle import BundleLabel, BundleSpec, FinderPart, ReaderPart
from training.engine.manifest import ManifestError, ManifestImage, ManifestRegion, read_manifest, write_manifest
from training.engine.spec import LabelSpec, SpecError, TrainSpec, names_by_id

SPEC = TrainSpec(project="Plates", labels=(LabelSpec(name="number_plate", pattern="[A-Z]+"),), seed=7)


def test_a_spec_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    SPEC.save(tmp_path / "spec.json")
    assert TrainSpec.load(tmp_path / "spec.json") == SPEC


def test_equal_specs_have_equal_digests_and_others_do_not() -> None:
    assert SPEC.digest() == SPEC.model_copy().digest()
    assert SPEC.digest() != SPEC.model_copy(update={"seed": 8}).digest()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"project": "x", "labels": [{"name": "a"}], "epochs": 3}', "epochs"),
        ('{"project": "x", "labels": []}', "labels"),
        ('{"project": "x", "labels": [{"name": "a"}, {"name": "a"}]}', "same name"),
        ('{"project": "x", "labels": [{"name": "a"}], "finder_side": 100}', "multiple of 32"),
        ('{"project": "x", "labels": [{"name": "a"}], "format_version": 2}', "format_version"),
        ("{", "JSON"),
    ],
)
def test_a_spec_with_a_fault_is_refused_by_name(tmp_path: Path, content: str, fault: str) -> None:
    path = tmp_path / "spec.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=fault):
        TrainSpec.load(path)


def test_without_a_finder_there_is_one_label() -> None:
    labels = (LabelSpec(name="a"), LabelSpec(name="b"))
    assert TrainSpec(project="x", labels=labels[:1], finder="whole").finder == "whole"
    with pytest.raises(ValueError, match="every picture is a field of the one label there is"):
        TrainSpec(project="x", labels=labels, finder="whole")


def test_a_missing_spec_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"spec\.json cannot be read"):
        TrainSpec.load(tmp_path / "spec.json")


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    region = ManifestRegion(label="number_plate", quad=((0, 0), (9.5, 0), (9.5, 4), (0, 4)), text="KL 55 é\nR")
    images = [
        ManifestImage(image="images/1.jpg", split="train", regions=(region, region.model_copy(update={"text": None}))),
        ManifestImage(image="images/2.jpg", split="test"),
    ]
    path = tmp_path / "manifest.jsonl"
    write_manifest(path, images)
    assert read_manifest(path) == images
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"image": "1.jpg", "split": "validation"}',
        '{"image": "1.jpg", "split": "train", "regions": [{"label": "a", "quad": [[0, 0], [1, 0]], "text": "x"}]}',
        '{"image": "1.jpg", "split": "train", "regions": [{"label": "a", "text": "x"}]}',
        '{"image": "1.jpg", "split": "train", "colour": "red"}',
    ],
)
def test_a_faulty_line_is_named_by_file_and_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text('{"image": "0.jpg", "split": "train"}\n\n' + line + "\n", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"manifest\.jsonl, line 3: "):
        read_manifest(path)


def test_a_bundle_made_when_pieces_of_a_row_were_joined_still_loads() -> None:
    told = {"side": 1280, "thresholds": [0.5], "unclip": [1.2], "kind": "lines", "gap": 1.5}
    assert FinderPart.model_validate(told) == FinderPart(side=1280, thresholds=(0.5,), unclip=(1.2,), kind="lines")


def bundle_of(*labels: BundleLabel) -> BundleSpec:
    finder = FinderPart(side=320, thresholds=(0.5,) * len(labels), unclip=(1.6,) * len(labels))
    return BundleSpec(project="Meters", labels=labels, charset=("", "A"), finder=finder, reader=ReaderPart())


def test_labels_of_a_bundle_are_called_what_they_are_called_now() -> None:
    date, total = BundleLabel(name="date", id="1", words=("A",)), BundleLabel(name="total", id="2")
    called = bundle_of(date, total).called({"1": "total", "3": "new"})
    assert called.label_names == ("total", "total (deleted)")
    assert called.labels[0].words == ("A",)
    assert bundle_of(date, total).called({"1": "total", "2": "date"}).label_names == ("total", "date")


def test_labels_without_ids_keep_their_names() -> None:
    assert bundle_of(BundleLabel(name="date")).called({"1": "date", "2": "total"}).label_names == ("date",)


def test_a_run_folder_tells_the_names_of_labels_with_an_id(tmp_path: Path) -> None:
    assert names_by_id(tmp_path) == {}
    labels = (LabelSpec(name="date", id="1"), LabelSpec(name="total"))
    TrainSpec(project="Receipts", labels=labels).save(tmp_path / "spec.json")
    assert names_by_id(tmp_path) == {"1": "date"}
