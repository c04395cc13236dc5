"""How many annotated photos it takes: number plates learned from none, 10, 25, 50, 100 and all training photos.

    python benchmarks/learning_curve.py DATA [--sizes 0 10 25 50 100 195] [--runs FOLDER] [--threads 1]

DATA is as in benchmarks/plates.py, and all is measured as there, on the same held-out photos. 0 is the published start
without any training. Each training has a process and a run folder of its own; a smaller size learns from a part of the
photos of a larger one. A size whose run folder is finished is only measured again, an interrupted one goes on; to train
anew, delete its folder in FOLDER (default: build/learning-curve). The table is printed and kept in
benchmarks/results/learning_curve.md and .json, the plot in docs/pictures/learning-curve.svg.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import measuring, plates
from benchmarks.measuring import ROOT, Training, held_out, rate
from benchmarks.plates import SPEC, Result
from benchmarks.plot import Curve, draw
from benchmarks.systems import Ours, Rapid
from benchmarks.untrained import publish_start
from training.engine.manifest import ManifestImage, read_manifest
from training.engine.scores import wilson
from training.engine.spec import TrainSpec

SIZES = (0, 10, 25, 50, 100)
"""And all there are."""
RUNS = ROOT / "build" / "learning-curve"
PLOT = ROOT / "docs" / "pictures" / "learning-curve.svg"
TRAINING_FILE = "training.json"


@dataclass(frozen=True)
class Point:
    """What so many annotated photos give; `training` None: nothing was trained, or it was interrupted in between."""

    images: int
    result: Result
    training: Training | None


def annotated(images: Sequence[ManifestImage]) -> int:
    return sum(image.split == "train" and bool(image.regions) for image in images)


def make_bundle(data: Path, run: Path, images: Sequence[ManifestImage], size: int) -> Path:
    """The bundle of one size, trained if it is not there yet. Size 0 takes all photos for the characters' sake."""
    learned = list(images) if size == 0 else measuring.with_fewer(images, size)
    bundle = run / "bundle"
    if is_finished(run, learned, bundle / ("bundle.json" if size == 0 else "evaluation.json")):
        return bundle
    begun = (run / "checkpoint").exists()
    measuring.make_run(data, run, learned, SPEC)
    if size == 0:
        publish_start(run)
        return bundle
    (run / TRAINING_FILE).unlink(missing_ok=True)
    training = measuring.train(run)
    if not begun:
        (run / TRAINING_FILE).write_text(json.dumps(asdict(training)), encoding="utf-8")
    return bundle


def is_finished(run: Path, images: Sequence[ManifestImage], last: Path) -> bool:
    """Whether `last`, which a run writes at its end, was made of these very images and this specification."""
    manifest = run / "manifest.jsonl"
    if not last.is_file() or not manifest.is_file() or last.stat().st_mtime < manifest.stat().st_mtime:
        return False
    return read_manifest(manifest) == list(images) and TrainSpec.load(run / "spec.json") == SPEC


def measure(data: Path, runs: Path, images: Sequence[ManifestImage], size: int, threads: int) -> Point:
    run = runs / f"{size:04d}"
    ours = Ours(make_bundle(data, run, images, size), threads)
    result = plates.measure(ours, held_out(images), data)
    kept = run / TRAINING_FILE
    training = Training(**json.loads(kept.read_text(encoding="utf-8"))) if kept.is_file() else None
    return Point(size, result, training)


def table(points: Sequence[Point], peers: Sequence[Result], threads: int) -> str:
    lines = [
        "# How many annotated photos it takes",
        "",
        f"{points[0].result.of} plates on photos not trained on; upper case, A-Z and 0-9 compared; {threads} "
        "thread(s). 0 photos: the published networks, untrained.",
        "",
        "| annotated photos | whole photo: box and text right | box found | region given: text right | trained in |",
        "| --- | --- | --- | --- | --- |",
    ]
    for point in points:
        took = f"{point.training.minutes:.1f} min" if point.training else "–"
        lines.append(_row(str(point.images), point.result, took))
    lines += [_row(peer.system, peer, "–") for peer in peers]
    return "\n".join(lines) + "\n"


def _row(name: str, one: Result, took: str) -> str:
    rates = " | ".join(rate(right, one.of) for right in (one.photo, one.found, one.region))
    return f"| {name} | {rates} | {took} |"


def plot(points: Sequence[Point], peers: Sequence[Result]) -> str:
    """The SVG; RapidOCR's lines are those of its better setting."""
    counts = [point.images for point in points]
    curves = []
    for name, field in (("region given", "region"), ("whole photo", "photo")):
        rights = [(getattr(point.result, field), point.result.of) for point in points]
        values = [right / max(of, 1) for right, of in rights]
        peer = max(getattr(one, field) / max(one.of, 1) for one in peers)
        curves.append(Curve(name, values, [wilson(right, of) for right, of in rights], peer))
    return draw(
        counts,
        curves,
        "annotated photos trained on",
        "plates read exactly, %, with 95 % intervals",
        "RapidOCR, untrained",
    )


def main() -> None:
    parser = measuring.parser(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="annotated photos (default: up to all)")
    parser.add_argument("--runs", type=Path, default=RUNS, help="folder of the run folders (default: %(default)s)")
    parser.add_argument("--plot", type=Path, default=PLOT, help="the picture's file (default: %(default)s)")
    chosen = parser.parse_args()
    cv2.setNumThreads(chosen.threads)
    images = plates.read_data(chosen.data)
    most = annotated(images)
    sizes = chosen.sizes or [*(size for size in SIZES if size < most), most]
    points = [measure(chosen.data, chosen.runs, images, size, chosen.threads) for size in sorted(set(sizes))]
    rapids = (Rapid(chosen.threads), Rapid(chosen.threads, capped=True, joined=True))
    peers = [plates.measure(rapid, held_out(images), chosen.data) for rapid in rapids]
    chosen.plot.parent.mkdir(parents=True, exist_ok=True)
    chosen.plot.write_text(plot(points, peers), encoding="utf-8")
    numbers = {
        "points": [asdict(point) for point in points],
        "peers": [asdict(peer) for peer in peers],
        "threads": chosen.threads,
    }
    measuring.keep(chosen.results, "learning_curve", table(points, peers, chosen.threads), numbers)


if __name__ == "__main__":
    main()
