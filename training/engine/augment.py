"""Variations of training pictures. Pure: the same picture and generator state give the same new picture.

Pictures are uint8[H, W, 3] RGB; quads float64[4, 2] in pixels.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from training.engine.crops import PAD_VALUE, Around, Picture
from training.engine.geometry import Points

ZOOM = 0.4
"""Of a window's scale, the spread of its logarithm: wide, for what fills one picture is small in the next."""

Random = np.random.Generator
Matrix = NDArray[np.float64]


ROOM = 0.35
"""Of a region's shorter side, what is kept around it to frame it otherwise."""
FRAMED = 0.5
"""Share of the strips that are framed as a finder might do it, where it is known what lies around them."""
FRAME = (0.06, 0.1)
"""How far a found box, margin and all, reaches over the drawn one on each side: mean and spread, in shorter sides."""
CUT_OFF = 0.12
"""The most that it leaves out on a side: more would cut letters off whose names are still asked for."""


def vary_strip(strip: Picture, random: Random, around: Around | None = None) -> Picture:
    """A line as another camera might have seen it: framed, slanted, stained, lit, blurred and compressed otherwise.

    With `around` it is also framed as a finder would, with what really lies around it.
    """
    varied = _frame(around, random) if around is not None and random.random() < FRAMED else _reframe(strip, random)
    if random.random() < 0.6:
        varied = _slant(varied, random)
    if random.random() < 0.1:
        varied = _occlude(varied, random)
    if random.random() < 0.04:
        varied = 255 - varied
    return vary_look(varied, random)


def vary_look(picture: Picture, random: Random) -> Picture:
    """Light, colour, sharpness, noise and compression; nothing moves."""
    varied = picture
    if random.random() < 0.7:
        varied = _light(varied, random)
    if random.random() < 0.35:
        varied = _lose_resolution(varied, random)
    if random.random() < 0.25:
        varied = _blur(varied, random)
    if random.random() < 0.25:
        varied = _noise(varied, random)
    if random.random() < 0.25:
        varied = _compress(varied, random)
    return varied


def look_at(
    picture: Picture, quads: Sequence[Points], scale: float, size: tuple[int, int], random: Random
) -> tuple[Picture, list[Points]]:
    """A window of `size` (height, width) on the picture, scaled about `scale` times and turned a little.

    It shows one of the quads somewhere, mostly; otherwise any place. Quads come back in pixels of the window.
    """
    matrix = _view(picture.shape[:2], quads, scale, size, random)
    shrinks = abs(np.linalg.det(matrix[:2, :2])) < 0.5
    source, from_source = _halved(picture, matrix) if shrinks else (picture, matrix)
    grey = (PAD_VALUE,) * 3
    window = cv2.warpPerspective(source, from_source, size[::-1], borderMode=cv2.BORDER_CONSTANT, borderValue=grey)
    return np.asarray(window, np.uint8), [_moved(quad, matrix) for quad in quads]


def _view(
    shape: tuple[int, ...], quads: Sequence[Points], scale: float, size: tuple[int, int], random: Random
) -> Matrix:
    """From pixels of the picture to pixels of the window."""
    height, width = shape[0], shape[1]
    if quads and random.random() < 0.9:
        centre = quads[int(random.integers(len(quads)))].mean(axis=0)
        slack = np.array([size[1], size[0]]) * 0.35
    else:
        centre, slack = np.array([width, height]) * random.uniform(0.2, 0.8, 2), np.zeros(2)
    zoom = scale * math.exp(random.normal(0.0, ZOOM))
    angle = math.radians(random.normal(0.0, 3.0))
    shear = random.normal(0.0, 0.03)
    turn = np.array([[math.cos(angle), -math.sin(angle) + shear], [math.sin(angle), math.cos(angle)]])
    linear = zoom * turn * np.array([[math.exp(random.normal(0.0, 0.06))], [1.0]])
    target = np.array([size[1], size[0]]) / 2.0
    shift = target - linear @ (np.array([width, height]) / 2.0)
    shift = _towards(linear, shift, centre, shape, size, slack, random)
    tilt = random.normal(0.0, 4e-5, 2)
    matrix = np.vstack([np.column_stack([linear, shift]), [0.0, 0.0, 1.0]])
    return np.array([[1, 0, 0], [0, 1, 0], [*tilt, 1]]) @ matrix


def _towards(
    linear: Matrix,
    shift: Points,
    centre: Points,
    shape: tuple[int, ...],
    size: tuple[int, int],
    slack: Points,
    random: Random,
) -> Points:
    """Moves the window so that `centre` lies inside it; where the whole picture fits, it stays whole."""
    extent = np.abs(linear) @ np.array([shape[1], shape[0]], float)
    room = np.array([size[1], size[0]], float)
    wanted = room / 2.0 + random.uniform(-1.0, 1.0, 2) * slack - linear @ centre
    free = np.maximum(extent - room, 0.0) / 2.0
    loose = np.maximum(room - extent, 0.0) / 2.0
    moved = np.clip(wanted - shift, -free, free)
    return np.asarray(shift + moved + random.uniform(-1.0, 1.0, 2) * loose)


def _halved(picture: Picture, matrix: Matrix) -> tuple[Picture, Matrix]:
    """Averages neighbours first, so that shrinking does not skip pixels."""
    factor = math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))
    width, height = max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    back = np.diag([picture.shape[1] / width, picture.shape[0] / height, 1.0])
    return np.asarray(small, np.uint8), matrix @ back


def _moved(quad: Points, matrix: Matrix) -> Points:
    flat = np.column_stack([quad, np.ones(4)]) @ matrix.T
    return np.asarray(flat[:, :2] / flat[:, 2:])


def _reframe(strip: Picture, random: Random) -> Picture:
    """Cuts a little off or adds a little around: boxes found are never quite the boxes drawn."""
    height, width = strip.shape[:2]
    room = np.round(random.normal(0.0, 0.035, 4) * height).astype(int)
    left, top, right, bottom = np.clip(room, -max(1, int(0.08 * height)), int(0.12 * height) + 1).tolist()
    kept = strip[max(-top, 0) : height - max(-bottom, 0), max(-left, 0) : width - max(-right, 0)]
    if min(kept.shape[:2]) < 4:
        return strip
    above, below, before, behind = (max(value, 0) for value in (top, bottom, left, right))
    return np.asarray(cv2.copyMakeBorder(kept, above, below, before, behind, cv2.BORDER_REPLICATE), np.uint8)


def _frame(around: Around, random: Random) -> Picture:
    """The region as a found box might hold it."""
    left, top, right, bottom = around.inset
    height, width = around.picture.shape[:2]
    side = min(height - top - bottom, width - left - right)
    outwards = np.maximum(random.normal(*FRAME, 4), -CUT_OFF) * side
    x0, y0, x1, y1 = np.maximum(np.round(np.array(around.inset) - outwards), 0).astype(int).tolist()
    return np.ascontiguousarray(around.picture[y0 : height - y1, x0 : width - x1])


def _slant(strip: Picture, random: Random) -> Picture:
    """Shear, a small turn and perspective, inside the strip's own size."""
    height, width = strip.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shear = random.normal(0.0, 0.08) * height
    turn = math.tan(math.radians(random.normal(0.0, 1.2))) * min(width, 5 * height) / 2.0
    moved = corners + np.array([[shear, -turn], [shear, turn], [-shear, turn], [-shear, -turn]])
    moved += random.normal(0.0, 0.02, (4, 2)) * height
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return np.asarray(cv2.warpPerspective(strip, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _occlude(strip: Picture, random: Random) -> Picture:
    """A bolt, a stain or a reflection: a blob smaller than a character, of a colour that stands in the strip."""
    height, width = strip.shape[:2]
    centre = (int(random.integers(width)), int(random.integers(height)))
    sizes = random.uniform(0.05, 0.16, 2) * height
    covered = strip.copy()
    colour = strip[int(random.integers(height)), int(random.integers(width))].astype(float).tolist()
    cv2.ellipse(covered, centre, (max(1, int(sizes[0])), max(1, int(sizes[1]))), 0.0, 0.0, 360.0, colour, -1)
    return covered


def _light(picture: Picture, random: Random) -> Picture:
    """Contrast, brightness, gamma and a tint; now and then a gradient over the width or grey instead of colours."""
    values = picture.astype(np.float32) / 255.0
    values = np.power(values, math.exp(random.normal(0.0, 0.25)))
    values = (values - 0.5) * math.exp(random.normal(0.0, 0.25)) + 0.5 + random.normal(0.0, 0.08)
    values = values * np.exp(random.normal(0.0, 0.06, 3))
    if random.random() < 0.25:
        ramp = np.linspace(-1.0, 1.0, picture.shape[1], dtype=np.float32) * random.normal(0.0, 0.15)
        values = values + ramp[None, :, None]
    if random.random() < 0.1:
        values = np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
    return _bytes(values * 255.0)


def _lose_resolution(picture: Picture, random: Random) -> Picture:
    """Smaller and back. Text keeps at least some 14 rows, or nobody could read it."""
    height, width = picture.shape[:2]
    least = min(1.0, 14.0 / height) if height < 100 else 0.35
    factor = random.uniform(max(0.35, least), 1.0)
    small = (max(2, round(width * factor)), max(2, round(height * factor)))
    reduced = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    how = int(random.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.5, 0.4, 0.1]))
    return np.asarray(cv2.resize(reduced, (width, height), interpolation=how), np.uint8)


def _blur(picture: Picture, random: Random) -> Picture:
    """Out of focus, or moved along one direction."""
    strength = random.uniform(0.3, 1.0) * min(2.0, max(0.6, picture.shape[0] / 40.0))
    if random.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), strength), np.uint8)
    length = max(2, round(2.5 * strength))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2, :] = 1.0 / length
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), random.uniform(0.0, 180.0), 1.0)
    turned = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), np.float32)
    return np.asarray(cv2.filter2D(picture, -1, turned / max(float(turned.sum()), 1e-3)), np.uint8)


def _noise(picture: Picture, random: Random) -> Picture:
    grain = random.normal(0.0, random.uniform(2.0, 12.0), picture.shape)
    return _bytes(picture + grain)


def _compress(picture: Picture, random: Random) -> Picture:
    quality = int(random.integers(25, 85))
    done, stored = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(stored, cv2.IMREAD_COLOR) if done else None
    return picture if decoded is None else np.asarray(decoded[:, :, ::-1], np.uint8)


def _bytes(values: NDArray[np.floating]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
