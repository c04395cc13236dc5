"""Number plates: a model trained on the tutorial's photos against RapidOCR's PP-OCRv6, on the same held-out photos.

    python benchmarks/plates.py DATA [--run RUN | --bundle BUNDLE] [--threads 1]

DATA holds annot_file.csv (files,text,xmin,xmax,ymin,ymax), split.csv (image,part: train or test) and images/. With RUN
the run folder is made there and kept (an interrupted training goes on); without it, in a temporary folder. With BUNDLE
nothing is trained. The table is printed and kept in benchmarks/results/plates.md and .json.

Texts are compared upper-case, A-Z and 0-9 alone. Whole photo: one answer whose box has IoU ≥ 0.5 and whose text is
right.
"""

import argparse
import csv
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from training.engine.crops import Picture, cut  # noqa: E402
from training.engine.geometry import iou, order_corners  # noqa: E402
from training.engine.manifest import ManifestImage, ManifestRegion, Split, read_manifest, write_manifest  # noqa: E402
from training.engine.pictures import open_picture  # noqa: E402
from training.engine.predict import Bundle  # noqa: E402
from training.engine.scores import MATCH_IOU, wilson  # noqa: E402
from training.engine.spec import LabelSpec, TrainSpec  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"
LABEL = "number_plate"

Answer = tuple[Any, str]
"""A quad and a text."""


@dataclass(frozen=True)
class Result:
    """Right answers of `of` plates; milliseconds are medians."""

    system: str
    of: int
    photo: int
    found: int
    region: int
    milliseconds_a_photo: float
    milliseconds_a_region: float


def make_run(data: Path, run: Path) -> None:
    """Writes spec.json, manifest.jsonl and links to the images; the table's 3.png is 3.jpg on disk."""
    (run / "images").mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, str]]] = {}
    for row in _table(data / "annot_file.csv"):
        rows.setdefault(Path(row["files"]).stem, []).append(row)
    images = []
    for entry in _table(data / "split.csv"):
        link = run / "images" / entry["image"]
        if not link.exists():
            link.symlink_to((data / "images" / entry["image"]).resolve())
        split: Split = "train" if entry["part"] == "train" else "test"
        regions = tuple(_region(row) for row in rows.get(Path(entry["image"]).stem, []))
        images.append(ManifestImage(image=f"images/{entry['image']}", split=split, regions=regions))
    write_manifest(run / "manifest.jsonl", images)
    TrainSpec(project="Number plates", labels=(LabelSpec(name=LABEL),)).save(run / "spec.json")


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _region(row: dict[str, str]) -> ManifestRegion:
    left, top, right, bottom = (float(row[name]) for name in ("xmin", "ymin", "xmax", "ymax"))
    quad = ((left, top), (right, top), (right, bottom), (left, bottom))
    return ManifestRegion(label=LABEL, quad=quad, text=row["text"])


def train(run: Path) -> dict[str, float]:
    """Trains in a process of its own; minutes and peak memory."""
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "training.engine", "train", str(run)], cwd=ROOT, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return {"minutes": (time.monotonic() - started) / 60, "peak_gib": peak}


class Ours:
    name = "this model"

    def __init__(self, bundle: Path, threads: int) -> None:
        self.bundle = Bundle.load(bundle, threads)

    def photo(self, picture: Picture) -> list[Answer]:
        return [(found.quad, found.text) for found in self.bundle.predict(picture)]

    def region(self, crop: Picture) -> str:
        return self.bundle.read([crop])[0].text


class Rapid:
    """RapidOCR with its own settings: any line may be the plate; in a crop, all lines are joined."""

    name = "RapidOCR, PP-OCRv6 small"

    def __init__(self, threads: int) -> None:
        from rapidocr import RapidOCR

        self.engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def photo(self, picture: Picture) -> list[Answer]:
        answer = self.engine(np.ascontiguousarray(picture[:, :, ::-1]))
        if answer.boxes is None:
            return []
        return [(order_corners(box), text) for box, text in zip(answer.boxes, answer.txts, strict=True)]

    def region(self, crop: Picture) -> str:
        # It misses text that touches the edge; a border is what serves it best.
        edge = crop.shape[0] // 2
        framed = cv2.copyMakeBorder(crop, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        return " ".join(text for _, text in self.photo(np.asarray(framed, dtype=np.uint8)))


def plain(text: str) -> str:
    return re.sub("[^A-Z0-9]", "", text.upper())


def measure(system: Ours | Rapid, images: Sequence[ManifestImage], root: Path) -> Result:
    photo = found = region = of = 0
    photo_seconds: list[float] = []
    region_seconds: list[float] = []
    for entry in images:
        picture = open_picture(root / entry.image)
        started = time.perf_counter()
        answers = system.photo(picture)
        photo_seconds.append(time.perf_counter() - started)
        for true in entry.regions:
            truth = plain(true.text or "")
            near = [text for quad, text in answers if iou(quad, true.quad) >= MATCH_IOU]
            of += 1
            found += bool(near)
            photo += any(plain(text) == truth for text in near)
            started = time.perf_counter()
            region += plain(system.region(cut(picture, true.quad))) == truth
            region_seconds.append(time.perf_counter() - started)
    return Result(system.name, of, photo, found, region, 1000 * median(photo_seconds), 1000 * median(region_seconds))


def table(results: Sequence[Result], training: dict[str, float] | None, threads: int) -> str:
    lines = [
        "# Number plates, held out",
        "",
        f"{results[0].of} plates on photos not trained on; upper case, A-Z and 0-9 compared; {threads} thread(s).",
        "",
        "| system | whole photo: box and text right | box found | region given: text right | ms a photo | a region |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in results:
        lines.append(
            f"| {one.system} | {_rate(one.photo, one.of)} | {_rate(one.found, one.of)} | {_rate(one.region, one.of)} "
            f"| {one.milliseconds_a_photo:.0f} | {one.milliseconds_a_region:.0f} |"
        )
    if training:
        lines += [
            "",
            f"Trained in {training['minutes']:.1f} minutes with at most {training['peak_gib']:.1f} GiB of memory.",
        ]
    return "\n".join(lines) + "\n"


def _rate(right: int, of: int) -> str:
    low, high = wilson(right, of)
    return f"{right} of {of} = **{100 * right / max(of, 1):.1f} %** ({100 * low:.0f}-{100 * high:.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        run = chosen.run or Path(temporary) / "run"
        make_run(chosen.data, run)
        training = None if chosen.bundle else train(run)
        bundle = chosen.bundle or run / "bundle"
        images = [image for image in read_manifest(run / "manifest.jsonl") if image.split == "test"]
        systems = (Ours(bundle, chosen.threads), Rapid(chosen.threads))
        results = [measure(system, images, run) for system in systems]
    told = table(results, training, chosen.threads)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "plates.md").write_text(told, encoding="utf-8")
    kept = {
        "results": [asdict(result) for result in results],
        "training": training,
        "threads": chosen.threads,
        "cores": os.cpu_count(),
        "date": time.strftime("%Y-%m-%d"),
    }
    (RESULTS / "plates.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(told)


if __name__ == "__main__":
    main()
