"""On drawn till receipts the fields are picked among the lines, by a bundle that has learned from ten of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.engine.drawn import Box, sign
from tests.engine.published import make_bundle
from training.engine import page_training
from training.engine.bundle import BundleLabel, BundleSpec
from training.engine.geometry import iou
from training.engine.predict import Bundle
from training.engine.prepare import PreparedImage, PreparedRegion

LABELS = ("date", "total")
SIZE = (420, 560)


def quad(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def draw_receipt(folder: Path, seed: int) -> PreparedImage:
    random = np.random.default_rng(seed)
    font = ImageFont.load_default(20)
    picture = Image.new("RGB", SIZE, (250, 250, 246))
    draw = ImageDraw.Draw(picture)
    prices = random.integers(100, 4000, 4)
    date = f"{random.integers(10, 29)}/{random.integers(10, 13)}/20{random.integers(10, 25)}"
    rows: list[tuple[str, str, str]] = [
        (f"CORNER SHOP {random.integers(10, 99)}", "", ""),
        (f"TEL {random.integers(10**6, 10**7)}", "", ""),
        (f"DATE {date}", "", "date"),
        (f"RECEIPT NO {random.integers(1000, 9999)}", "", ""),
        *((f"ARTICLE {random.integers(10, 99)}", f"{price / 100:.2f}", "") for price in prices),
        ("TOTAL", f"{prices.sum() / 100:.2f}", "total"),
        ("CASH", "200.00", ""),
        ("CHANGE", f"{200 - prices.sum() / 100:.2f}", ""),
        ("THANK YOU", "", ""),
    ]
    regions = []
    for number, (left, right, label) in enumerate(rows):
        top = 18 + 43 * number
        draw.text((24, top), left, fill=(30, 30, 36), font=font)
        draw.text((300, top), right, fill=(30, 30, 36), font=font)
        if label:
            start, text = (300, right) if right else (24, left)
            box = draw.textbbox((start, top), text, font=font)
            corners = quad(box[0] - 3.0, box[1] - 3.0, box[2] + 3.0, box[3] + 4.0)
            regions.append(PreparedRegion(label=label, quad=corners, text=text, crop=None))
    name = f"{seed}.png"
    picture.save(folder / name)
    return PreparedImage(image=name, split="train", width=SIZE[0], height=SIZE[1], regions=tuple(regions))


def always(done: int, of: int) -> bool:
    return done <= of


@pytest.fixture(scope="module")
def receipts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[PreparedImage]]:
    folder = tmp_path_factory.mktemp("receipts")
    return folder, [draw_receipt(folder, seed) for seed in range(10)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, receipts: tuple[Path, list[PreparedImage]]) -> Bundle:
    """The published reader, and a labeller that has learned from the ten receipts."""
    root, images = receipts
    folder = make_bundle(tmp_path_factory.mktemp("bundle"))
    spec = BundleSpec.load(folder)
    part = spec.finder.model_copy(
        update={
            "kind": "lines",
            "file": "lines.onnx",
            "side": page_training.choose_side(images),
            "thresholds": (0.5, 0.5),
            "unclip": (1.6, 1.6),
            "axis_aligned": True,
        }
    )
    labels = tuple(BundleLabel(name=name) for name in LABELS)
    spec = spec.model_copy(update={"labels": labels, "finder": part})
    page_training.learn(spec, folder, root, images, always).save(folder)
    return Bundle.load(folder, threads=1)


def test_receipts_are_pages_and_photos_of_signs_are_not(
    receipts: tuple[Path, list[PreparedImage]], tmp_path: Path
) -> None:
    root, images = receipts
    assert page_training.choose_kind(root, images, True, always) == "lines"
    signs = []
    for number in range(8):
        picture, box = sign("KL 55 R 2473")
        picture.save(tmp_path / f"{number}.png")
        region = PreparedRegion(label="sign", quad=quad(*map(float, box)), text="KL 55 R 2473", crop=None)
        signs.append(PreparedImage(image=f"{number}.png", split="train", width=640, height=480, regions=(region,)))
    assert page_training.choose_kind(tmp_path, signs, True, always) == "maps"
    assert page_training.choose_kind(root, images[:3], True, always) == "maps", "three pages are too few to tell"


@pytest.mark.parametrize(
    ("boxes", "whole"),
    [
        ([(0, 0, 200, 50)], True),
        ([(1, 0, 199, 50)], True),
        ([(20, 0, 200, 50)], False),
        ([], False),
        ([(0, 0, 200, 50), (0, 0, 200, 50)], False),
    ],
)
def test_a_picture_that_is_one_region_from_edge_to_edge_needs_no_finder(boxes: list[Box], whole: bool) -> None:
    regions = tuple(PreparedRegion(label="text", quad=quad(*box), text="A", crop="a.png") for box in boxes)
    picture = PreparedImage(image="a.png", split="train", width=200, height=50, regions=regions)
    assert page_training.is_field(picture) is whole


def test_the_fields_of_receipts_it_has_not_seen_are_found_and_read(bundle: Bundle, tmp_path: Path) -> None:
    for seed in (101, 102, 103):
        image = draw_receipt(tmp_path, seed)
        found = {one.label: one for one in bundle.predict(tmp_path / image.image)}
        for region in image.regions:
            assert found[region.label].text == region.text
            assert iou(found[region.label].quad, region.quad) >= 0.5


def test_each_field_is_given_once_as_it_stood_once_on_every_page(bundle: Bundle, tmp_path: Path) -> None:
    assert bundle.spec.finder.most == (1, 1)
    image = draw_receipt(tmp_path, 104)
    assert sorted(one.label for one in bundle.predict(tmp_path / image.image)) == ["date", "total"]


def test_an_empty_page_has_no_fields(bundle: Bundle) -> None:
    assert bundle.predict(Image.new("RGB", SIZE, "white")) == []


def test_lines_are_grown_as_far_as_the_boxes_were_drawn(bundle: Bundle) -> None:
    assert len(set(bundle.spec.finder.unclip)) == 1
    assert 0.4 <= bundle.spec.finder.unclip[0] <= 2.0
