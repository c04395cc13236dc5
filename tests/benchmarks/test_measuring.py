"""What is trained on, and what counts as trained already."""

import os
from pathlib import Path

import pytest

from benchmarks.learning_curve import is_finished
from benchmarks.measuring import make_run, plain, with_fewer
from benchmarks.plates import SPEC
from training.engine.manifest import ManifestImage, ManifestRegion, read_manifest

REGION = ManifestRegion(label="number_plate", quad=((0, 0), (9, 0), (9, 4), (0, 4)), text="KL 55")
TRAINED = [ManifestImage(image=f"images/{number}.jpg", split="train", regions=(REGION,)) for number in range(20)]
BARE = ManifestImage(image="images/bare.jpg", split="train")
TESTED = [ManifestImage(image=f"images/t{number}.jpg", split="test", regions=(REGION,)) for number in range(3)]
IMAGES = [*TRAINED, BARE, *TESTED]


def test_a_smaller_size_learns_from_a_part_of_a_larger_one() -> None:
    few, more = with_fewer(IMAGES, 5), with_fewer(IMAGES, 12)
    assert len(few) == 5 + len(TESTED)
    assert {image.image for image in few} < {image.image for image in more}


def test_the_photos_to_measure_on_stay_whatever_is_trained_on() -> None:
    assert [image for image in with_fewer(IMAGES, 0)] == TESTED


def test_more_annotated_photos_than_there_are_cannot_be_trained_on() -> None:
    with pytest.raises(SystemExit, match="There are 20 annotated training images, not 21"):
        with_fewer(IMAGES, 21)


def test_a_run_folder_holds_the_manifest_and_links_to_the_photos(tmp_path: Path) -> None:
    data, run = tmp_path / "data", tmp_path / "run"
    (data / "images").mkdir(parents=True)
    for image in IMAGES:
        (data / image.image).write_bytes(b"photo")
    make_run(data, run, IMAGES, SPEC)
    assert read_manifest(run / "manifest.jsonl") == IMAGES
    assert (run / "images" / "bare.jpg").read_bytes() == b"photo"


def test_a_run_is_finished_only_when_made_of_these_images(tmp_path: Path) -> None:
    run = tmp_path / "run"
    last = run / "bundle" / "evaluation.json"
    make_run(tmp_path, run, TESTED, SPEC)
    assert not is_finished(run, TESTED, last)
    last.parent.mkdir()
    last.write_text("{}")
    assert is_finished(run, TESTED, last)
    assert not is_finished(run, TRAINED, last)


def test_a_run_whose_manifest_is_newer_than_its_bundle_is_not_finished(tmp_path: Path) -> None:
    run = tmp_path / "run"
    last = run / "bundle" / "evaluation.json"
    make_run(tmp_path, run, TESTED, SPEC)
    last.parent.mkdir()
    last.write_text("{}")
    os.utime(last, (0, 0))
    assert not is_finished(run, TESTED, last)


def test_only_capitals_and_digits_are_left_to_compare() -> None:
    assert plain("kl-55 R é2473") == "KL55R2473"
