"""Does RAM read digits among clutter better than networks that see the whole canvas at once (Mnih 2014, table 2)?

    python -m benchmarks.reproductions.ram [--seeds 3] [--steps 3000]

One digit anywhere on a canvas of 60 × 60, among four pieces of other digits. Three readers learn from the same
canvases, as many of them, at the same rate: RAM, the paper's network of convolutions (8 of 10 × 10 at a stride of 5,
then 256 units), which has as many parameters, and two layers of 256 units, which have four times as many.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras

from benchmarks.measuring import add_results, keep
from benchmarks.reproductions import digits, paths
from benchmarks.reproductions.digits import Score
from training.engine.zoo import glimpses, ram
from training.engine.zoo.form import Form
from training.engine.zoo.reader import Options, Reader, plain

SIZE, PIECES = 60, 4
BATCH, RATE = 64, 1e-3
TESTED = 2000
"""Canvases a seed."""
PICTURE = "glimpses-ram.png"


def looking(seed: int) -> Reader:
    return ram.reader(digits.SYMBOLS, Options(size=(SIZE, SIZE), seed=seed))


def at_once(seed: int, layers: Callable[[], list[keras.layers.Layer]]) -> Reader:
    """A network that sees the whole canvas, its light taken off as RAM does."""
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((SIZE, SIZE, 3), name="pixels")
    x = glimpses.grey(pixels)[..., None]
    for layer in (*layers(), keras.layers.Dense(len(digits.SYMBOLS))):
        x = layer(x)
    logits = ram.EndAfterOne(name="logits")(x)
    return plain(keras.Model(pixels, logits), Form.box(SIZE, SIZE, most=1), ram.RECIPE, (), _surprise)


def _surprise(logits: Any, ids: Any, lengths: Any) -> Any:
    return ram.surprise(logits[:, 0], ids)


def _convolutions() -> list[keras.layers.Layer]:
    return [
        keras.layers.Conv2D(8, 10, strides=5, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(256, activation="relu"),
    ]


def _full() -> list[keras.layers.Layer]:
    return [keras.layers.Flatten(), *(keras.layers.Dense(256, activation="relu") for _ in range(2))]


SYSTEMS: dict[str, Callable[[int], Reader]] = {
    "RAM, 6 glimpses": looking,
    "convolutions": lambda seed: at_once(seed, _convolutions),
    "two layers of 256": lambda seed: at_once(seed, _full),
}
PUBLISHED = {
    "RAM, 6 glimpses": "4.1 %",
    "convolutions": "8.1 %",
    "two layers of 256": "12.0 %",
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--steps", type=int, default=3000)
    asked.add_argument("--pictures", type=Path, default=paths.FOLDER)
    add_results(asked)
    chosen = asked.parse_args()
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SYSTEMS}
    for seed in range(chosen.seeds):
        learn, test = digits.split(seed)
        for name, make in SYSTEMS.items():
            reader = make(seed)
            seconds = digits.teach(reader, partial(_draw, learn), chosen.steps, BATCH, RATE, seed)
            got = digits.score(reader, partial(_draw, test), TESTED, seed)
            parameters = reader.model.count_params()
            rows[name].append(
                {"seed": seed, "exact": got.exact, "of": got.canvases, "seconds": seconds, "parameters": parameters}
            )
            print(name, rows[name][-1], got.told(), flush=True)
            if name.startswith("RAM, 6 glimpses") and seed == 0:
                paths.save(reader, partial(_draw, test), chosen.pictures / PICTURE)
        keep(chosen.results / "reproductions", "ram", _told(rows, chosen), {"steps": chosen.steps, "systems": rows})


def _draw(some: digits.Digits, random: digits.Random) -> digits.Drawn:
    return digits.cluttered(some, SIZE, PIECES, random)


def _told(rows: dict[str, list[dict[str, Any]]], chosen: argparse.Namespace) -> str:
    scores = {name: [Score(one["exact"], one["of"]) for one in runs] for name, runs in rows.items()}
    lines = [
        "# RAM on cluttered, translated digits",
        "",
        f"One of scikit-learn's digits, {digits.SIDE} pixels high, on {SIZE} × {SIZE} among {PIECES} pieces of others. "
        f"{chosen.steps} steps of {BATCH} canvases for each reader; {TESTED} canvases of digits never learned a seed. "
        "Errors with 95 % intervals (Wilson) over all seeds.",
        "",
        "| reader | parameters | errors | by seed | processor seconds | published (MNIST) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, runs in rows.items():
        each = ", ".join(f"{100 * one.error:.1f}" for one in scores[name])
        seconds = sum(one["seconds"] for one in runs) / len(runs)
        lines.append(
            f"| {name} | {runs[0]['parameters']:,} | **{digits.together(scores[name]).told()}** | {each} "
            f"| {seconds:.0f} | {PUBLISHED[name]} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
