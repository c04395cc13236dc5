"""Drawn words, and readers taught on them from nothing: what the reproductions of readers have in common.

Words are drawn as they are asked for, in the typeface that Pillow carries, so nothing is downloaded and every number
follows from a seed. A word is either for learning or for testing, by a checksum of its letters: no word that is tested
was ever learned.
"""

import argparse
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks import measuring
from training.engine import device
from training.engine.autodiff import backend
from training.engine.charset import Charset
from training.engine.crops import Picture
from training.engine.decode import DECODERS, log_softmax
from training.engine.recipe import Recipe
from training.engine.scores import character_error_rate, wilson
from training.engine.trainer import Trainer
from training.engine.zoo.reader import Reader

Random = np.random.Generator

LETTERS = "AEKLMSTU"
TESTED = 5
"""One word in so many is kept for testing."""
SCORED_AT_ONCE = 50
RATE = 2e-3
BATCH = 16


@dataclass(frozen=True)
class Word:
    """`rows` from the top down, as `picture` uint8[H, W, 3] shows them; the text is what stands in all of them."""

    rows: tuple[str, ...]
    picture: Picture

    @property
    def text(self) -> str:
        return "".join(self.rows)


@dataclass(frozen=True)
class Kind:
    """Which words there are: `rows` of `least` to `most` letters each, in a picture of `size` (height, width)."""

    rows: int
    least: int
    most: int
    size: tuple[int, int]

    @property
    def longest(self) -> int:
        return self.rows * self.most


@dataclass(frozen=True)
class Score:
    """Of so many tested words: read exactly, and character errors over characters."""

    exact: int
    words: int
    cer: float

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.exact, self.words)


def words(kind: Kind, seed: Sequence[int], *, tested: bool) -> Iterator[Word]:
    """Words of random letters without end, all for testing or all for learning."""
    random = np.random.default_rng(list(seed))
    while True:
        rows = tuple(_letters(kind, random) for _ in range(kind.rows))
        if (zlib.crc32("/".join(rows).encode()) % TESTED == 0) == tested:
            yield Word(rows, draw(rows, kind.size, random))


def _letters(kind: Kind, random: Random) -> str:
    count = int(random.integers(kind.least, kind.most + 1))
    return "".join(LETTERS[place] for place in random.integers(len(LETTERS), size=count))


def draw(rows: Sequence[str], size: tuple[int, int], random: Random) -> Picture:
    """Dark letters on light ground or the other way round; size, place, stroke and light differ each time."""
    height, width = size
    dark, light = random.uniform(0, 90), random.uniform(165, 255)
    ground, ink = (light, dark) if random.random() < 0.7 else (dark, light)
    image = Image.new("L", (width, height), round(ground))
    pen = ImageDraw.Draw(image)
    each = height / len(rows)
    for number, row in enumerate(rows):
        font = _font(round(each * random.uniform(0.7, 0.9)))
        left, top, right, bottom = font.getbbox(row)
        while right - left > width - 2:
            font = _font(round(font.size) - 1)
            left, top, right, bottom = font.getbbox(row)
        x = random.uniform(0, width - (right - left))
        y = number * each + random.uniform(0, max(0.0, each - 1 - (bottom - top)))
        pen.text((x - left, y - top), row, fill=round(ink), font=font, stroke_width=random.choice([0.0, 0.3]))
    grain = random.normal(0, random.uniform(0, 12), size)
    grey = np.clip(np.asarray(image, np.float64) + grain, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


@cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def charset() -> Charset:
    return Charset.of([LETTERS])


def batch(some: Sequence[Word], known: Charset) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """pixels float32[B, H, W, 3], ids int32[B, L] filled up with 0, lengths int32[B]."""
    encoded = [known.encode(word.text) for word in some]
    ids = np.zeros((len(some), max(map(len, encoded))), np.int32)
    for row, line in enumerate(encoded):
        ids[row, : len(line)] = line
    lengths = np.array([len(line) for line in encoded], np.int32)
    return np.stack([word.picture for word in some]).astype(np.float32), ids, lengths


def teach(reader: Reader, kind: Kind, steps: int, seed: int) -> None:
    """Teaches for so many steps of BATCH freshly drawn words; the averaged weights stay in the reader."""
    recipe = Recipe(epochs=1, batch=BATCH, rate=RATE, head_rate=RATE)
    shapes = ((None, *kind.size, 3), (None, None), (None,), (None, None))

    def loss(model: keras.Model, arrays: tuple[Any, ...]) -> Any:
        return reader.loss(*arrays)

    trainer = Trainer(reader.model, loss, (), recipe, steps, device.choose("float32"), shapes=shapes)
    learned, known = words(kind, (seed, 1), tested=False), charset()
    noise = np.zeros((BATCH, reader.noise), np.float32)
    for _ in range(steps):
        trainer.step((*batch([next(learned) for _ in range(BATCH)], known), noise))
    with trainer.averaged() as model:
        best = model.get_weights()
    reader.model.set_weights(best)


def score(reader: Reader, kind: Kind, count: int, seed: int) -> Score:
    """On `count` words that are only for testing; the same seed gives the same words to every reader."""
    known, read = charset(), DECODERS[reader.form.decoder].read
    answer: Callable[..., Any] = backend().compiled(
        lambda pixels: reader.model(pixels, training=False), ((None, *kind.size, 3),), reader.model.variables
    )
    drawn = words(kind, (seed, 2), tested=True)
    pairs: list[tuple[str, str]] = []
    while len(pairs) < count:
        some = [next(drawn) for _ in range(min(SCORED_AT_ONCE, count - len(pairs)))]
        logits = answer(batch(some, known)[0])
        pairs += [
            (word.text, read(log_softmax(one), known.symbols).text) for word, one in zip(some, logits, strict=True)
        ]
    return Score(sum(truth == said for truth, said in pairs), count, character_error_rate(pairs))


# Several seeds


Build = Callable[[Sequence[str], int], Reader]
"""Of (symbols, seed)."""


def asked(usage: str | None, steps: int, *, pictures: bool = False) -> argparse.Namespace:
    """The arguments of a script whose docstring is `usage`."""
    parser = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each network (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=steps, help="of each training (default: %(default)s)")
    parser.add_argument("--words", type=int, default=300, help="tested after each (default: %(default)s)")
    if pictures:
        parser.add_argument("--pictures", action="store_true", help="teach one network and draw where it looks")
    measuring.add_results(parser)
    return parser.parse_args()


def taught(build: Build, kind: Kind, chosen: argparse.Namespace, seed: int) -> tuple[Reader, Score]:
    """A reader of this seed and how it does; all networks of a seed see the same words in the same order."""
    began = time.process_time()
    reader = build(charset().symbols, seed)
    teach(reader, kind, chosen.steps, seed)
    found = score(reader, kind, chosen.words, seed)
    spent = (time.process_time() - began) / 60
    print(
        f"seed {seed}: {found.exact} of {found.words}, CER {found.cer:.3f}, {spent:.1f} minutes of a core", flush=True
    )
    return reader, found


def table(scores: dict[str, list[Score]]) -> str:
    """One line a network: exact of each seed, of all with the 95 % interval, and character errors."""
    lines = ["| network | exact, by seed | exact, all seeds (95 %) | character errors |", "| --- | --- | --- | --- |"]
    for name, found in scores.items():
        each = ", ".join(f"{100 * one.exact / one.words:.0f} %" for one in found)
        right, of = pooled(found)
        errors = 100 * float(np.mean([one.cer for one in found]))
        lines.append(f"| {name} | {each} | {measuring.rate(right, of)} | {errors:.1f} % |")
    return "\n".join(lines) + "\n"


def pooled(found: Sequence[Score]) -> tuple[int, int]:
    return sum(one.exact for one in found), sum(one.words for one in found)


def beats(one: Sequence[Score], other: Sequence[Score]) -> str:
    """The verdict: better with every seed, and the intervals of all seeds together lie apart."""
    every = all(a.exact > b.exact for a, b in zip(one, other, strict=True))
    low, high = wilson(*pooled(one))[0], wilson(*pooled(other))[1]
    if every and low > high:
        return "reproduced"
    every = all(a.exact < b.exact for a, b in zip(one, other, strict=True))
    return (
        "the opposite came out" if every and wilson(*pooled(one))[1] < wilson(*pooled(other))[0] else "not reproduced"
    )


def numbers(scores: dict[str, list[Score]], chosen: argparse.Namespace) -> dict[str, Any]:
    return {
        "steps": chosen.steps,
        "batch": BATCH,
        "rate": RATE,
        "letters": LETTERS,
        "seeds": list(range(len(next(iter(scores.values()))))),
        "networks": {
            name: [{**vars(one), "interval": one.interval} for one in found] for name, found in scores.items()
        },
    }
