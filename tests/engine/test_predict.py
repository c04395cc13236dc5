import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotations import pictures
from tests.engine.drawn import sign
from training.engine.bundle import BundleError, BundleSpec
from training.engine.geometry import box_quad, iou
from training.engine.pictures import PictureError, open_picture, upright
from training.engine.predict import Bundle
from training.engine.sessions import SessionError


def test_signs_are_found_and_read(bundle: Bundle) -> None:
    picture, box = sign("KL 55 R 2473")
    (found,) = bundle.predict(picture)
    assert (found.label, found.text) == ("sign", "KL 55 R 2473")
    assert iou(found.quad, box_quad(*box)) > 0.6
    assert found.confidence > 0.9
    assert found.finder_score > 0.8
    assert not found.doubtful
    assert "".join(symbol for symbol, _ in found.characters) == found.text
    assert all(0 < confidence <= 1 for _, confidence in found.characters)


def test_nothing_is_found_where_nothing_is(bundle: Bundle) -> None:
    assert bundle.predict(Image.new("RGB", (300, 200), (120, 140, 130))) == []
    assert bundle.predict(Image.new("RGB", (1, 1))) == []


def test_what_every_picture_holds_is_found_however_unsure_it_is(bundle: Bundle) -> None:
    picture, box = sign("KL 55 R 2473")
    for least, sure in (((), 0), ((0,), 0), ((1,), 1), ((3,), 1)):
        strict = bundle.spec.finder.model_copy(update={"thresholds": (1.0,), "least": least})
        asked = Bundle(bundle.folder, bundle.spec.model_copy(update={"finder": strict}), 1)
        found = asked.find(picture)
        assert len(found) == sure
        assert all(iou(quad, box_quad(*box)) > 0.6 for _, quad, _ in found)
        assert all(one.doubtful and one.as_dict()["doubtful"] for one in asked.predict(picture))
        assert asked.find(Image.new("RGB", (300, 200), (120, 140, 130))) == [], "nothing is nothing"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_quads_are_of_the_upright_picture(bundle: Bundle, tmp_path: Path, orientation: int) -> None:
    picture, _ = sign("KL 55 R 2473")
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions that exif_transpose turns back
    turned = picture.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned.save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(open_picture(tmp_path / "turned.png"), np.asarray(picture))
    if orientation in (1, 6):
        (found,) = bundle.predict(tmp_path / "turned.png")
        (plain,) = bundle.predict(picture)
        assert found == plain


def test_a_bundle_answers_from_many_threads_at_once(bundle: Bundle) -> None:
    texts = ["KL 55 R 2473", "MH 20 BY 3665", "TN 42 R 2697", "DL 3C AY 2231"]
    pictures = [sign(text)[0] for text in texts]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(bundle.predict, pictures * 3))
    assert [[found.text for found in answer] for answer in answers] == [[text] for text in texts] * 3


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "I;16", "1", "LA"])
def test_pictures_of_any_mode_become_rgb(mode: str) -> None:
    picture, _ = sign("KL 55")
    if mode == "I;16":
        deep = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        pixels = upright(Image.fromarray(deep))
    else:
        pixels = upright(picture.convert(mode))
    assert pixels.shape == (480, 640, 3)
    assert pixels.dtype == np.uint8
    assert abs(int(pixels[200, 160].mean()) - 255) < 12, "the sign stays white"


def test_transparency_is_paper() -> None:
    assert upright(Image.new("RGBA", (2, 2), (0, 0, 0, 0))).min() == 255


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 4), np.uint8)]
)
def test_pixels_of_another_kind_are_refused(bundle: Bundle, pixels: np.ndarray) -> None:
    with pytest.raises(PictureError):
        bundle.predict(pixels)


def test_a_folder_that_is_no_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is not a bundle"):
        Bundle.load(tmp_path)


def test_a_bundle_that_lacks_a_network_or_disagrees_with_it_is_refused(published_bundle: Path, tmp_path: Path) -> None:
    for name in ("bundle.json", "finder.onnx", "lines.onnx"):
        (tmp_path / name).symlink_to(published_bundle / name)
    with pytest.raises(SessionError, match=r"reader\.onnx is missing"):
        Bundle.load(tmp_path)
    (tmp_path / "reader.onnx").write_bytes(b"no network")
    with pytest.raises(SessionError, match="cannot be opened"):
        Bundle.load(tmp_path)
    (tmp_path / "reader.onnx").unlink()
    (tmp_path / "reader.onnx").symlink_to(published_bundle / "reader.onnx")
    told = json.loads((published_bundle / "bundle.json").read_text(encoding="utf-8"))
    told["charset"] = told["charset"][:-1]
    (tmp_path / "bundle.json").unlink()
    (tmp_path / "bundle.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BundleError, match="the reader knows 18710 symbols, the charset 18709"):
        Bundle.load(tmp_path, threads=1)


def test_a_bundle_file_comes_back_as_it_was_saved(bundle: Bundle, tmp_path: Path) -> None:
    bundle.spec.save(tmp_path)
    assert BundleSpec.load(tmp_path) == bundle.spec
    assert (tmp_path / "charset-labels.txt").read_bytes().startswith(b"0\t<nul>\n")


def test_what_an_iphone_writes_is_read_as_the_server_stores_it() -> None:
    drawn = Path(__file__).parents[1] / "annotations" / "drawn" / "plain.heic"
    with drawn.open("rb") as file:
        (page,) = pictures.read_pages(file, drawn.name, 1_000_000)
    assert np.array_equal(open_picture(drawn), np.asarray(page.image))
