"""Number-plate scenes drawn by the project itself: the sample project's pictures, and the tests'.

Everything follows from the seed, so a scene can be drawn again instead of being kept. Only Pillow and NumPy are used,
and only the typeface that Pillow carries, in several weights and widths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
Pixels = npt.NDArray[np.uint8]
Random = np.random.Generator
Value = TypeVar("Value")


class DrawnRegion(NamedTuple):
    """`quad`: the lettering's corners, clockwise from its top left, in pixels. Two rows are joined by a space."""

    quad: Quad
    text: str


@dataclass(frozen=True)
class Scene:
    image: Image.Image
    regions: tuple[DrawnRegion, ...]


@dataclass(frozen=True)
class Style:
    """How a plate looks. `grammar`: `A` any letter, `0` any digit, a space parts groups, `/` parts rows."""

    grammar: str
    ground: Colour
    ink: Colour
    band: Colour | None = None  # a coloured strip on the left with a small country sign
    sign: str = ""
    header: str = ""  # small words above the number: no part of it
    width: float = 1.0  # of the letters, 1 = as the typeface has them
    weight: float = 0.03  # stroke added around the letters, as a share of their height


STYLES: tuple[Style, ...] = (
    Style("AA 00 AA 0000", (244, 244, 240), (16, 16, 20), sign="IND", weight=0.045, width=0.85),
    Style("AA00 AAA", (250, 206, 40), (12, 12, 12), weight=0.06, width=0.8),
    Style("A AA 0000", (246, 246, 246), (20, 20, 24), band=(20, 60, 160), sign="D", weight=0.03),
    Style("AA-000-AA", (248, 248, 250), (14, 14, 18), band=(30, 70, 170), sign="F", weight=0.04, width=0.9),
    Style("000 AAA", (226, 236, 248), (30, 50, 120), header="LAKE STATE", weight=0.05, width=0.8),
    Style("AAA 0000", (22, 24, 28), (232, 232, 226), weight=0.03),
    Style("AA 00/AA 0000", (246, 246, 242), (18, 18, 20), weight=0.045, width=0.9),
    Style("AAA/0000", (250, 210, 60), (16, 16, 16), weight=0.05, width=0.95),
)
EASY_STYLES: tuple[Style, ...] = (
    Style("AA 000", (246, 246, 244), (16, 16, 18), weight=0.04),
    Style("AAA 00", (248, 208, 48), (14, 14, 14), weight=0.05, width=0.9),
)
CLUTTER = (
    "TAXI", "SALE", "OPEN", "Bakery", "Garage", "NO PARKING", "Hotel", "Turbo", "4x4", "diesel", "EXIT 12", "School",
    "P", "Tel 555 0142", "Fresh Fruit", "24h", "On tour", "Pharmacy", "Main St", "50", "STOP", "Baby on board",
)  # fmt: skip
PAINTS: tuple[Colour, ...] = (
    (150, 30, 34), (36, 62, 120), (200, 202, 206), (52, 54, 58), (236, 236, 232), (70, 96, 66), (186, 140, 60),
    (110, 116, 122), (22, 24, 30), (120, 70, 46),
)  # fmt: skip
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"


def draw_scene(seed: int, size: tuple[int, int] = (640, 480), *, easy: bool = False) -> Scene:
    """A street scene with one or two plates, the same for the same seed and size (width, height).

    `easy`: one plate of one row, large and almost upright on a calm ground: what a very short training learns from.
    """
    random = np.random.default_rng([seed, *size, int(easy)])
    if easy:
        return _easy_scene(random, size)
    canvas = _background(random, size)
    for _ in range(int(random.integers(1, 4))):
        _draw_clutter(random, canvas)
    regions = []
    for place in _places(random, size):
        bumper = _draw_vehicle(random, canvas, place)
        regions.append(_mount(random, canvas, bumper, _choice(random, STYLES), turn=7.0, depth=0.12))
    return Scene(_photographed(random, canvas, grain=6.0), tuple(regions))


def _easy_scene(random: Random, size: tuple[int, int]) -> Scene:
    width, height = size
    canvas = Image.fromarray(_cloud(random, size, _choice(random, PAINTS), 12.0))
    wide = width * random.uniform(0.55, 0.72)
    left = random.uniform(0.05 * width, 0.95 * width - wide)
    top = random.uniform(0.15 * height, 0.6 * height)
    region = _mount(
        random, canvas, (left, top, left + wide, top + wide * 0.26), _choice(random, EASY_STYLES), turn=2.0, depth=0.03
    )
    return Scene(_photographed(random, canvas, grain=2.0), (region,))


# --- the ground -----------------------------------------------------------------------------------------------------


def _background(random: Random, size: tuple[int, int]) -> Image.Image:
    painters = (_street, _brick_wall, _shutters, _hedge)
    return _choice(random, painters)(random, size)


def _cloud(random: Random, size: tuple[int, int], colour: Colour, strength: float) -> Pixels:
    """A plain colour with soft unevenness of several sizes."""
    width, height = size
    field = np.zeros((height, width), np.float32)
    for cells in (3, 9, 40):
        rough = random.normal(0, 1, (cells, cells)).astype(np.float32)
        field += np.asarray(Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC))
    shaded = np.array(colour, np.float32) + strength * field[..., None]
    return shaded.clip(0, 255).astype(np.uint8)


def _street(random: Random, size: tuple[int, int]) -> Image.Image:
    width, height = size
    horizon = int(height * random.uniform(0.3, 0.5))
    sky = _cloud(random, size, (150 + int(random.integers(60)), 180, 210), 10.0)
    sky[horizon:] = _cloud(random, size, (96, 96, 98), 9.0)[horizon:]
    canvas = Image.fromarray(sky)
    pen = ImageDraw.Draw(canvas)
    left = 0
    while left < width:
        wide = int(random.integers(width // 10, width // 4))
        top = horizon - int(random.integers(height // 12, height // 3))
        tone = int(random.integers(90, 190))
        pen.rectangle((left, top, left + wide, horizon), fill=(tone, tone - 8, tone - 16))
        for row in range(top + 8, horizon - 10, 18):
            for column in range(left + 6, left + wide - 10, 16):
                pen.rectangle((column, row, column + 7, row + 9), fill=(60, 70, 84))
        left += wide
    pen.polygon([(width * 0.46, horizon), (width * 0.5, horizon), (width * 0.3, height), (width * 0.22, height)],
                fill=(206, 204, 196))  # fmt: skip
    return canvas


def _brick_wall(random: Random, size: tuple[int, int]) -> Image.Image:
    width, height = size
    canvas = Image.fromarray(_cloud(random, size, (188, 180, 170), 6.0))
    pen = ImageDraw.Draw(canvas)
    tall, wide = int(random.integers(14, 30)), int(random.integers(40, 80))
    for row, top in enumerate(range(0, height, tall)):
        for left in range(-(row % 2) * wide // 2, width, wide):
            tone = int(random.normal(0, 14))
            pen.rectangle((left, top, left + wide - 3, top + tall - 3), fill=(150 + tone, 82 + tone, 64 + tone))
    return canvas


def _shutters(random: Random, size: tuple[int, int]) -> Image.Image:
    width, height = size
    canvas = Image.fromarray(_cloud(random, size, _choice(random, PAINTS), 7.0))
    pen = ImageDraw.Draw(canvas)
    step = int(random.integers(12, 34))
    for top in range(0, height, step):
        pen.line((0, top, width, top), fill=(70, 72, 76), width=2)
        pen.line((0, top + 3, width, top + 3), fill=(210, 212, 214), width=1)
    return canvas


def _hedge(random: Random, size: tuple[int, int]) -> Image.Image:
    width, height = size
    canvas = Image.fromarray(_cloud(random, size, (60, 96, 52), 14.0))
    pen = ImageDraw.Draw(canvas)
    for _ in range(500):
        x, y, r = random.uniform(0, width), random.uniform(0, height * 0.8), random.uniform(2, 9)
        green = int(random.integers(70, 150))
        pen.ellipse((x - r, y - r * 0.6, x + r, y + r * 0.6), fill=(green - 30, green, green - 44))
    return canvas


# --- what stands in the scene ---------------------------------------------------------------------------------------


def _draw_clutter(random: Random, canvas: Image.Image) -> None:
    """A sign in the upper third: words that are no plate."""
    width, height = canvas.size
    words = _lettering(_choice(random, CLUTTER), int(height * random.uniform(0.04, 0.09)), 0.03, 1.0)
    pad = words.height // 2
    left = int(random.integers(0, max(1, width - words.width - 2 * pad)))
    top = int(random.integers(0, max(1, height // 4)))
    ground, ink = _choice(random, PAINTS), _choice(random, ((250, 250, 250), (20, 20, 20), (240, 200, 40)))
    board = Image.new("RGB", (words.width + 2 * pad, words.height + 2 * pad), ground)
    board.paste(ink, (pad, pad), words)
    canvas.paste(board, (left, top))


def _places(random: Random, size: tuple[int, int]) -> list[tuple[float, float, float, float]]:
    """Where vehicles stand: one box, or two side by side."""
    width, height = size
    top, bottom = height * random.uniform(0.28, 0.38), height * random.uniform(0.88, 0.98)
    if random.random() < 0.8:
        wide = width * random.uniform(0.55, 0.9)
        left = random.uniform(0, width - wide)
        return [(left, top, left + wide, bottom)]
    middle = width * random.uniform(0.47, 0.53)
    return [(width * 0.02, top, middle - 6, bottom), (middle + 6, top, width * 0.98, bottom)]


def _draw_vehicle(
    random: Random, canvas: Image.Image, place: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """A car's rear or front in `place`; the returned box is where its plate goes."""
    left, top, right, bottom = place
    wide, tall = right - left, bottom - top
    paint = np.array(_choice(random, PAINTS))
    body, dark, light = (tuple(int(v) for v in (paint * f).clip(0, 255)) for f in (1.0, 0.6, 1.25))
    pen = ImageDraw.Draw(canvas)
    wheel = wide * 0.12
    for x in (left + wide * 0.06, right - wide * 0.06 - wheel):
        pen.rounded_rectangle((x, bottom - tall * 0.2, x + wheel, bottom), radius=6, fill=(18, 18, 18))
    pen.polygon([(left + wide * 0.16, top), (right - wide * 0.16, top), (right - wide * 0.04, top + tall * 0.42),
                 (left + wide * 0.04, top + tall * 0.42)], fill=body)  # fmt: skip
    pen.polygon([(left + wide * 0.2, top + tall * 0.06), (right - wide * 0.2, top + tall * 0.06),
                 (right - wide * 0.12, top + tall * 0.36), (left + wide * 0.12, top + tall * 0.36)],
                fill=(42, 50, 60))  # fmt: skip
    pen.rounded_rectangle((left, top + tall * 0.38, right, bottom - tall * 0.08), radius=int(wide * 0.05), fill=body)
    lamp = _choice(random, ((190, 30, 28), (240, 236, 214)))
    for x in (left + wide * 0.03, right - wide * 0.19):
        pen.rounded_rectangle((x, top + tall * 0.45, x + wide * 0.16, top + tall * 0.58), radius=5, fill=lamp)
    for step in range(4 if random.random() < 0.5 else 0):
        y = top + tall * (0.46 + step * 0.03)
        pen.line((left + wide * 0.25, y, right - wide * 0.25, y), fill=dark, width=2)
    pen.rectangle((left, bottom - tall * 0.2, right, bottom - tall * 0.1), fill=dark)
    pen.line((left + 4, top + tall * 0.4, right - 4, top + tall * 0.4), fill=light, width=2)
    across = wide * random.uniform(0.36, 0.48)
    start = left + (wide - across) * random.uniform(0.42, 0.58)
    return (start, top + tall * 0.6, start + across, top + tall * 0.86)


# --- plates ---------------------------------------------------------------------------------------------------------


def plate_text(random: Random, grammar: str) -> str:
    """A number by a style's grammar; rows are parted by `/`."""
    kinds = {"A": LETTERS, "0": DIGITS}
    return "".join(_choice(random, kinds[mark]) if mark in kinds else mark for mark in grammar)


def _flat_plate(style: Style, text: str, height: int) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """The plate seen straight on, `height` pixels a row of letters, and the lettering's box in it."""
    rows = [_lettering(row, height, style.weight, style.width) for row in text.split("/")]
    pad, gap = max(2, round(height * 0.22)), round(height * 0.2)
    header = _lettering(style.header, max(6, height // 4), 0.02, 1.0) if style.header else None
    sign = _lettering(style.sign, max(6, height // 4), 0.02, 1.0) if style.sign else None
    above = header.height + gap // 2 if header else 0
    beside = sign.width + pad if sign else 0
    wide = max(row.width for row in rows)
    tall = sum(row.height for row in rows) + gap * (len(rows) - 1)
    size = (wide + beside + 2 * pad, tall + above + 2 * pad)
    plate = Image.new("RGB", size, style.ground)
    pen = ImageDraw.Draw(plate)
    if style.band:
        pen.rectangle((0, 0, beside, size[1]), fill=style.band)
    if sign:
        plate.paste((240, 240, 250) if style.band else (40, 60, 140), (pad // 2, size[1] - pad - sign.height), sign)
    if header:
        plate.paste(style.ink, ((size[0] - header.width) // 2, pad // 2 + 1), header)
    top = pad + above
    for row in rows:
        plate.paste(style.ink, (beside + pad + (wide - row.width) // 2, top), row)
        top += row.height + gap
    pen.rounded_rectangle((1, 1, size[0] - 2, size[1] - 2), radius=pad // 2, outline=style.ink, width=max(1, pad // 6))
    slack = max(1, pad // 3)
    left, upper = beside + pad - slack, pad + above - slack
    return plate, (left, upper, left + wide + 2 * slack, upper + tall + 2 * slack)


def _mount(
    random: Random, canvas: Image.Image, place: tuple[float, float, float, float], style: Style, *, turn: float,
    depth: float,
) -> DrawnRegion:  # fmt: skip
    """Draws a plate in perspective, as large as `place` allows, and says where its lettering lies.

    `turn`: greatest turn in degrees; `depth`: greatest shift of a corner as a share of the plate's height.
    """
    text = plate_text(random, style.grammar)
    draft, _ = _flat_plate(style, text, 40)
    left, top, right, bottom = place
    scale = min((right - left) / draft.width, (bottom - top) / draft.height)
    plate, lettering = _flat_plate(style, text, max(12, round(40 * scale * 1.5)))
    size = np.array([draft.width * scale, draft.height * scale])
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    angle = np.radians(random.uniform(-turn, turn))
    spin = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    square = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * size) @ spin + centre
    corners = square + random.uniform(-depth, depth, (4, 2)) * size[1]
    corners = corners.clip(1, np.array(canvas.size) - 2)
    flat = _box_corners((0, 0, plate.width, plate.height))
    _paste_warped(canvas, plate, _homography(corners, flat))
    return DrawnRegion(_moved(_homography(flat, corners), _box_corners(lettering)), text.replace("/", " "))


def _paste_warped(canvas: Image.Image, plate: Image.Image, canvas_to_plate: npt.NDArray[np.float64]) -> None:
    coefficients = (canvas_to_plate / canvas_to_plate[2, 2]).ravel()[:8].tolist()
    method, smooth = Image.Transform.PERSPECTIVE, Image.Resampling.BICUBIC
    warped = plate.transform(canvas.size, method, coefficients, smooth)
    mask = Image.new("L", plate.size, 255).transform(canvas.size, method, coefficients, smooth)
    canvas.paste(warped, (0, 0), mask)


def _box_corners(box: tuple[float, float, float, float]) -> npt.NDArray[np.float64]:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _homography(source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The 3 × 3 matrix that takes the four `source` points to the four `target` points."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    solved = np.linalg.solve(np.array(rows), target.ravel())
    return np.append(solved, 1.0).reshape(3, 3)


def _moved(matrix: npt.NDArray[np.float64], points: npt.NDArray[np.float64]) -> Quad:
    moved = np.column_stack([points, np.ones(4)]) @ matrix.T
    a, b, c, d = ((round(float(x / w), 2), round(float(y / w), 2)) for x, y, w in moved)
    return (a, b, c, d)


# --- letters and light ----------------------------------------------------------------------------------------------


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("This Pillow was built without FreeType, so no text of a chosen size can be drawn.")
    return font


def _lettering(text: str, height: int, weight: float, width: float) -> Image.Image:
    """A mask of the text, trimmed to its ink, its capitals about `height` pixels tall."""
    font, stroke = _font(max(6, round(height / 0.72))), round(height * weight)
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    mask = Image.new("L", (max(1, round(right - left)), max(1, round(bottom - top))), 0)
    ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=font, stroke_width=stroke)
    return mask.resize((max(1, round(mask.width * width)), mask.height), Image.Resampling.LANCZOS)


def _photographed(random: Random, canvas: Image.Image, grain: float) -> Image.Image:
    """Uneven light, a slight cast, a lens that is not quite sharp, and the sensor's grain."""
    width, height = canvas.size
    across = np.linspace(-0.18, 0.18, width, dtype=np.float32)[None, :] * random.uniform(-1, 1)
    down = np.linspace(-0.18, 0.18, height, dtype=np.float32)[:, None] * random.uniform(-1, 1)
    cast = random.uniform(0.95, 1.05, 3).astype(np.float32)
    light = (random.uniform(0.75, 1.15) + across + down)[..., None] * cast
    soft = canvas.filter(ImageFilter.BoxBlur(random.uniform(0.0, 0.7) * min(width, height) / 480))
    lit = np.asarray(soft, np.float32) * light
    lit += random.standard_normal((height, width, 1), np.float32) * (grain * random.uniform(0.3, 1.0))
    return Image.fromarray(np.clip(lit, 0, 255, out=lit).astype(np.uint8))


def _choice(random: Random, values: Sequence[Value]) -> Value:
    return values[int(random.integers(len(values)))]
