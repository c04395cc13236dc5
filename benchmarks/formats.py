"""Size in MB and milliseconds a picture of ONNX, LiteRT and SavedModel, for the default reader and the finder.

One thread each, one picture at a time, in turns, so that what else the machine does costs all of them alike.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import add_results, keep
from training.engine import export, formats, zoo
from training.engine.charset import Charset
from training.engine.formats import ANSWERS, FORMATS, Part, size_of
from training.engine.formats.savedmodel import SIGNATURE
from training.engine.sessions import open_session
from training.engine.zoo.reader import Options

SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
PICTURES = {"reader": (1, 48, 320, 3), "finder": (1, 480, 640, 3)}
TITLES = {"onnx": "ONNX Runtime", "litert": "LiteRT", "savedmodel": "SavedModel"}

Pixels = NDArray[np.float32]
Ask = Callable[[Pixels], Any]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=30, help="answers of each (default: %(default)s)")
    add_results(asked)
    chosen = asked.parse_args()

    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    parts: tuple[Part, ...] = ("reader", "finder")
    rows = [row for part in parts for row in measured(part, chosen.rounds)]
    keep(chosen.results, "formats", table(rows), {"rounds": chosen.rounds, "rows": rows})


def measured(part: Part, rounds: int) -> list[dict[str, Any]]:
    model, pixels = network(part), np.random.default_rng(0).uniform(0, 255, PICTURES[part]).astype(np.float32)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        onnx = folder / f"{part}.onnx"
        parity = {"onnx": export.to_onnx(model, onnx, [pixels])}
        places = {"onnx": onnx}
        for name, kind in FORMATS.items():
            parity[name] = formats.write(kind.name, model, folder, part, [pixels]).parity
            places[name] = folder / kind.place_of(part)
        asks = {name: OPENED[name](place, part) for name, place in places.items()}
        times = in_turns(asks, pixels, rounds)
        return [
            {
                "part": part,
                "picture": list(PICTURES[part][1:3]),
                "format": name,
                "megabytes": round(size_of(place) / 1e6, 1),
                "milliseconds": round(float(np.median(times[name])), 1),
                "quartiles": [round(float(q), 1) for q in np.percentile(times[name], (25, 75))],
                "parity": parity[name],
            }
            for name, place in places.items()
        ]


def network(part: Part) -> Any:
    if part == "finder":
        return zoo.network(zoo.FINDER, "finder").build(1)
    return zoo.network(zoo.PPOCR, "reader").reader(Charset.of([SYMBOLS]).symbols, Options()).model


def in_turns(asks: dict[str, Ask], pixels: Pixels, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each answer; the first two of each, which prepare memory, are left out."""
    times: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(rounds + 2):
        for name, ask in asks.items():
            started = time.perf_counter()
            ask(pixels)
            times[name].append(1000 * (time.perf_counter() - started))
    return {name: own[2:] for name, own in times.items()}


def open_onnx(place: Path, part: Part) -> Ask:
    session = open_session(place, 1)
    return lambda pixels: session.run(None, {"pixels": pixels})


def open_litert(place: Path, part: Part) -> Ask:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(place), num_threads=1)
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(taken["index"], PICTURES[part])
    interpreter.allocate_tensors()

    def ask(pixels: Pixels) -> Any:
        interpreter.set_tensor(taken["index"], pixels)
        interpreter.invoke()
        return interpreter.get_tensor(given["index"])

    return ask


def open_savedmodel(place: Path, part: Part) -> Ask:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(place))
    return lambda pixels: np.asarray(loaded.signatures[SIGNATURE](pixels=tf.constant(pixels))[ANSWERS[part]])


OPENED: dict[str, Callable[[Path, Part], Ask]] = {
    "onnx": open_onnx,
    "litert": open_litert,
    "savedmodel": open_savedmodel,
}


def table(rows: list[dict[str, Any]]) -> str:
    told = [
        "# The same networks in three formats",
        "",
        "One thread, one picture at a time, median of the answers (quartiles). The picture is in rows × columns.",
        "",
        "| network | picture | format | MB | ms a picture | largest difference of a probability |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        (rows_of, columns), (low, high) = row["picture"], row["quartiles"]
        told.append(
            f"| {row['part']} | {rows_of} × {columns} | {TITLES[row['format']]} | {row['megabytes']} "
            f"| {row['milliseconds']} ({low}-{high}) | {row['parity']:.1g} |"
        )
    return "\n".join([*told, ""])


if __name__ == "__main__":
    main()
