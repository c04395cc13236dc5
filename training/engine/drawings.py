"""Pictures of what a reader looked at: maps over the crop, paths of glimpses, crops before and after rectifying.

Pixels are float32[H, W, 3] RGB 0..255 as the reader took them; pictures uint8[h, w, 3] RGB. `zoo.reader` says what the
networks give back.
"""

import shutil
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from keras import ops
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.engine import looks
from training.engine.charset import Charset, one_line
from training.engine.crops import PAD_VALUE, Picture, Pixels
from training.engine.decode import DECODERS, Reading, log_softmax, strip_reading
from training.engine.looks import Look
from training.engine.pictures import open_picture
from training.engine.prepare import PreparedImage
from training.engine.reader_training import Line, readable, together
from training.engine.zoo.form import Form
from training.engine.zoo.reader import Drawn, Reader

MOST = 12
"""Held-out examples drawn of a run."""
TILE_HEIGHT, TILE_WIDTH = 72, 320
"""Least height and most width of one tile, in pixels; a crop is enlarged by a whole number."""
ROW_WIDTH = 960
"""Pixels after which tiles go on below."""
PATH_HEIGHT = 224
GAP, CAPTION = 4, 22
GROUND, INK = 255, (32, 36, 44)
STRENGTH = 0.75
"""Of a map's colour, where it is strongest."""
COLOURS = ((228, 26, 28), (55, 126, 184), (77, 175, 74), (152, 78, 163), (255, 127, 0), (0, 150, 160), (166, 86, 40))
"""One character after the other; then from the beginning."""

Array = NDArray[Any]


def write(folder: Path, reader: Reader, some: Sequence[Line], charset: Charset) -> None:
    """Draws the first MOST of `some` into RUN/looks, in place of what lay there; nothing where there is no look."""
    if reader.look is None or not reader.draws:
        return
    place = folder / looks.FOLDER
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    told = []
    for number, line in enumerate(some[:MOST], start=1):
        pixels = together([line], charset, reader.form)[0]
        look, logits = (ops.convert_to_numpy(of(pixels, training=False))[0] for of in (reader.look, reader.model))
        reading = DECODERS[reader.form.decoder].read(log_softmax(logits), charset.symbols)
        file = f"{number:03}.png"
        drawn = draw(reader.draws, pixels[0], look, reading, reader.form.views)
        Image.fromarray(drawn).save(place / file, optimize=True)
        told.append(Look(file=file, kind=reader.draws, text=strip_reading(reading).text, truth=line.text))
    looks.save(folder, told)


def lines(folder: Path, images: Sequence[PreparedImage], form: Form) -> list[Line]:
    """The crops with a text that the reader could say; for one that reads single rows, the flattest first."""
    regions = [region for image in images for region in image.regions if region.crop and region.text]
    found = [Line(open_picture(folder / str(one.crop)), one_line(str(one.text))) for one in regions]
    said = [line for line in found if readable(line, form)]
    return said if form.whole else sorted(said, key=lambda line: line.strip.shape[0] / line.strip.shape[1])


def draw(kind: Drawn, pixels: Pixels, look: Array, reading: Reading, views: int = 1) -> Picture:
    """One example; `look` as `zoo.reader.Reader` has it, without the batch. Raises ValueError for any other kind.

    Maps of several `views` lie below each other, their pictures side by side.
    """
    if kind == "attention":
        return attention(pixels, look, "".join(one.symbol for one in reading.symbols), views)
    if kind == "glimpses":
        return glimpses(pixels, look)
    if kind == "rectified":
        return rectified(pixels, look)
    raise ValueError(f"There is no way to draw {kind!r}.")


def attention(pixels: Pixels, maps: Array, text: str, views: int = 1) -> Picture:
    """A tile for each character of `text`: the crop, coloured where maps [T, h, w] are strong, the character below."""
    height, width = filled(pixels) if views == 1 else pixels.shape[:2]
    crop = np.ascontiguousarray(pixels[:height, :width])
    tiles = [captioned(enlarged(crop), "")] if not text else []
    for place, (symbol, one) in enumerate(zip(text, maps, strict=False)):
        beside = np.concatenate(np.split(one, views, axis=0), axis=1).astype(np.float32)
        weights = cv2.resize(beside, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR)
        tile = enlarged(overlaid(crop, weights[:height, :width], COLOURS[place % len(COLOURS)]))
        tiles.append(captioned(tile, "space" if symbol.isspace() else symbol))
    each_row = max(1, ROW_WIDTH // (tiles[0].shape[1] + GAP))
    rows = [_beside(tiles[start : start + each_row]) for start in range(0, len(tiles), each_row)]
    return _below(rows)


def glimpses(pixels: Pixels, path: Array) -> Picture:
    """The crop with a numbered square for each of path [N, 3] and a line from one to the next."""
    height, width = pixels.shape[:2]
    scale = max(1, round(PATH_HEIGHT / height))
    picture = _scaled(_bytes(pixels), scale)
    centres = np.stack([(path[:, 1] + 1) / 2 * width, (path[:, 0] + 1) / 2 * height], axis=1) * scale
    places = np.rint(centres).astype(int)
    for one, two in pairwise(places):
        cv2.line(picture, one.tolist(), two.tolist(), (255, 214, 0), 1, cv2.LINE_AA)
    for number, (place, side) in enumerate(zip(places, path[:, 2], strict=True)):
        colour, half = COLOURS[number % len(COLOURS)], round(float(side) * height * scale / 2)
        cv2.rectangle(picture, (place - half).tolist(), (place + half).tolist(), colour, 1)
        _write_on(picture, str(number + 1), (place - half + 2).tolist(), colour)
    return picture


def rectified(pixels: Pixels, after: Array) -> Picture:
    """The crop as it was cut, and below it as the reader got to see it."""
    return _below([enlarged(pixels), enlarged(np.asarray(after, np.float32))])


# Pieces


def filled(pixels: Pixels) -> tuple[int, int]:
    """Height and width of what is not padding below and on the right."""
    drawn = (pixels != PAD_VALUE).any(axis=2)
    if not drawn.any():
        return pixels.shape[0], pixels.shape[1]
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    return int(rows[-1]) + 1, int(columns[-1]) + 1


def overlaid(pixels: Pixels, weights: Array, colour: tuple[int, int, int]) -> Pixels:
    """Pixels in grey, with `colour` over them as strong as weights [H, W] are beside their largest."""
    share = STRENGTH * weights[..., None] / max(float(weights.max()), 1e-9)
    grey = pixels.mean(axis=2, keepdims=True)
    return np.asarray(grey * (1 - share) + np.array(colour, np.float32) * share, np.float32)


def enlarged(pixels: Pixels) -> Picture:
    """By a whole number, so that a small crop can be seen."""
    height, width = pixels.shape[:2]
    return _scaled(_bytes(pixels), max(1, min(round(TILE_HEIGHT / height), TILE_WIDTH // width)))


def captioned(tile: Picture, caption: str) -> Picture:
    """With a line of text below, in its middle."""
    below = np.full((CAPTION, tile.shape[1], 3), GROUND, np.uint8)
    left = max(0, round((tile.shape[1] - _font().getlength(caption)) / 2))
    return np.concatenate([tile, _write_on(below, caption, (left, 1), INK)])


def _write_on(picture: Picture, text: str, at: Sequence[int], colour: tuple[int, int, int]) -> Picture:
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((at[0], at[1]), text, fill=colour, font=_font())
    picture[:] = np.asarray(image)
    return picture


@cache
def _font() -> Any:
    return ImageFont.load_default(16)


def _scaled(picture: Picture, factor: int) -> Picture:
    size = (picture.shape[1] * factor, picture.shape[0] * factor)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _beside(tiles: Sequence[Picture]) -> Picture:
    gap = np.full((tiles[0].shape[0], GAP, 3), GROUND, np.uint8)
    return np.concatenate([part for tile in tiles for part in (tile, gap)][:-1], axis=1)


def _below(rows: Sequence[Picture]) -> Picture:
    """Rows of any widths, one below the other."""
    width = max(row.shape[1] for row in rows)
    parts = [np.pad(row, ((0, GAP), (0, width - row.shape[1]), (0, 0)), constant_values=GROUND) for row in rows]
    return np.asarray(np.concatenate(parts)[:-GAP], np.uint8)


def _bytes(pixels: NDArray[np.floating]) -> Picture:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
