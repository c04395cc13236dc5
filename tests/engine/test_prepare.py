from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.engine.drawn import Box, quad, run_folder, sign
from training.engine.bundle import BundleLabel, BundleSpec, FinderPart, ReaderPart
from training.engine.charset import Charset
from training.engine.geometry import as_quad
from training.engine.manifest import ManifestImage, ManifestRegion, write_manifest
from training.engine.prepare import NothingToTrain, load_prepared, prepare
from training.engine.report import Stopped
from training.engine.spec import LabelSpec, TrainSpec

SPEC = TrainSpec(project="Signs", labels=(LabelSpec(name="sign"),))
GOOD: Box = (20, 20, 120, 60)


def folder_with(tmp_path: Path, *regions: ManifestRegion, image: str = "1.png") -> Path:
    sign("KL 55", size=(200, 100), at=GOOD[:2])[0].save(tmp_path / "1.png")
    good = ManifestRegion(label="sign", quad=quad(GOOD), text="KL 55")
    write_manifest(
        tmp_path / "manifest.jsonl",
        [
            ManifestImage(image="1.png", split="train", regions=(good,)),
            ManifestImage(image=image, split="train", regions=regions),
        ],
    )
    return tmp_path


def region(box: Box, text: str | None = "A", label: str = "sign") -> ManifestRegion:
    return ManifestRegion(label=label, quad=quad(box), text=text)


@pytest.mark.parametrize(
    ("given", "level", "reason"),
    [
        (region((210, 10, 260, 40)), "left out", "It lies outside the image, which has 200 × 100 pixels."),
        (region((180, 10, 260, 40)), "left out", "Most of it lies outside the image, which has 200 × 100 pixels."),
        (region((10, 10, 12, 40)), "left out", "It is only 2 × 30 pixels."),
        (region((10, 10, 10, 40)), "left out", "Its corners enclose no plain quadrilateral."),
        (region(GOOD, label="total"), "left out", "The label 'total' is not one of this model's."),
        (region(GOOD, text=" "), "finder only", "Its text is empty."),
        (region(GOOD, text=None), "finder only", "It has no text."),
        (region((150, 10, 220, 40)), "adjusted", "It reached over the image's edge and was clipped."),
    ],
)
def test_every_region_not_used_as_it_is_is_reported_with_its_reason(
    tmp_path: Path, given: ManifestRegion, level: str, reason: str
) -> None:
    prepared = prepare(SPEC, folder_with(tmp_path, given))
    assert [(remark.image, remark.region, remark.level, remark.reason) for remark in prepared.remarks] == [
        ("1.png", 0, level, reason)
    ]
    kept = prepared.images[1].regions
    assert len(kept) == (0 if level == "left out" else 1)
    assert all((one.crop is None) == (level == "finder only") for one in kept)


def test_corners_drawn_the_wrong_way_round_are_put_in_order(tmp_path: Path) -> None:
    a, b, c, d = quad(GOOD)
    prepared = prepare(SPEC, folder_with(tmp_path, ManifestRegion(label="sign", quad=(a, d, c, b), text="A")))
    assert [remark.level for remark in prepared.remarks] == ["adjusted"]
    assert as_quad(prepared.images[1].regions[0].quad).tolist() == as_quad(quad(GOOD)).tolist()


def test_a_missing_and_a_broken_image_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, region(GOOD), image="gone.png")
    assert "There is no picture" in prepare(SPEC, folder).remarks[0].reason
    (tmp_path / "gone.png").write_bytes(b"not a picture")
    (tmp_path / "prepare.json").unlink()
    assert prepare(SPEC, folder).remarks[0].reason == "gone.png is not a picture that can be read."


@pytest.mark.parametrize("side", [12_500, 20_000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_an_enormous_image_is_left_out_and_not_decoded(tmp_path: Path, side: int) -> None:
    folder = folder_with(tmp_path, region(GOOD), image="huge.png")
    Image.new("1", (side, 10_000)).save(tmp_path / "huge.png")
    assert "more than the 120 million pixels" in prepare(SPEC, folder).remarks[0].reason


def test_crops_keep_every_pixel_of_their_region(tmp_path: Path) -> None:
    prepared = prepare(SPEC, folder_with(tmp_path))
    crop = prepared.images[0].regions[0].crop
    assert crop is not None
    stored = np.asarray(Image.open(tmp_path / crop))
    image = np.asarray(Image.open(tmp_path / "1.png"))
    assert np.array_equal(stored, image[19:61, 19:121])


def test_nothing_to_train_on_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NothingToTrain, match=r"has no readable manifest\.jsonl"):
        prepare(SPEC, tmp_path)
    sign("A", size=(200, 100))[0].save(tmp_path / "1.png")
    write_manifest(tmp_path / "manifest.jsonl", [ManifestImage(image="1.png", split="train")])
    with pytest.raises(NothingToTrain, match="no usable region"):
        prepare(SPEC, tmp_path)
    write_manifest(
        tmp_path / "manifest.jsonl", [ManifestImage(image="1.png", split="train", regions=(region(GOOD, text=""),))]
    )
    with pytest.raises(NothingToTrain, match=r"No region to train on has a text\. .*Its text is empty"):
        prepare(SPEC, tmp_path)


def test_the_charset_and_the_slots_have_room_for_a_labels_words(tmp_path: Path) -> None:
    words = SPEC.model_copy(update={"labels": (LabelSpec(name="sign", words=("Zürich  ", "Genève-Cornavin")),)})
    prepared = prepare(words, folder_with(tmp_path))
    assert {*"Zürich", *"Genève-Cornavin"} <= set(prepared.charset)
    assert prepared.max_sequence_length == len("Genève-Cornavin")
    assert prepare(SPEC, tmp_path).max_sequence_length == len("KL 55"), "other words are another preparation"


def test_the_charset_holds_the_texts_and_the_rest_of_their_families(tmp_path: Path) -> None:
    prepared = prepare(SPEC, folder_with(tmp_path, region(GOOD, text="é-7")))
    charset = Charset.load_fsns(tmp_path / "charset-labels.txt")
    assert charset.symbols == prepared.charset
    assert not charset.missing("AZ09 é-")
    assert "a" not in charset


def test_what_is_prepared_is_not_prepared_again_until_something_changes(tmp_path: Path) -> None:
    spec = run_folder(tmp_path, [("KL 55", "train"), ("MH 20", "test")])
    seen: list[int] = []

    def count(done: int, of: int) -> bool:
        seen.append(done)
        return True

    first = prepare(spec, tmp_path, count)
    assert prepare(spec, tmp_path, count) == first == load_prepared(tmp_path)
    assert seen == [0, 1]
    crop = first.images[0].regions[0].crop
    assert crop is not None
    (tmp_path / crop).unlink()
    prepare(spec, tmp_path, count)
    assert seen == [0, 1, 0, 1]


def test_preparing_can_be_stopped(tmp_path: Path) -> None:
    spec = run_folder(tmp_path, [("KL 55", "train"), ("MH 20", "train")])
    with pytest.raises(Stopped):
        prepare(spec, tmp_path, lambda done, of: done == 0)
    assert load_prepared(tmp_path) is None


def test_the_symbols_of_an_earlier_bundle_keep_their_ids(tmp_path: Path) -> None:
    earlier = BundleSpec(
        project="Signs",
        labels=(BundleLabel(name="sign"),),
        charset=("", "Z", "5", "L"),
        finder=FinderPart(side=320, thresholds=(0.5,), unclip=(1.5,)),
        reader=ReaderPart(),
    )
    (tmp_path / "earlier").mkdir()
    earlier.save(tmp_path / "earlier")
    spec = SPEC.model_copy(update={"parent": str(tmp_path / "earlier")})
    charset = prepare(spec, folder_with(tmp_path)).charset
    assert charset[:4] == ("", "Z", "5", "L")
    assert len(set(charset)) == len(charset) > 30


def test_crops_of_an_earlier_manifest_do_not_stay(tmp_path: Path) -> None:
    prepare(SPEC, folder_with(tmp_path, region(GOOD)))
    assert len(list((tmp_path / "crops").iterdir())) == 2
    prepare(SPEC, folder_with(tmp_path))
    assert len(list((tmp_path / "crops").iterdir())) == 1
