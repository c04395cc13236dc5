"""Each port computes what the published ONNX file computes."""

import keras
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.engine import zoo
from training.engine.decode import log_softmax, read_greedily
from training.engine.zoo import finder, ppocr, pretrained

TOLERANCE = 1e-4


def drawn(batch: int, height: int, width: int) -> NDArray[np.float32]:
    """Coloured noise with text on it: smooth and sharp places, every channel different."""
    random = np.random.default_rng(7)
    pictures = []
    for index in range(batch):
        noise = random.integers(60, 200, (height, width, 3)).astype(np.uint8)
        picture = Image.fromarray(noise)
        draw = ImageDraw.Draw(picture)
        draw.rectangle((4, 4, width - 4, height // 2 + 20), fill=(250, 240, 210 - 20 * index))
        draw.text((8, 6), "KL 55 R 2473", fill=(20, 30, 60), font=ImageFont.load_default(28))
        pictures.append(np.asarray(picture, np.float32))
    return np.stack(pictures)


def original(file: str, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(str(pretrained.path(file)))
    blue_first = (pixels[..., ::-1] / 255.0 - 0.5) / 0.5
    (answer,) = session.run(None, {"x": np.ascontiguousarray(blue_first.transpose(0, 3, 1, 2), np.float32)})
    return np.asarray(answer)


@pytest.mark.parametrize(("batch", "width"), [(1, 96), (2, 320), (1, 104), (1, 648)])
def test_the_reader_equals_the_published_one(batch: int, width: int) -> None:
    pixels = drawn(batch, 48, width)
    model = ppocr.build(pretrained.published(pretrained.READER_FILE).symbols)
    ours = keras.ops.convert_to_numpy(keras.ops.softmax(model(pixels)))
    theirs = original(pretrained.READER_FILE, pixels)
    assert ours.shape == theirs.shape
    assert theirs.max() > 0.5, "the picture should hold something to read"
    assert np.abs(ours - theirs).max() < TOLERANCE


@pytest.mark.parametrize(("batch", "height", "width"), [(1, 64, 96), (2, 256, 320), (1, 384, 224)])
def test_the_finder_equals_the_published_one_in_every_map(batch: int, height: int, width: int) -> None:
    pixels = drawn(batch, height, width)
    ours = keras.ops.convert_to_numpy(finder.build(2)(pixels))
    theirs = original(pretrained.FINDER_FILE, pixels)[:, 0]
    assert ours.shape == (*theirs.shape, 2)
    assert theirs.max() > 0.5, "the picture should hold something to find"
    assert np.abs(ours - theirs[..., None]).max() < TOLERANCE


def test_a_smaller_head_keeps_the_rows_of_its_symbols() -> None:
    start = pretrained.published(pretrained.READER_FILE)
    wanted = ("", "K", "L", "7", " ", "ⵣ")
    ids = [start.symbols.index(symbol) for symbol in wanted[:-1]]
    pixels = drawn(1, 48, 160)
    whole = keras.ops.convert_to_numpy(ppocr.build(start.symbols)(pixels))
    cut = keras.ops.convert_to_numpy(ppocr.build(wanted)(pixels))
    either = np.logaddexp(whole[..., ids], whole[..., [start.symbols.index(s.lower()) for s in wanted[:-1]]])
    letters = [place for place, symbol in enumerate(wanted[:-1]) if symbol.isalpha()]
    others = [place for place in range(len(ids)) if place not in letters]
    assert np.abs(cut[..., others] - whole[..., ids][..., others]).max() < 1e-3
    assert np.abs(cut[..., letters] - either[..., letters]).max() < 1e-3, "small letters count as the capitals typed"
    assert np.isfinite(cut[..., -1]).all()


def test_the_finder_is_as_large_as_registered() -> None:
    network = zoo.network("finder", "finder")
    model = network.build(1)
    assert model.count_params() == network.parameters
    assert model(np.zeros((1, 64, 96, 3), np.float32)).shape[-1] == 1


def test_an_unknown_network_is_named_with_the_known_ones() -> None:
    with pytest.raises(zoo.UnknownNetwork, match=r"Choose one of: attention, .*ppocr"):
        zoo.network("crnm", "reader")


def test_capitals_also_read_the_small_letters_that_the_texts_lack() -> None:
    known = pretrained.published(pretrained.READER_FILE).symbols
    assert ppocr.other_cases(("", "A", "b", "C", "c", "7", "ß"), known) == {1: "a", 2: "B"}
    small = np.full((48, 200, 3), 255, np.uint8)
    picture = Image.fromarray(small)
    ImageDraw.Draw(picture).text((8, 4), "gerbang", fill=0, font=ImageFont.load_default(34))
    symbols = ("", *"ABEGNR")
    logits = keras.ops.convert_to_numpy(ppocr.build(symbols)(np.asarray(picture, np.float32)[None]))[0]
    assert read_greedily(log_softmax(logits), symbols).text == "GERBANG"
