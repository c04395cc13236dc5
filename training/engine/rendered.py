"""Lines like the user's own with other characters, drawn: a reader from nothing sees too few letters otherwise.

Two hundred crops show each letter in a dozen places, and a decoder that starts from nothing learns them by heart. So in
place of some lines stands another, of the same build (`wording.shape`), the same proportions and colours.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.engine.crops import Picture
from training.engine.wording import shape

LETTER = 48
"""Pixels of a drawn row's height, before it is scaled."""
MOST_ROWS = 3
LETTER_ASPECT, ROW_PITCH = 0.42, 1.2
"""How wide a letter is, and how far the next row lies below, in heights of a row."""
HERSHEY = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)
HERSHEY_SHARE = 0.4
"""OpenCV's line typefaces are the only others that are always there; they know ASCII alone."""

Random = np.random.Generator
Mask = NDArray[np.float32]
Kinds = Mapping[str, Sequence[str]]


def kinds(symbols: Sequence[str]) -> dict[str, list[str]]:
    """Symbols that can be drawn, by what `wording.shape` calls their kind."""
    found: dict[str, list[str]] = {}
    for symbol in symbols:
        if len(symbol) == 1 and (symbol.isspace() or _is_drawn(symbol)):
            found.setdefault(shape(symbol), []).append(symbol)
    return found


def like(strip: Picture, text: str, known: Kinds, random: Random) -> tuple[Picture, str] | None:
    """A drawn strip and its text, built like the given ones; None where a character of the text has no likes."""
    told = [known.get(kind, ()) for kind in shape(text)]
    if not text.strip() or not all(told):
        return None
    other = "".join(some[int(random.integers(len(some)))] for some in told)
    rows = parted(other, strip.shape[1] / strip.shape[0])
    return _painted([_row(row, random) for row in rows], strip, random), other


def parted(text: str, aspect: float) -> list[str]:
    """The text in rows, parted at spaces, in so many as fill a strip `aspect` times as wide as high best."""
    words = text.split()
    most = min(len(words), MOST_ROWS)
    rows = {count: _even(words, count) for count in range(1, most + 1)}

    def misfit(count: int) -> float:
        wide, high = LETTER_ASPECT * max(map(len, rows[count])), 1.0 + ROW_PITCH * (count - 1)
        return abs(float(np.log(wide / high / aspect)))

    return rows[min(rows, key=misfit)]


def _even(words: Sequence[str], rows: int) -> list[str]:
    """The words in rows of like length."""
    ends = np.cumsum([len(word) for word in words])
    cuts = [int(np.abs(ends - ends[-1] * row / rows).argmin()) + 1 for row in range(1, rows)]
    bounds = sorted({0, *cuts, len(words)})
    return [" ".join(words[start:end]) for start, end in pairwise(bounds)]


def _row(text: str, random: Random) -> Mask:
    """float32[h, w] from 0 to 1, close around the text."""
    drawn = _hershey(text, random) if text.isascii() and random.random() < HERSHEY_SHARE else _typeface(text, random)
    return np.asarray(drawn, np.float32) / 255.0


def _typeface(text: str, random: Random) -> NDArray[np.uint8]:
    stroke = int(random.integers(0, 4))
    font = _font()
    low = any(letter.islower() for letter in text)
    _, top, _, bottom = font.getbbox("Ag" if low else "A0", stroke_width=stroke)
    left, over, right, under = font.getbbox(text, stroke_width=stroke)
    box = (left, min(top, over), right, max(bottom, under))
    mask = Image.new("L", (max(1, int(box[2] - box[0])), max(1, int(box[3] - box[1]))))
    ImageDraw.Draw(mask).text((-box[0], -box[1]), text, fill=255, font=font, stroke_width=stroke)
    return np.asarray(mask)


def _hershey(text: str, random: Random) -> NDArray[np.uint8]:
    face, thick = HERSHEY[int(random.integers(len(HERSHEY)))], int(random.integers(2, 6))
    (width, height), below = cv2.getTextSize(text, face, LETTER / 24, thick)
    mask = np.zeros((height + (below if any(map(str.islower, text)) else 0) + thick, width + thick), np.uint8)
    cv2.putText(mask, text, (thick // 2, height + thick // 2), face, LETTER / 24, 255, thick, cv2.LINE_AA)
    return mask


def _painted(rows: Sequence[Mask], strip: Picture, random: Random) -> Picture:
    """The rows on a ground as large as the strip (up to some 64 pixels a row), in its colours."""
    height = min(strip.shape[0], 64 * len(rows))
    width = max(8, round(height * strip.shape[1] / strip.shape[0]))
    mask = np.zeros((height, width), np.float32)
    pitch = height / len(rows)
    for place, row in enumerate(rows):
        high = max(4, round(pitch * random.uniform(0.65, 0.95)))
        natural = row.shape[1] * high / row.shape[0]
        wide = max(4, round(min(width * random.uniform(0.85, 0.98), natural * random.uniform(0.8, 1.5))))
        top = round(place * pitch + (pitch - high) * random.uniform(0.2, 0.8))
        left = round((width - wide) * random.uniform(0.2, 0.8))
        sized = cv2.resize(row, (wide, high), interpolation=cv2.INTER_AREA)
        mask[top : top + high, left : left + wide] = sized[: height - top]
    ground, ink = _colours(strip, random)
    painted = ground + (ink - ground) * mask[:, :, None]
    return np.clip(np.rint(painted), 0, 255).astype(np.uint8)


def _colours(strip: Picture, random: Random) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What is common in the strip and what stands out from it most; any two where nothing does."""
    pixels = strip.reshape(-1, 3).astype(np.float64)
    ground = np.median(pixels, axis=0)
    far = np.abs(pixels - ground).sum(axis=1)
    ink = pixels[far >= np.quantile(far, 0.93)].mean(axis=0)
    if np.abs(ink - ground).max() < 40:
        ink = ground + (160.0 if ground.mean() < 128 else -160.0) * random.uniform(0.6, 1.0)
    return ground, ink


@cache
def _font() -> ImageFont.FreeTypeFont:
    """The typeface that Pillow carries."""
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(LETTER))  # with a size it is one


def _is_drawn(symbol: str) -> bool:
    """Whether the typeface has a glyph of its own for it."""
    return bytes(_font().getmask(symbol)) != bytes(_font().getmask("\U0010fffd"))
