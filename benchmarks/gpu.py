"""What training gets out of a card: images a second and the share of the peak, finder and reader, on drawn pictures.

    KERAS_BACKEND=jax python benchmarks/gpu.py [--batches 4 16 64] [--precisions float32 mixed_bfloat16] [--steps 20]
                                               [--networks finder reader] [--peak TFLOPS] [--results FOLDER]

Needs no data: scenes are drawn. KERAS_BACKEND is tensorflow or jax; with jax, TensorFlow need not be there. A step is
the engine's own (training.engine.trainer.Trainer), on a batch that is ready: forward, backward, AdamW, average.

Operations are counted from the layers: convolutions, depthwise and transposed ones, dense layers; a multiplication and
an addition are two. What learns counts three times (forward, gradient of the input, of the weights), what is frozen
once. Attention's products, CTC and the optimizer are not counted. The peak is --peak, else the maker's figure for dense
matrices, else, and for all processors, the best of a few measured products of large matrices.

The table is kept in benchmarks/results/gpu.md and .json; what was measured on other devices stays there.
"""

import argparse
import gc
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, get_args

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
import numpy as np
from keras import ops

from annotations.drawn import draw_scene
from benchmarks import measuring
from training.engine import device, finder_targets, finder_training, reader_training, zoo
from training.engine.autodiff import backend
from training.engine.charset import Charset
from training.engine.crops import READER_HEIGHT, READER_MIN_WIDTH, cut, fitted_width
from training.engine.geometry import as_quad
from training.engine.reader_training import Line
from training.engine.recipe import Recipe
from training.engine.spec import Precision
from training.engine.trainer import Loss, Trainer
from training.engine.zoo import ppocr
from training.engine.zoo.losses import ctc_unlikelihood

PEAKS: dict[str, dict[str, float]] = {
    "H100 PCIe": {"float32": 378, "mixed_bfloat16": 756, "mixed_float16": 756},
    "H100": {"float32": 495, "mixed_bfloat16": 989, "mixed_float16": 989},
    "H200": {"float32": 495, "mixed_bfloat16": 989, "mixed_float16": 989},
    "A100": {"float32": 156, "mixed_bfloat16": 312, "mixed_float16": 312},
    "L40S": {"float32": 183, "mixed_bfloat16": 362, "mixed_float16": 362},
    "L4": {"float32": 60, "mixed_bfloat16": 121, "mixed_float16": 121},
    "A10G": {"float32": 35, "mixed_bfloat16": 70, "mixed_float16": 70},
    "A10": {"float32": 62.5, "mixed_bfloat16": 125, "mixed_float16": 125},
    "RTX 4090": {"float32": 82.6, "mixed_bfloat16": 165, "mixed_float16": 165},
    "RTX 3090": {"float32": 35.6, "mixed_bfloat16": 71, "mixed_float16": 71},
    "V100": {"float32": 15.7, "mixed_float16": 125},
    "T4": {"float32": 8.1, "mixed_float16": 65},
}
"""TFLOP/s of dense matrices as the makers give them, by a part of the card's name; the first that fits. float32 is
computed as TF32 from Ampere on, which is what both backends do by default. Never the figure for sparse matrices."""
WINDOW = (384, 512)
"""Height and width of a drawn scene: the most a training window has."""
POOL = 16
"""Different pictures in a batch; larger batches hold them several times."""
WARM_UP = 2
MATRIX, PRODUCTS = 2048, 5

Batch = tuple[Any, ...]


# What is trained


@dataclass(frozen=True)
class Subject:
    """A network with all that a step needs. `shape`: of one input; `batch(n)`: n inputs with their answers."""

    name: str
    shape: tuple[int, int, int]
    build: Callable[[str], keras.Model]
    loss: Loss
    heads: Sequence[str]
    recipe: Recipe
    batch: Callable[[int], Batch]


def finder() -> Subject:
    pictures, maps, counted = [], [], []
    for seed in range(POOL):
        scene = draw_scene(seed, WINDOW[::-1])
        drawn = finder_targets.draw([(0, as_quad(region.quad)) for region in scene.regions], 1, WINDOW)
        pictures.append(np.asarray(scene.image.convert("RGB"), np.float32))
        maps.append(drawn[0])
        counted.append(drawn[1])

    def batch(count: int) -> Batch:
        places = np.arange(count) % POOL
        return tuple(np.stack(arrays)[places] for arrays in (pictures, maps, counted))

    return Subject(
        "finder",
        (*WINDOW, 3),
        lambda policy: zoo.network("finder", "finder").build(1, dtype=policy, pretrained_start=_published()),
        finder_training.loss,
        finder_training.HEADS,
        finder_training.RECIPE,
        batch,
    )


def reader() -> Subject:
    lines: list[Line] = []
    seed = 0
    while len(lines) < POOL:
        scene = draw_scene(seed, easy=True)
        picture = np.asarray(scene.image.convert("RGB"))
        for region in scene.regions:
            line = Line(cut(picture, region.quad), region.text)
            if fitted_width(line.strip) <= READER_MIN_WIDTH and reader_training.readable(line, ppocr.FORM):
                lines.append(line)
        seed += 1
    charset = Charset.of(line.text for line in lines)

    def batch(count: int) -> Batch:
        return reader_training.together([lines[place % len(lines)] for place in range(count)], charset, ppocr.FORM)

    return Subject(
        "reader",
        (READER_HEIGHT, READER_MIN_WIDTH, 3),
        lambda policy: ppocr.build(charset.symbols, dtype=policy, pretrained_start=_published()),
        _reader_loss,
        ("head",),
        ppocr.RECIPE,
        batch,
    )


def _reader_loss(model: keras.Model, batch: Batch) -> Any:
    pixels, ids, lengths = batch
    return keras.ops.mean(ctc_unlikelihood(model(pixels, training=True), ids, lengths))


def _published() -> bool:
    """Whether the published weights are at hand; a step takes as long without them."""
    return find_spec("rapidocr") is not None


SUBJECTS = {"finder": finder, "reader": reader}


# Operations


def forward_operations(model: keras.Model, shape: tuple[int, int, int]) -> dict[str, int]:
    """Of each layer with a kernel, for one input of `shape`."""
    fixed = keras.models.clone_model(model, input_tensors=keras.Input(shape, batch_size=1))
    counted = {}
    for layer in fixed.layers:
        if getattr(layer, "kernel", None) is not None:
            # A transposed convolution moves its kernel over the input, all others over the output.
            moved = layer.input if isinstance(layer, keras.layers.Conv2DTranspose) else layer.output
            counted[layer.name] = 2 * math.prod(layer.kernel.shape) * math.prod(moved.shape[1:-1])
    return counted


def step_operations(forward: dict[str, int], recipe: Recipe, batch: int) -> int:
    """Of one training step."""
    return batch * sum(count * (1 if name.startswith(recipe.frozen) else 3) for name, count in forward.items())


# Peaks


def known_peak(name: str, policy: str) -> float | None:
    """The maker's TFLOP/s of a card, None where it is not known."""
    card = next((peaks for part, peaks in PEAKS.items() if part in name), None)
    return card.get(policy) if card else None


def measured_peak(policy: str) -> float:
    """TFLOP/s of a product of two large square matrices in the policy's precision, the best of a few."""
    precision = keras.DTypePolicy(policy).compute_dtype

    def product(one: Any, two: Any) -> Any:
        # Only a sum comes back, so that no time goes into copying the answer.
        return ops.sum(ops.cast(ops.matmul(ops.cast(one, precision), ops.cast(two, precision)), "float32"))

    multiply = backend().compiled(product, [(MATRIX, MATRIX)] * 2, ())
    random = np.random.default_rng(0)
    one, two = (random.normal(0, 1, (MATRIX, MATRIX)).astype(np.float32) for _ in range(2))
    multiply(one, two)
    best = math.inf
    for _ in range(PRODUCTS):
        started = time.perf_counter()
        multiply(one, two)
        best = min(best, time.perf_counter() - started)
    return 2 * MATRIX**3 / best / 1e12


# Measuring


@dataclass(frozen=True)
class Row:
    """A network at one batch size and precision; `step_seconds` is a median, `peak` in TFLOP/s."""

    network: str
    precision: str
    batch: int
    first_seconds: float
    step_seconds: float
    operations: int
    peak: float
    first_loss: float
    last_loss: float

    @property
    def images_a_second(self) -> float:
        return self.batch / self.step_seconds

    @property
    def teraflops(self) -> float:
        return self.operations / self.step_seconds / 1e12


@dataclass(frozen=True)
class Measured:
    """All rows of one device under one backend."""

    device: str
    gpu: bool
    backend: str
    versions: str
    peaks_from: str
    rows: list[Row]


def measure_steps(subject: Subject, precision: Precision, batch: int, steps: int, peak: float) -> Row:
    on = device.choose(precision)
    with on.strategy.scope():
        model = subject.build(on.policy)
    operations = step_operations(forward_operations(model, subject.shape), subject.recipe, batch)
    trainer = Trainer(model, subject.loss, subject.heads, subject.recipe, WARM_UP + steps, on)
    arrays = subject.batch(batch)
    seconds: list[float] = []
    losses: list[float] = []
    for _ in range(WARM_UP + steps):
        started = time.perf_counter()
        losses.append(trainer.step(arrays))
        seconds.append(time.perf_counter() - started)
    keras.backend.clear_session()
    gc.collect()
    took = median(seconds[WARM_UP:])
    return Row(subject.name, precision, batch, seconds[0], took, operations, peak, losses[0], losses[-1])


def measure(chosen: argparse.Namespace) -> Iterator[Measured]:
    """All there is so far, after each row: a machine that is lent may be taken back at any time."""
    name, gpu = device.choose("float32").name, bool(backend().choose()[0])
    peaks = {precision: _peak(chosen.peak, name, precision) for precision in chosen.precisions}
    sources = "; ".join(f"{precision} {source}" for precision, (_, source) in peaks.items())
    rows: list[Row] = []
    for network in chosen.networks:
        subject = SUBJECTS[network]()
        for precision in chosen.precisions:
            for batch in chosen.batches:
                rows.append(measure_steps(subject, precision, batch, chosen.steps, peaks[precision][0]))
                print(_told(rows[-1]), file=sys.stderr, flush=True)
                yield Measured(name, gpu, keras.backend.backend(), _versions(), sources, rows)


def _peak(given: float | None, name: str, precision: str) -> tuple[float, str]:
    """TFLOP/s, and where the figure comes from."""
    if given is not None:
        return given, f"{given:g} TFLOP/s as given"
    known = known_peak(name, precision)
    if known is not None:
        return known, f"{known:g} TFLOP/s by the maker"
    found = measured_peak(precision)
    return found, f"{found:.3g} TFLOP/s by a measured product"


def _versions() -> str:
    framework = "jax" if keras.backend.backend() == "jax" else "tensorflow"
    return f"Keras {keras.version()}, {framework} {sys.modules[framework].__version__}, NumPy {version('numpy')}"


def _told(row: Row) -> str:
    return (
        f"{row.network} {row.precision} batch {row.batch}: {row.images_a_second:.1f} images/s, "
        f"{row.teraflops:.3g} TFLOP/s, loss {row.first_loss:.3f} to {row.last_loss:.3f}"
    )


# What is kept


def with_others(measured: Measured, kept: Path) -> list[Measured]:
    """With what was measured earlier on other devices or under the other backend."""
    others: list[Measured] = []
    if kept.is_file():
        for one in json.loads(kept.read_text(encoding="utf-8"))["measured"]:
            others.append(Measured(**{**one, "rows": [Row(**row) for row in one["rows"]]}))
    this = (measured.device, measured.backend)
    return [measured, *(one for one in others if (one.device, one.backend) != this)]


def table(measured: Sequence[Measured]) -> str:
    lines = [
        "# What training gets out of a device",
        "",
        f"Steps on drawn pictures: the finder sees {WINDOW[0]} × {WINDOW[1]} pixels, the reader {READER_HEIGHT} × "
        f"{READER_MIN_WIDTH}. `benchmarks/gpu.py` says how operations are counted.",
    ]
    for one in sorted(measured, key=lambda each: not each.gpu):
        kind = "GPU" if one.gpu else "Processor"
        lines += ["", f"## {kind}: {one.device}, {one.backend}", "", f"{one.versions}. Peak: {one.peaks_from}.", ""]
        lines += [
            "| network | precision | batch | images/s | ms a step | GFLOP a step | TFLOP/s | of peak | first step |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *map(_row, one.rows),
        ]
    if not any(one.gpu for one in measured):
        lines += ["", "## GPU", "", "Unmeasured: no GPU was at hand."]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    return (
        f"| {row.network} | {row.precision} | {row.batch} | {row.images_a_second:.1f} | {1000 * row.step_seconds:.0f} "
        f"| {row.operations / 1e9:.1f} | {row.teraflops:.3g} | {100 * row.teraflops / row.peak:.0f} % "
        f"| {row.first_seconds:.0f} s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    precisions = [name for name in get_args(Precision) if name != "auto"]
    parser.add_argument("--networks", nargs="+", choices=list(SUBJECTS), default=list(SUBJECTS))
    parser.add_argument("--batches", type=int, nargs="+", default=[4, 16, 64])
    parser.add_argument("--precisions", nargs="+", choices=precisions, default=["float32", "mixed_bfloat16"])
    parser.add_argument("--steps", type=int, default=20, help="timed steps of each row (default: %(default)s)")
    parser.add_argument("--peak", type=float, metavar="TFLOPS", help="the device's peak, for every precision")
    measuring.add_results(parser)
    chosen = parser.parse_args()
    for so_far in measure(chosen):
        measured = with_others(so_far, chosen.results / "gpu.json")
        measuring.write(chosen.results, "gpu", table(measured), {"measured": [asdict(one) for one in measured]})
    print(table(measured), end="")


if __name__ == "__main__":
    main()
