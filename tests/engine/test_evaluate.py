from pathlib import Path

import pytest
from PIL import Image

from tests.engine.drawn import quad, run_folder, sign
from training.engine.evaluate import Evaluation, Rate, describe, evaluate, sentence, summary
from training.engine.manifest import ManifestImage, ManifestRegion, read_manifest
from training.engine.predict import Bundle
from training.engine.report import Stopped


def image(folder: Path, name: str, shown: str | None, told: str | None) -> ManifestImage:
    """A picture that shows one text, with a region that is told to hold another (None: no sign, no region)."""
    picture, box = sign(shown, size=(480, 320), at=(60, 80)) if shown else (Image.new("RGB", (480, 320)), None)
    picture.save(folder / name)
    place = box or (60, 80, 300, 150)
    regions = (ManifestRegion(label="sign", quad=quad(place), text=told),) if told is not None else ()
    return ManifestImage(image=name, split="test", regions=regions)


def test_right_misread_missed_and_invented_are_told_apart(bundle: Bundle, tmp_path: Path) -> None:
    images = [
        image(tmp_path, "right.png", "KL 55 R 2473", "KL 55 R 2473"),
        image(tmp_path, "spaces.png", "MH 20 BY 3665", "MH20BY3665"),
        image(tmp_path, "misread.png", "TN 42 R 2697", "TN 42 R 9999"),
        image(tmp_path, "missed.png", None, "DL 3C"),
        image(tmp_path, "invented.png", "SHOP", None),
    ]
    found = evaluate(bundle, images, tmp_path, "test", tmp_path / "out")
    overall = found.overall
    assert (overall.finder.regions, overall.finder.found, overall.finder.matched) == (4, 4, 3)
    assert overall.finder.precision == pytest.approx(0.75)
    assert (overall.end_to_end.exact.right, overall.end_to_end.exact.of) == (1, 4)
    assert overall.end_to_end.exact_normalised.right == 2
    assert overall.reading.exact_normalised.right == 2
    assert {(miss.kind, miss.image) for miss in found.misses} == {
        ("misread", "spaces.png"),
        ("misread", "misread.png"),
        ("missed", "missed.png"),
        ("invented", "invented.png"),
    }
    assert found.misses[0].image == "missed.png", "the worst first"
    assert all(Image.open(tmp_path / "out" / str(miss.crop)).width > 50 for miss in found.misses)
    assert Evaluation.load(tmp_path / "out" / "evaluation.json") == found
    assert found.labels == {"sign": overall}
    assert found.milliseconds > 0
    assert describe(found.misses[0]) == "missed.png: sign 'DL 3C' was not found"


def test_as_many_misses_are_kept_as_are_asked_for_and_times_are_by_the_given_clock(
    bundle: Bundle, tmp_path: Path
) -> None:
    images = [image(tmp_path, f"{number}.png", None, "DL 3C") for number in range(3)]
    ticks = iter(range(100))
    found = evaluate(bundle, images, tmp_path, most_misses=2, clock=lambda: next(ticks))
    assert len(found.misses) == 2
    assert found.milliseconds == 1000


def test_only_the_asked_split_is_measured_and_nothing_is_written_unasked(bundle: Bundle, tmp_path: Path) -> None:
    run_folder(tmp_path, [("KL 55 R 2473", "train"), ("MH 20 BY 3665", "test")])
    before = sorted(tmp_path.rglob("*"))
    found = evaluate(bundle, read_manifest(tmp_path / "manifest.jsonl"), tmp_path)
    assert (found.split, found.images, found.overall.end_to_end.exact.right) == ("test", 1, 1)
    assert sorted(tmp_path.rglob("*")) == before
    assert evaluate(bundle, read_manifest(tmp_path / "manifest.jsonl"), tmp_path, None).images == 2


def test_boxes_without_text_count_for_the_finder_alone(bundle: Bundle, tmp_path: Path) -> None:
    entry = image(tmp_path, "a.png", "KL 55 R 2473", "")
    found = evaluate(bundle, [entry], tmp_path)
    assert found.overall.finder.matched == 1
    assert found.overall.end_to_end.exact.of == 0
    assert found.misses == ()


def test_an_image_that_cannot_be_opened_is_said_and_skipped(bundle: Bundle, tmp_path: Path) -> None:
    found = evaluate(bundle, [ManifestImage(image="gone.png", split="test")], tmp_path)
    assert found.skipped == ("gone.png",)
    assert found.images == 0


def test_evaluating_can_be_stopped(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        evaluate(bundle, [image(tmp_path, "a.png", "KL", "KL")], tmp_path, on_image=lambda done, of: False)


@pytest.mark.parametrize(
    ("right", "of", "told"),
    [
        (43, 46, "reads 43 of 46 held-out fields exactly (93 %, likely between 82 and 98 %)"),
        (1, 1, "reads 1 of 1 held-out field exactly (100 %, likely between 21 and 100 %)"),
        (0, 0, "was not measured: there are no held-out fields with a text"),
    ],
)
def test_a_rate_is_told_in_plain_words(right: int, of: int, told: str) -> None:
    assert sentence(Rate.count(right, of)) == told


def test_the_summary_adds_letters_and_digits_where_that_differs(bundle: Bundle, tmp_path: Path) -> None:
    entry = image(tmp_path, "spaces.png", "MH 20 BY 3665", "MH20BY3665")
    assert summary(evaluate(bundle, [entry], tmp_path)) == (
        "It reads 0 of 1 held-out field exactly (0 %, likely between 0 and 79 %). "
        "Counting letters and digits alone: 1 of 1 (100 %)."
    )


def test_images_for_which_there_is_no_time_are_left_out_and_named(bundle: Bundle, tmp_path: Path) -> None:
    images = [image(tmp_path, f"{number}.png", "KL 55 R 2473", "KL 55 R 2473") for number in range(5)]
    found = evaluate(bundle, images, tmp_path, folder=tmp_path, enough=lambda done: done >= 2)
    assert found.images == 2
    assert found.overall.end_to_end.exact.of == 2
    assert found.left_out == ("2.png", "3.png", "4.png")
    assert Evaluation.load(tmp_path / "evaluation.json") == found
