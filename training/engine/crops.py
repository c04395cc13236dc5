"""From an upright picture to the pixels the networks see: one function for each, used in training and in serving alike.

Pictures are uint8[H, W, 3] RGB.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from training.engine.geometry import Points, QuadLike, as_quad, bounding_box, flat_size, grow, is_upright

Picture = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.float32]

READER_HEIGHT = 48
READER_STEP = 8  # pixels of width for one step of the reader's output
READER_MIN_WIDTH = 224  # shorter strips are padded; the published 320 read no better once trained, and cost more
READER_MAX_WIDTH = 1600
FINDER_STEP = 32
PAD_VALUE = 127.5  # 0 after the networks' own (x / 255 - 0.5) / 0.5, which is what the published weights saw
MAX_UPSCALE = 2.0  # more than that shows the finder nothing new and costs time

MARGIN = 0.02  # of the region's height, on each side
MAX_CROP_SIDE = 4096


def cut(image: Picture, quad: QuadLike, margin: float = MARGIN) -> Picture:
    """The region as an upright rectangle, uint8[h, w, 3], in its own resolution and aspect ratio.

    No pixel the region touches is lost: upright regions are cut at whole pixels outwards, others are rectified with a
    small margin. Outside the image the border is repeated. Sides over 4096 pixels are scaled down.
    """
    points = as_quad(quad)
    wide, high = flat_size(points)
    room = margin * min(wide, high)
    if is_upright(points):
        return _slice(image, grow(points, room, room))
    return _rectify(image, grow(points, room + 0.5, room + 0.5))


@dataclass(frozen=True, slots=True)
class Around:
    """A region with what lies around it; `inset` pixels of `picture` are not its own: left, top, right, bottom."""

    picture: Picture
    inset: tuple[int, int, int, int]


def cut_around(image: Picture, quad: QuadLike, room: float) -> Around:
    """The region as `cut` gives it, with `room` times its shorter side around it, as far as the image goes."""
    picture, points = cut(image, quad, room), as_quad(quad)
    wide, high = flat_size(points)
    side = min(wide, high)
    if is_upright(points):
        outer, inner = (_whole_pixels(image, grow(points, each * side, each * side)) for each in (room, MARGIN))
        scale = picture.shape[1] / (outer[2] - outer[0])
        inset = [round(abs(one - other) * scale) for one, other in zip(outer, inner, strict=True)]
    else:
        scale = picture.shape[1] / (wide + 2 * room * side + 1)
        inset = [round((room - MARGIN) * side * scale)] * 4
    left, top, right, bottom = inset
    return Around(picture, (left, top, right, bottom))


def _slice(image: Picture, points: Points) -> Picture:
    left, top, right, bottom = _whole_pixels(image, points)
    return np.ascontiguousarray(_bounded(image[top:bottom, left:right]))


def _whole_pixels(image: Picture, points: Points) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what an upright quad touches of the image, one pixel at least."""
    height, width = image.shape[:2]
    left, top, right, bottom = bounding_box(points)
    x0, y0 = min(max(math.floor(left), 0), width - 1), min(max(math.floor(top), 0), height - 1)
    x1, y1 = max(min(math.ceil(right), width), x0 + 1), max(min(math.ceil(bottom), height), y0 + 1)
    return x0, y0, x1, y1


def _bounded(crop: Picture) -> Picture:
    scale = MAX_CROP_SIDE / max(crop.shape[:2])
    if scale >= 1:
        return crop
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    return _picture(cv2.resize(crop, size, interpolation=cv2.INTER_AREA))


def _rectify(image: Picture, points: Points) -> Picture:
    wide, high = flat_size(points)
    scale = min(1.0, MAX_CROP_SIDE / max(wide, high, 1.0))
    width, height = max(1, math.ceil(wide * scale)), max(1, math.ceil(high * scale))
    # warpPerspective speaks of pixel centres, a quad of pixel edges: half a pixel apart.
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform((points - 0.5).astype(np.float32), target)
    warped = cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return _picture(warped)


def fitted_width(crop: Picture, height: int = READER_HEIGHT, max_width: int = READER_MAX_WIDTH) -> int:
    """Columns the crop fills at the reader's height, aspect ratio kept, before padding."""
    return min(max_width, max(1, math.ceil(height * crop.shape[1] / crop.shape[0])))


def padded_width(width: int, min_width: int = READER_MIN_WIDTH) -> int:
    """The width a strip is padded to: the reader's least width, or the next whole step."""
    return max(min_width, math.ceil(width / READER_STEP) * READER_STEP)


def fit(
    crop: Picture,
    height: int = READER_HEIGHT,
    width: int | None = None,
    max_width: int = READER_MAX_WIDTH,
    min_width: int = READER_MIN_WIDTH,
    boxed: bool = False,
    views: int = 1,
) -> Pixels:
    """The reader's pixels of a crop: float32[height, W, 3] RGB 0..255, aspect ratio kept, padded on the right.

    `width` is the whole strip's width in a batch (a multiple of 8, at least `padded_width(fitted_width(crop))`); None
    takes the least. A crop longer than `max_width` is squeezed into it; or, where it is `boxed`, scaled as a whole to
    the box of `height` × `max_width` and padded below too. So is each of several `views` that stand side by side in a
    crop, in its own part of the box.
    """
    if boxed:
        each = [_boxed(view, height, max_width // views) for view in views_of(crop, views)]
        return np.concatenate(each, axis=1) if views > 1 else each[0]
    filled = fitted_width(crop, height, max_width)
    total = width if width is not None else padded_width(filled, min_width)
    if total < filled:
        raise ValueError(f"A strip of {total} pixels cannot hold a crop of {filled}.")
    strip = np.full((height, total, 3), PAD_VALUE, dtype=np.float32)
    strip[:, :filled] = cv2.resize(crop, (filled, height), interpolation=cv2.INTER_LINEAR)
    return strip


def views_of(crop: Picture, views: int) -> list[Picture]:
    """The pictures of equal width that stand side by side in a crop; one too narrow to hold them is each of them."""
    return np.array_split(crop, views, axis=1) if crop.shape[1] >= views else [crop] * views


def _boxed(crop: Picture, height: int, width: int) -> Pixels:
    scale = min(height / crop.shape[0], width / crop.shape[1])
    wide, high = min(width, max(1, round(crop.shape[1] * scale))), min(height, max(1, round(crop.shape[0] * scale)))
    box = np.full((height, width, 3), PAD_VALUE, dtype=np.float32)
    box[:high, :wide] = cv2.resize(crop, (wide, high), interpolation=cv2.INTER_LINEAR)
    return box


@dataclass(frozen=True, slots=True)
class FinderInput:
    """`pixels` float32[H, W, 3] RGB 0..255, H and W multiples of 32; the picture fills its top left `filled` (w, h).

    A point x, y of the image lies at x * scale_x, y * scale_y of the pixels.
    """

    pixels: Pixels
    scale_x: float
    scale_y: float
    filled: tuple[int, int]

    def to_image(self, points: npt.NDArray[np.floating]) -> Points:
        """Points of the finder's pixels as points of the image."""
        return np.asarray(points, dtype=np.float64) / np.array([self.scale_x, self.scale_y])

    def to_pixels(self, points: QuadLike) -> Points:
        """Points of the image as points of the finder's pixels."""
        return np.asarray(points, dtype=np.float64) * np.array([self.scale_x, self.scale_y])


def finder_scale(width: int, height: int, side: int) -> float:
    """How much a picture is scaled so that its longer side becomes `side`, enlarging at most twice."""
    return min(side / max(width, height), MAX_UPSCALE)


def fit_image(image: Picture, side: int) -> FinderInput:
    """The finder's pixels of a picture, its longer side `side`, padded right and below to multiples of 32."""
    height, width = image.shape[:2]
    scale = finder_scale(width, height, side)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shape = (_up(high, FINDER_STEP), _up(wide, FINDER_STEP), 3)
    pixels = np.full(shape, PAD_VALUE, dtype=np.float32)
    pixels[:high, :wide] = cv2.resize(image, (wide, high), interpolation=how)
    return FinderInput(pixels, wide / width, high / height, (wide, high))


def _up(value: int, step: int) -> int:
    return math.ceil(value / step) * step


def _picture(array: npt.NDArray[np.generic]) -> Picture:
    return np.asarray(array, dtype=np.uint8)
