"""Photos that were turned upright when they were stored, and boxes that were drawn on them as they lie in their files.

Cameras write down how they were held (EXIF, 2 to 8) and leave the pixels as they came. Browsers and this server show
the photo upright; tools that ignore the note show it turned, and count pixels there.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.core.files.storage import default_storage
from PIL import Image as Picture
from PIL import ImageOps

from annotations import quads
from annotations.formats import RegionRow, Row
from annotations.matching import Pictured, names_of
from annotations.models import Image, Project
from annotations.quads import Box, Corner, Quad

AS_IT_LIES = 1  # EXIF's number for a photo that needs no turning
ON_THEIR_SIDE = (5, 6, 7, 8)
MIRRORED = (2, 4, 5, 7)
SIDE = 1000  # pixels of the longer side on which contrast is looked at
MOST_PHOTOS, MOST_BOXES = 24, 20  # that are looked at, and on each of them
SECONDS = 3.0  # then those that were looked at have to do
FLAT = 2.0  # levels of grey: what noise there is on an empty ground
MOST_TOLD = 1.5  # by one photo
LEAST, LEAST_OF_ONE, LEAST_LIKELY = 0.1, 0.25, 3.0


@dataclass(frozen=True)
class Annotated:
    """A turned photo: where it is stored, its upright size, how it was turned, and the boxes a table has for it."""

    file: str
    size: tuple[int, int]
    turn: int
    boxes: list[Box]


def is_turned(turn: int | None) -> bool:
    return turn not in (None, AS_IT_LIES)


def to_upright(quad: Quad, turn: int, size: tuple[int, int]) -> Quad:
    """A region of the photo as it lies in its file, on the upright photo of this size. A box stays a box."""
    a, b, c, d = (_corner(corner, turn, size) for corner in quad)
    moved = (b, a, d, c) if turn in MIRRORED else (a, b, c, d)  # clockwise in a mirror is the other way round
    upright = quads.of_box(quads.bounding_box(moved))
    return upright if set(moved) == set(upright) else moved


def _corner(corner: Corner, turn: int, size: tuple[int, int]) -> Corner:
    (x, y), (width, height) = corner, size
    return {
        2: (width - x, y),
        3: (width - x, height - y),
        4: (x, height - y),
        5: (y, x),
        6: (width - y, x),
        7: (width - y, height - x),
        8: (y, height - x),
    }.get(turn, corner)


def fitted(quad: Quad, turn: int | None, size: tuple[int, int]) -> tuple[Quad, bool]:
    """As `quads.fitted` on the upright photo; a region outside is told where it may have been drawn."""
    try:
        return quads.fitted(quad, *size)
    except quads.BadQuad as bad:
        raise quads.BadQuad(bad.message + why_outside(quad, turn, size)) from None


def why_outside(quad: Quad, turn: int | None, size: tuple[int, int]) -> str:
    """What to add where a region is refused as outside; "" where turning is not the reason."""
    width, height = size
    box = quads.bounding_box(quad)
    may_lie = turn is None or turn in ON_THEIR_SIDE
    if not may_lie or _is_within(box, (width, height)) or not _is_within(box, (height, width)):
        return ""
    if turn is None:
        return " It would fit a picture that lies on its side: boxes belong on the upright one."
    return " It would fit the photo as it lies in its file; boxes belong on the photo as it was turned upright."


def _is_within(box: Box, size: tuple[int, int]) -> bool:
    room = quads.OVERHANG
    return min(box) >= -room and box[2] <= size[0] + room and box[3] <= size[1] + room


# Which of the two they were drawn on ----------------------------------------------------------------------------------


def table_seems_drawn_before(project: Project, rows: Sequence[Row]) -> bool:
    """Whether the boxes that a table has for photos that were turned were drawn on them as they lie in their files."""
    images = Image.objects.filter(project=project, deleted_at__isnull=True, turn__gt=AS_IT_LIES)
    turned = dict(images.order_by().values_list("id", "file"))
    if not turned:
        return False
    regions = [row for row in rows if isinstance(row, RegionRow)]
    names = names_of(project, (row.name for row in regions))
    photos: dict[UUID, Annotated] = {}
    for row in regions:
        found = names.find(row.name)
        if isinstance(found, Pictured) and found.turn and found.id in turned:
            photo = Annotated(turned[found.id], (found.width, found.height), found.turn, [])
            photos.setdefault(found.id, photo).boxes.append(quads.bounding_box(row.quad))
    return seem_drawn_before(list(photos.values()))


def seem_drawn_before(photos: Sequence[Annotated]) -> bool:
    """Whether the boxes of a table fit its photos better as those lie in their files.

    Where a text stands the contrast is higher than beside it, and than where nothing is. What the photos tell is taken
    together: one alone may tell the wrong way.
    """
    told = np.array(list(_told_by_each(photos)))
    if not len(told):
        return False
    mean, spread = float(told.mean()), float(told.std()) + 0.02
    is_likely = len(told) >= 5 and mean / spread * math.sqrt(len(told)) > LEAST_LIKELY
    return mean > LEAST + LEAST_OF_ONE / math.sqrt(len(told)) or (is_likely and mean > LEAST / 3)


def _told_by_each(photos: Sequence[Annotated]) -> Iterable[float]:
    """Of each photo how much more contrast there is in its boxes once they are turned; below 0: less."""
    until = monotonic() + SECONDS
    step = max(1, len(photos) // MOST_PHOTOS)
    for photo in photos[::step][:MOST_PHOTOS]:
        if monotonic() > until:
            return
        try:
            contrast, scale = _contrast(photo)
        except OSError:  # a photo that was deleted for good just now
            continue
        told = []
        for box in photo.boxes[:MOST_BOXES]:
            turned = quads.bounding_box(to_upright(quads.of_box(box), photo.turn, photo.size))
            told.append(_stands_out(contrast, turned, scale) - _stands_out(contrast, box, scale))
        yield float(np.clip(told, -MOST_TOLD, MOST_TOLD).mean())


def _contrast(photo: Annotated) -> tuple[npt.NDArray[np.float64], float]:
    """Differences between neighbouring pixels, summed up from the top left; and the scale on which."""
    with default_storage.open(photo.file) as file, Picture.open(file) as picture:
        picture.draft("L", (SIDE, SIDE))
        grey = ImageOps.exif_transpose(picture).convert("L")
    grey.thumbnail((SIDE, SIDE), Picture.Resampling.BOX)
    levels = np.asarray(grey, np.float32)
    summed = np.zeros((levels.shape[0] + 1, levels.shape[1] + 1))
    summed[1:, 1:-1] += np.abs(np.diff(levels, axis=1))
    summed[1:-1, 1:] += np.abs(np.diff(levels, axis=0))
    return summed.cumsum(0).cumsum(1), grey.width / photo.size[0]


def _stands_out(contrast: npt.NDArray[np.float64], box: Box, scale: float) -> float:
    """How much contrast is in a box, in itself and against what is around it."""
    left, top, right, bottom = (edge * scale for edge in box)
    around = max(3.0, (bottom - top) / 2)
    inside, pixels = _sum(contrast, (left, top, right, bottom))
    whole, all_pixels = _sum(contrast, (left - around, top - around, right + around, bottom + around))
    own = math.log(inside / max(pixels, 1) + FLAT)
    beside = math.log((whole - inside) / max(all_pixels - pixels, 1) + FLAT)
    return own - beside / 2


def _sum(contrast: npt.NDArray[np.float64], box: Box) -> tuple[float, int]:
    """The contrast in a box, and its pixels; nothing where it lies outside."""
    bottom_right = np.array(contrast.shape[::-1]) - 1
    left, top = np.clip(np.rint(box[:2]), 0, bottom_right).astype(int)
    right, bottom = np.clip(np.rint(box[2:]), 0, bottom_right).astype(int)
    found = contrast[bottom, right] - contrast[top, right] - contrast[bottom, left] + contrast[top, left]
    return float(found), int((right - left) * (bottom - top))
