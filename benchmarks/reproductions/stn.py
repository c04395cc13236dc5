"""Does a spatial transformer before a network help it read digits that are turned, scaled and moved?

    python -m benchmarks.reproductions.stn [--seeds 3] [--steps 800]

The claim (Jaderberg 2015, arxiv.org/abs/1506.02025, table 1): the errors on distorted MNIST digits fall from 1.2 to
0.7 % where they are rotated, and from 0.8 to 0.5 % where they are rotated, scaled and moved, when an affine transformer
stands before the same CNN. Here: scikit-learn's real digits, 16 pixels high, on a canvas of 28 × 28. A third of the
digits is kept for testing; every step draws its digits anew. All networks of a seed start alike and see the same
canvases in the same order. The wider CNN has as many weights as CNN and transformer together.

The set-up was fixed before the first result was seen.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import ops

from benchmarks.measuring import ROOT, add_results, keep
from benchmarks.reproductions import digits
from benchmarks.reproductions.digits import Canvas, Digits, Drawn, Random
from training.engine import device, reader_training
from training.engine.recipe import Recipe
from training.engine.trainer import Trainer
from training.engine.zoo import stn
from training.engine.zoo.form import Form
from training.engine.zoo.losses import slots_unlikelihood
from training.engine.zoo.reader import Options, Reader, plain

PICTURE = ROOT / "docs" / "pictures" / "networks" / "stn.png"
SIDE, HEIGHT = 28, 16
"""Pixels of the canvas and of a digit on it."""
BATCH, RATE = 32, 1e-3
TESTED = 2000
"""Canvases a seed."""
UNITS, WIDER_UNITS = 64, 109
RECTIFIED = ("STN-CNN", "STN-CNN, one rate")
SHOWN = 12
"""Canvases of each task in the picture."""
STUDENT_95 = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}
"""By the number of seeds: how many standard errors a 95 % interval reaches to each side (two-sided, n - 1)."""


@dataclass(frozen=True)
class Task:
    """How digits are distorted: degrees to each side, smallest and largest scale, and whether they are moved."""

    name: str
    degrees: float
    scales: tuple[float, float]
    moved: bool


TASKS = (Task("rotated", 90.0, (1.0, 1.0), False), Task("rotated, scaled, moved", 45.0, (0.7, 1.2), True))


def draw(some: Digits, task: Task, random: Random) -> Drawn:
    """One digit on a black canvas float32[28, 28]; one that is moved stays inside."""
    picture, value = some.pick(random)
    angle, scale = np.radians(random.uniform(-task.degrees, task.degrees)), random.uniform(*task.scales)
    scale *= HEIGHT / digits.SIDE
    room = max(0.0, SIDE - digits.SIDE * scale * (abs(np.cos(angle)) + abs(np.sin(angle)))) / 2.0
    shift = random.uniform(-room, room, 2) * task.moved
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = (SIDE - 1) / 2.0 + shift - turn @ np.full(2, (digits.SIDE - 1) / 2.0)
    return Drawn(_canvas(picture, np.column_stack([turn, centre])), (value,))


def _canvas(picture: Canvas, matrix: Canvas) -> Canvas:
    return np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.float32)


def cnn(units: int, seed: int) -> Reader:
    """Two convolutions of 5 × 5, each with a pool, and a hidden layer; one slot for one of ten digits."""
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((SIDE, SIDE, 3), name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0)(ops.mean(pixels, axis=-1, keepdims=True))
    for number, filters in enumerate((16, 32)):
        x = keras.layers.Conv2D(filters, 5, padding="same", activation="relu", name=f"conv{number}")(x)
        x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Dense(units, activation="relu", name="hidden")(keras.layers.Flatten()(x))
    logits = keras.layers.Reshape((1, 11), name="logits")(keras.layers.Dense(11, name="classes")(x))
    recipe = Recipe(epochs=1, batch=BATCH, rate=RATE, head_rate=RATE)
    return plain(keras.Model(pixels, logits, name="cnn"), Form.box(SIDE, SIDE, most=1), recipe, (), slots_unlikelihood)


def rectified(seed: int, *, slow: bool) -> Reader:
    """The CNN behind an affine transformer, which learns at a tenth of the rate or as fast as the rest."""
    reader = stn.before(cnn(UNITS, seed), "affine", Options(seed=seed))
    return reader if slow else replace(reader, recipe=replace(reader.recipe, slow=()))


ARMS: dict[str, Callable[[int], Reader]] = {
    "CNN": lambda seed: cnn(UNITS, seed),
    "wider CNN": lambda seed: cnn(WIDER_UNITS, seed),
    RECTIFIED[0]: lambda seed: rectified(seed, slow=True),
    RECTIFIED[1]: lambda seed: rectified(seed, slow=False),
}


def taught(reader: Reader, some: Digits, task: Task, seed: int, steps: int) -> float:
    """Teaches the reader, whose weights are the averaged ones then; the processor seconds it took."""
    began = time.process_time()
    loss, shapes = reader_training.loss_of(reader), reader_training.shapes(reader.form)
    trainer = Trainer(reader.model, loss, reader.heads, reader.recipe, steps, device.choose("float32"), shapes=shapes)
    random = np.random.default_rng([seed, 1])
    for _ in range(steps):
        arrays = digits.batch([draw(some, task, random) for _ in range(BATCH)])
        trainer.step((*arrays, np.zeros((BATCH, 0), np.float32)))
    with trainer.averaged() as model:
        weights = model.get_weights()
    model.set_weights(weights)
    return time.process_time() - began


# What is kept


def interval(values: Sequence[float]) -> tuple[float, float]:
    """(mean, half of the 95 % interval over seeds), Student's t."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    return float(np.mean(values)), STUDENT_95.get(len(values), 2.0) * spread / len(values) ** 0.5


def told(errors: dict[str, dict[str, list[float]]], seconds: dict[str, list[float]], steps: int) -> str:
    seeds = len(next(iter(errors[TASKS[0].name].values())))
    lines = [
        "# Spatial transformer: distorted digits",
        "",
        f"Errors in % on digits never learned from, mean over {seeds} seeds ± half of the 95 % interval (Student's t); "
        f"{steps} steps of {BATCH}. Differences are paired by seed: below 0 the one with a transformer is better.",
        "",
        "| network | weights | processor seconds | " + " | ".join(task.name for task in TASKS) + " |",
        "| --- | --- | --- |" + " --- |" * len(TASKS),
    ]
    for name, make in ARMS.items():
        cells = " | ".join(_percent(errors[task.name][name]) for task in TASKS)
        weights = make(0).model.count_params()
        lines.append(f"| {name} | {weights:,} | {np.mean(seconds[name]):.0f} | {cells} |")
    for ours, theirs in product(RECTIFIED, ("CNN", "wider CNN")):
        pairs = (zip(errors[task.name][ours], errors[task.name][theirs], strict=True) for task in TASKS)
        cells = " | ".join(_percent([one - other for one, other in pair]) for pair in pairs)
        lines.append(f"| *{ours}, less {theirs}* | | | {cells} |")
    return "\n".join([*lines, ""])


def _percent(values: Sequence[float]) -> str:
    mean, half = interval(values)
    return f"{100 * mean:.2f} ± {100 * half:.2f}"


def picture(shown: Sequence[keras.Model], some: Digits, path: Path) -> None:
    """Two rows for each task: canvases as they came, and as the CNN behind the transformer sees them."""
    rows = []
    for look, task in zip(shown, TASKS, strict=True):
        random = np.random.default_rng(7)
        canvases = digits.batch([draw(some, task, random) for _ in range(SHOWN)])[0]
        rows += [canvases, ops.convert_to_numpy(look(canvases))]
    framed = [[np.pad(one, ((1, 1), (1, 1), (0, 0)), constant_values=127.5) for one in row] for row in rows]
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in framed]).clip(0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet.repeat(2, axis=0).repeat(2, axis=1))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--steps", type=int, default=800)
    asked.add_argument("--picture", type=Path, default=PICTURE)
    add_results(asked)
    chosen = asked.parse_args()
    errors: dict[str, dict[str, list[float]]] = {task.name: {name: [] for name in ARMS} for task in TASKS}
    seconds: dict[str, list[float]] = {name: [] for name in ARMS}
    for seed in range(chosen.seeds):
        learn, test = digits.split(seed)
        shown: list[keras.Model] = []
        for task, (name, make) in product(TASKS, ARMS.items()):
            reader = make(seed)
            seconds[name].append(taught(reader, learn, task, seed, chosen.steps))
            errors[task.name][name].append(digits.score(reader, partial(draw, test, task), TESTED, seed).error)
            print(f"seed {seed}, {task.name}, {name}: {100 * errors[task.name][name][-1]:.2f} %", flush=True)
            if name == RECTIFIED[0]:
                shown.append(reader.look)
        if seed == 0:
            picture(shown, test, chosen.picture)
        numbers = {"seeds": seed + 1, "steps": chosen.steps, "errors": errors, "processor_seconds": seconds}
        keep(chosen.results / "reproductions", "stn", told(errors, seconds, chosen.steps), numbers)


if __name__ == "__main__":
    main()
