"""Teaches a reader the user's own print, characters and habits; a pretrained one without forgetting how to read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from training.engine import augment, rendered
from training.engine.autodiff import Shapes, backend
from training.engine.charset import Charset
from training.engine.crops import Around, Picture, Pixels, fit, fitted_width, padded_width, views_of
from training.engine.decode import DECODERS, log_softmax
from training.engine.recipe import Recipe
from training.engine.scores import character_error_rate
from training.engine.trainer import Loss, order
from training.engine.zoo.form import Form
from training.engine.zoo.reader import Reader

SCORING_BATCH = 8
USUAL_WIDTH = 400.0
"""Pixels of a line for which a recipe's batch is meant."""
WIDTH_STEP = 32
LENGTH_STEP = 8
"""Batches are filled up to multiples of these (on JAX, which compiles each shape, of four times as much)."""
MANY = 1000
"""Lines from which on fewer are drawn: they show enough letters by themselves."""
CHUNK = 8
"""Batches' worth of lines sorted by width together: long lines share batches, and the order stays random enough."""


@dataclass(frozen=True)
class Line:
    """What is read at once: `strip` is one row of text, or a whole region, `text` what stands there.

    `around`: a whole region once more, with what lies around it.
    """

    strip: Picture
    text: str
    around: Around | None = None


@dataclass(frozen=True)
class ReaderData:
    """`noise`: how many random numbers the reader's loss wants for each line."""

    charset: Charset
    form: Form
    learn: list[Line]
    held_out: list[Line]
    noise: int = 0


def readable(line: Line, form: Form) -> bool:
    """Whether the reader could say the text: CTC needs a step a character, and one between equal ones."""
    if form.decoder == "slots":
        return 0 < len(line.text) <= form.most
    steps = strip_width(line.strip, form) // form.shrink
    doubled = sum(a == b for a, b in zip(line.text, line.text[1:], strict=False))
    return 0 < len(line.text) + doubled <= steps


def strip_width(strip: Picture, form: Form) -> int:
    """Pixels the strip is wide for this reader, padding and all."""
    return padded_width(fitted_width(strip, form.height, form.max_width), form.min_width)


def shapes(form: Form) -> Shapes:
    """Of the arrays of a batch: pixels, ids, lengths, noise."""
    return (None, form.height, form.max_width if form.whole else None, 3), (None, None), (None,), (None, None)


def size(data: ReaderData) -> float:
    """How much wider than usual the long ones of the lines are: memory holds fewer of them at once."""
    if data.form.whole:
        return 1.0
    widths = [strip_width(line.strip, data.form) for line in data.learn]
    return max(1.0, float(np.percentile(widths, 90)) / USUAL_WIDTH)


def epoch(data: ReaderData, recipe: Recipe, seed: int, number: int) -> Iterator[tuple[NDArray[Any], ...]]:
    """The batches (pixels, ids, lengths, noise) of one epoch; the same numbers give the same batches."""
    groups = order(len(data.learn), recipe.batch, (seed, 4, number), recipe.least_steps)
    known = rendered.kinds(data.charset.symbols) if recipe.drawn and data.form.views == 1 else {}
    share = recipe.drawn * min(1.0, MANY / len(data.learn))
    for place, group in enumerate(_by_width(data.learn, groups, recipe.batch)):
        seeds = [np.random.default_rng([seed, 5, number, place, index]) for index in group]
        shown = [
            _another(data.learn[index], known, data.form, random)
            if known and random.random() < share
            else data.learn[index]
            for index, random in zip(group, seeds, strict=True)
        ]
        lines = [_varied(line, data.form, random) for line, random in zip(shown, seeds, strict=True)]
        random = np.random.default_rng([seed, 6, number, place])
        noise = random.standard_normal((len(group), data.noise), np.float32)
        yield *together(lines, data.charset, data.form), noise


def _by_width(lines: Sequence[Line], groups: Sequence[Sequence[int]], batch: int) -> Iterator[list[int]]:
    """The same items in batches of like widths, so that little is padded."""
    for start in range(0, len(groups), CHUNK):
        items = [index for group in groups[start : start + CHUNK] for index in group]
        widest_last = sorted(items, key=lambda index: fitted_width(lines[index].strip))
        batches = [widest_last[at : at + batch] for at in range(0, len(items), batch)]
        mixed = np.random.default_rng(items).permutation(len(batches))
        yield from (batches[place] for place in mixed)


def _another(line: Line, known: rendered.Kinds, form: Form, random: np.random.Generator) -> Line:
    """A drawn line like this one, if its characters can be drawn and the reader could say it."""
    drawn = rendered.like(line.strip, line.text, known, random)
    return line if drawn is None or not readable(other := Line(*drawn), form) else other


def _varied(line: Line, form: Form, random: np.random.Generator) -> Line:
    varied = Line(_vary(line, random, form.views), line.text)
    return varied if readable(varied, form) else line


def _vary(line: Line, random: np.random.Generator, views: int) -> Picture:
    """Each view as yet another camera might have seen it, all of one size again."""
    if views == 1:
        return augment.vary_strip(line.strip, random, line.around)
    each = [augment.vary_strip(view, random) for view in views_of(line.strip, views)]
    height, width = max(view.shape[0] for view in each), max(view.shape[1] for view in each)
    sized = [cv2.resize(view, (width, height), interpolation=cv2.INTER_LINEAR) for view in each]
    return np.asarray(np.concatenate(sized, axis=1), np.uint8)


def together(lines: Sequence[Line], charset: Charset, form: Form) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """pixels float32[B, height, W, 3], ids int32[B, L] filled up with 0, lengths int32[B]."""
    width = _filled_width(lines, form)
    pixels = np.stack([_fit(line.strip, width, form) for line in lines])
    encoded = [charset.encode(line.text) for line in lines]
    ids = np.zeros((len(lines), _up(max(map(len, encoded)), backend().FILL * LENGTH_STEP)), np.int32)
    for row, line_ids in enumerate(encoded):
        ids[row, : len(line_ids)] = line_ids
    return pixels, ids, np.array([len(line_ids) for line_ids in encoded], np.int32)


def _filled_width(lines: Sequence[Line], form: Form) -> int:
    if form.whole:
        return form.max_width
    widest = max(strip_width(line.strip, form) for line in lines)
    return min(_up(widest, backend().FILL * WIDTH_STEP), _up(form.max_width, WIDTH_STEP))


def _fit(strip: Picture, width: int, form: Form) -> Pixels:
    return fit(strip, form.height, width, form.max_width, boxed=form.whole, views=form.views)


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


def loss_of(reader: Reader) -> Loss:
    """The reader's loss as the trainer asks for it."""

    def loss(model: keras.Model, batch: tuple[Any, ...]) -> Any:
        return reader.loss(*batch)

    return loss


@dataclass(frozen=True)
class ReaderScore:
    """Of held-out lines: `loss` a character, `cer` and `exact` of the texts as typed."""

    loss: float
    cer: float
    exact: float


class HeldOut:
    def __init__(self, reader: Reader, data: ReaderData) -> None:
        self._charset, self._form = data.charset, data.form
        by_width = sorted(data.held_out, key=lambda line: fitted_width(line.strip))
        starts = range(0, len(by_width), SCORING_BATCH)
        self._batches = [by_width[start : start + SCORING_BATCH] for start in starts]

        def answer(pixels: Any, ids: Any, lengths: Any) -> tuple[Any, Any]:
            logits = reader.model(pixels, training=False)
            return logits, reader.unlikelihood(pixels, ids, lengths, logits)

        self._answer = backend().compiled(answer, shapes(data.form)[:3], reader.model.variables)

    def score(self, keep_going: Callable[[], None]) -> ReaderScore:
        losses: list[float] = []
        pairs: list[tuple[str, str]] = []
        read = DECODERS[self._form.decoder].read
        for lines in self._batches:
            keep_going()
            logits, unlikely = self._answer(*together(lines, self._charset, self._form))
            losses.extend(unlikely.tolist())
            readings = [read(log_softmax(one), self._charset.symbols) for one in logits]
            pairs.extend((line.text, reading.text) for line, reading in zip(lines, readings, strict=True))
        exact = sum(truth == reading for truth, reading in pairs)
        return ReaderScore(float(np.mean(losses)), character_error_rate(pairs), exact / len(pairs))


def key(score: ReaderScore) -> tuple[float, ...]:
    """Likelihood first of all: on few lines the share read exactly moves by chance."""
    return (-score.loss,)
