"""Does DRAM read pairs of digits better when a view of the whole canvas says where to look first (Ba 2015, table 1)?

    python -m benchmarks.reproductions.dram [--seeds 3] [--steps 3000]

Two digits anywhere on a canvas of 64 × 64, read from left to right. Both readers are the same but for the context,
learn from the same canvases, as many of them, at the same rate. They have three glimpses a symbol, of patches that show
at most a seventh of the canvas.
"""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measuring import add_results, keep
from benchmarks.reproductions import digits, paths
from benchmarks.reproductions.digits import Score
from training.engine.zoo import dram
from training.engine.zoo.glimpses import Sensor
from training.engine.zoo.reader import Options

SIZE = 64
SENSOR, EACH = Sensor(size=12, scales=2), 3
BATCH, RATE = 32, 1e-3
TESTED = 2000
"""Canvases a seed."""
SYSTEMS = {"DRAM with context": True, "DRAM without": False}
PUBLISHED = {"DRAM with context": "5 %", "DRAM without": "7 %"}


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
        for name, context in SYSTEMS.items():
            options = Options(length=3, size=(SIZE, SIZE), seed=seed)
            reader = dram.reader(digits.SYMBOLS, options, context=context, sensor=SENSOR, each=EACH)
            seconds = digits.teach(reader, partial(_draw, learn), chosen.steps, BATCH, RATE, seed)
            got = digits.score(reader, partial(_draw, test), TESTED, seed)
            told = {"seconds": seconds, "parameters": reader.model.count_params()}
            rows[name].append({"seed": seed, "exact": got.exact, "of": got.canvases, **told})
            print(name, rows[name][-1], got.told(), flush=True)
            if context and seed == 0:
                paths.save(reader, partial(_draw, test), chosen.pictures / "glimpses-dram.png")
        keep(
            chosen.results / "reproductions",
            "dram",
            _told(rows, chosen.steps),
            {"steps": chosen.steps, "systems": rows},
        )


def _draw(some: digits.Digits, random: digits.Random) -> digits.Drawn:
    return digits.pair(some, SIZE, random)


def _told(rows: dict[str, list[dict[str, Any]]], steps: int) -> str:
    lines = [
        "# DRAM on pairs of digits",
        "",
        f"Two of scikit-learn's digits, {digits.SIDE} pixels high, on {SIZE} × {SIZE}; all has to be right. "
        f"{steps} steps of {BATCH} canvases for each reader; {TESTED} canvases of digits never learned a seed. "
        "Errors with 95 % intervals (Wilson) over all seeds.",
        "",
        "| reader | parameters | errors | by seed | processor seconds | published (MNIST, 100 × 100) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, runs in rows.items():
        scores = [Score(one["exact"], one["of"]) for one in runs]
        each = ", ".join(f"{100 * one.error:.1f}" for one in scores)
        seconds = sum(one["seconds"] for one in runs) / len(runs)
        lines.append(
            f"| {name} | {runs[0]['parameters']:,} | **{digits.together(scores).told()}** | {each} "
            f"| {seconds:.0f} | {PUBLISHED[name]} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
