"""Epoch after epoch for either network: teach, measure, keep the best, leave a checkpoint, say how it goes."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from training.engine import checkpoint, zoo
from training.engine.checkpoint import Checkpoint
from training.engine.recipe import Recipe
from training.engine.report import OnEpoch, Part, Report, Step, Stopped
from training.engine.time_limit import TimeLimit
from training.engine.trainer import Trainer

EPOCHS_FILE = "epochs.jsonl"
EVERY = 2.0
"""Seconds between two reports during long work."""

Shares = dict[tuple[Step, Part], tuple[float, float]]

SHARES: Shares = {
    ("preparing", ""): (0.0, 0.03),
    ("training", "finder"): (0.03, 0.5),
    ("training", "reader"): (0.5, 0.85),
    ("exporting", ""): (0.85, 0.93),
    ("evaluating", ""): (0.93, 1.0),
}
"""Where each step lies in the whole run: measured on two hundred photos and two cores."""
SHARES_OF: dict[str, Shares] = {
    "maps": SHARES,
    "lines": {
        **SHARES,
        ("training", "reader"): (0.03, 0.5),
        ("exporting", ""): (0.5, 0.75),
        ("evaluating", ""): (0.75, 1.0),
    },
    "whole": {**SHARES, ("training", "reader"): (0.03, 0.85)},
}
"""By the kind of finder: reading every line of a hundred pages takes the place of training the finder."""
SLOW_READER: Shares = {
    **SHARES,
    ("training", "finder"): (0.03, 0.12),
    ("training", "reader"): (0.12, 0.94),
    ("exporting", ""): (0.94, 0.97),
    ("evaluating", ""): (0.97, 1.0),
}
"""Where the reader, or most of it, starts from nothing: it learns for ten times as many epochs."""


def shares_of(kind: str, network: str) -> Shares:
    """Where each step lies in a run with this kind of finder and this reader."""
    return SHARES_OF[kind] if network == zoo.PPOCR else SLOW_READER


class Score(Protocol):
    @property
    def loss(self) -> float: ...


@dataclass
class Run:
    """A run as it goes on. `tell` raises Stopped where the caller wants no more; every checkpoint so far is whole."""

    folder: Path
    digest: str
    on_epoch: OnEpoch
    limit: TimeLimit = field(default_factory=TimeLimit)
    started: float = field(default_factory=time.monotonic)
    shares: Shares = field(default_factory=lambda: SHARES)
    _first: float | None = None
    _last: float = 0.0

    def tell(self, step: Step, part: Part = "", within: float = 0.0, *, always: bool = False, **more: Any) -> None:
        """`within` is the fraction of this step that is done. Called often; passes on a report every two seconds."""
        now = time.monotonic()
        if not always and now - self._last < EVERY:
            return
        self._last = now
        low, high = self.shares[(step, part)]
        fraction = low + (high - low) * min(max(within, 0.0), 1.0)
        self._first = fraction if self._first is None else self._first
        done = fraction - self._first
        left = (now - self.started) / done * (1.0 - fraction) if done > 0.02 else None
        if not self.on_epoch(Report(step, part, fraction=fraction, seconds_left=left, **more)):
            raise Stopped("Stopped as asked; the same run goes on from its last epoch.")

    def start_log(self, kept: Sequence[dict[str, Any]]) -> None:
        """Begins epochs.jsonl with the epochs of the checkpoints: a killed run may have written one more."""
        partial = self.folder / f"{EPOCHS_FILE}.partial"
        partial.write_text("".join(json.dumps(entry) + "\n" for entry in kept), encoding="utf-8")
        partial.replace(self.folder / EPOCHS_FILE)

    def log(self, entry: dict[str, Any]) -> None:
        with (self.folder / EPOCHS_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


@dataclass
class Progress:
    """What a checkpoint says in numbers. `best_epoch` 0 is the untrained start.

    `late` says what was left out where the time ended it; `spent` are the seconds of the run until then.
    The best weights are the average of `best_of` trainings, 0 of them the start; those before this one gave `base_of`.
    """

    digest: str
    epoch: int = 0
    best: list[float] = field(default_factory=list)
    best_epoch: int = 0
    best_of: int = 0
    base_of: int = 0
    finished: bool = False
    late: str = ""
    spent: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Weights:
    """Of the model: the best so far, and what it was when this training began."""

    best: list[NDArray[Any]]
    base: list[NDArray[Any]]


@dataclass(frozen=True)
class Lesson:
    """All that differs between the two networks. `key(score)`: the larger the better, compared left to right.

    `begun`: when its network began to be built. `until`: the share of the time for learning after which it must
    end. `rest`: how many times as much as one look at
    the pictures kept aside will still be looked at when all is learned.
    """

    part: Part
    recipe: Recipe
    steps: int
    batches: Callable[[int], Any]
    score: Callable[[Callable[[], None]], Score]
    key: Callable[[Any], tuple[float, ...]]
    begun: float = field(default_factory=time.monotonic)
    until: float = 1.0
    rest: float = 0.0


def progress_of(run: Run, part: Part) -> tuple[Progress, Checkpoint] | None:
    """The checkpoint of this very run and part, if there is one."""
    found = checkpoint.load(run.folder, part)
    if found is None or found.numbers.get("digest") != run.digest:
        return None
    return Progress(**found.numbers), found


def is_finished(run: Run, part: Part) -> bool:
    """Whether an earlier process has taught this part to its end; what it left out is said again."""
    found = progress_of(run, part)
    if found is None or not found[0].finished:
        return False
    if found[0].late:
        run.limit.leave_out(found[0].late)
    return True


def teach(run: Run, lesson: Lesson, trainer: Trainer) -> None:
    """Teaches until the epochs, the patience or the time are over; the best weights are in the checkpoint then.

    An earlier checkpoint of the same run is gone on from. The start counts as epoch 0 and is kept where nothing
    beats it on held-out images. Of several trainings each one's epochs are scored averaged with the best of those
    before, so that one which makes the average no better is left out.
    """
    progress, weights = _begin(run, lesson, trainer)
    if not progress.finished and run.limit.learned_enough(lesson.until):
        _end_late(lesson, progress)
        _save(run, lesson, trainer, progress, weights)
    while not progress.finished:
        progress.epoch += 1
        if lesson.recipe.begins(progress.epoch):
            trainer.restart()
            weights.base, progress.base_of = weights.best, progress.best_of
        began = time.monotonic()
        loss = _one_epoch(run, lesson, trainer, progress.epoch)
        with trainer.averaged() as model:
            if progress.base_of:
                model.set_weights(_joined(weights.base, progress.base_of, _weights_of(model)))
            score = lesson.score(lambda: _tell(run, lesson, progress.epoch))
            key = list(lesson.key(score))
            if key > progress.best:
                progress.best, progress.best_epoch, weights.best = key, progress.epoch, _weights_of(model)
                progress.best_of = progress.base_of + 1
        entry = _entry(lesson, progress.epoch, loss, score, began, trainer)
        _go_on(run, lesson, progress, time.monotonic() - began)
        _keep(run, lesson, trainer, progress, weights, entry)
    if progress.late:
        run.limit.leave_out(progress.late)


def best_weights(found: Checkpoint) -> list[NDArray[Any]]:
    return _numbered(found, "best")


def _numbered(found: Checkpoint, name: str) -> list[NDArray[Any]]:
    count = sum(key.startswith(f"{name}/") for key in found.arrays)
    return [found.arrays[f"{name}/{index}"] for index in range(count)]


def _begin(run: Run, lesson: Lesson, trainer: Trainer) -> tuple[Progress, Weights]:
    before = progress_of(run, lesson.part)
    if before is not None:
        progress, found = before
        if not progress.finished:
            trainer.restore(found.arrays)
        return progress, Weights(best_weights(found), _numbered(found, "base"))
    began = time.monotonic()
    start = _weights_of(trainer.model)
    progress, weights = Progress(run.digest), Weights(start, start)
    score = lesson.score(lambda: _tell(run, lesson, 0))
    now = time.monotonic()
    run.limit.expect(lesson.rest * (now - began), building=now - lesson.begun)
    progress.best = list(lesson.key(score))
    progress.finished = lesson.recipe.epochs == 0
    _keep(run, lesson, trainer, progress, weights, _entry(lesson, 0, None, score, began, trainer))
    return progress, weights


def _joined(base: Sequence[NDArray[Any]], of: int, weights: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """The average of `of` trainings and one more."""
    return [(of * before + now) / (of + 1) for before, now in zip(base, weights, strict=True)]


def _one_epoch(run: Run, lesson: Lesson, trainer: Trainer, number: int) -> float:
    losses: list[float] = []
    for batch in lesson.batches(number):
        losses.append(trainer.step(batch))
        _tell(run, lesson, number, (len(losses) / lesson.steps), float(np.mean(losses[-20:])))
        if run.limit.learned_enough(lesson.until):
            break
    return float(np.nanmean(losses))


def _tell(run: Run, lesson: Lesson, number: int, share: float = 1.0, loss: float | None = None) -> None:
    of = lesson.recipe.epochs
    run.tell("training", lesson.part, (number - 1 + share) / max(of, 1), epoch=number, epochs=of, loss=loss)


def _go_on(run: Run, lesson: Lesson, progress: Progress, last: float) -> None:
    """Says whether all is over; a training that gets no better for long makes room for the next."""
    recipe = lesson.recipe
    first = (progress.epoch - 1) // recipe.epochs_each * recipe.epochs_each
    if progress.epoch - max(progress.best_epoch, first) >= recipe.patience:
        progress.epoch = min(first + recipe.epochs_each, recipe.epochs)
    progress.finished = progress.epoch >= recipe.epochs
    if not progress.finished and run.limit.learned_enough(lesson.until, last):
        _end_late(lesson, progress, len(progress.history))


def _keep(
    run: Run,
    lesson: Lesson,
    trainer: Trainer,
    progress: Progress,
    weights: Weights,
    entry: dict[str, Any],
) -> None:
    progress.history.append(entry)
    _save(run, lesson, trainer, progress, weights)
    run.log(entry)
    told = {key: entry[key] for key in ("epoch", "epochs", "loss", "held_out_loss", "cer", "exact", "f1")}
    run.tell("training", lesson.part, progress.epoch / max(lesson.recipe.epochs, 1), always=True, **told)


def _save(run: Run, lesson: Lesson, trainer: Trainer, progress: Progress, weights: Weights) -> None:
    progress.spent = run.limit.spent
    arrays = {} if progress.finished else trainer.state()
    arrays |= {f"best/{index}": array for index, array in enumerate(weights.best)}
    if progress.base_of and not progress.finished:
        arrays |= {f"base/{index}": array for index, array in enumerate(weights.base)}
    checkpoint.save(run.folder, lesson.part, Checkpoint(dict(vars(progress)), arrays))


def _end_late(lesson: Lesson, progress: Progress, epochs: int = 0) -> None:
    name = "What finds the fields" if lesson.part == "finder" else "What reads the texts"
    trained = f"was trained for {epochs} of {lesson.recipe.epochs} epochs" if epochs else "was not trained"
    progress.finished, progress.late = True, f"{name} {trained}."


def _entry(
    lesson: Lesson, number: int, loss: float | None, score: Score, began: float, trainer: Trainer
) -> dict[str, Any]:
    """One line of epochs.jsonl."""
    return {
        "part": lesson.part,
        "epoch": number,
        "epochs": lesson.recipe.epochs,
        "loss": loss,
        "held_out_loss": score.loss,
        "cer": getattr(score, "cer", None),
        "exact": getattr(score, "exact", None),
        "f1": getattr(score, "f1", None),
        "seconds": round(time.monotonic() - began, 2),
        "lr": trainer.rate,
        "time": round(time.time(), 1),
    }


def _weights_of(model: keras.Model) -> list[NDArray[Any]]:
    return [np.asarray(weight) for weight in model.get_weights()]
