"""Number plates: a model trained on the tutorial's photos against RapidOCR's PP-OCRv6, on the same held-out photos.

    python benchmarks/plates.py DATA [--run RUN | --bundle BUNDLE] [--images N] [--threads 1]

DATA holds annot_file.csv (files,text,xmin,xmax,ymin,ymax), split.csv (image,part: train or test) and images/. With RUN
the run folder is made there and kept (an interrupted training goes on); without it, in a temporary folder. With BUNDLE
nothing is trained. With N only the first N annotated training photos of a seeded shuffle are trained on; the test
photos stay. The tables are printed and kept in benchmarks/results/plates.md and .json.

Texts are compared upper-case, A-Z and 0-9 alone. Whole photo: one answer whose box has IoU ≥ 0.5 and whose text is
right. RapidOCR stands there twice: as it comes, and as a user would help it (see benchmarks/systems.py).
"""

import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import measuring, spent_time
from benchmarks.measuring import Training, held_out, plain, rate
from benchmarks.systems import Ours, Rapid, System
from training.engine.crops import cut
from training.engine.geometry import iou
from training.engine.manifest import ManifestImage, ManifestRegion, Split
from training.engine.pictures import open_picture
from training.engine.scores import MATCH_IOU
from training.engine.spec import LabelSpec, TrainSpec

LABEL = "number_plate"
SPEC = TrainSpec(project="Number plates", labels=(LabelSpec(name=LABEL),))


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


def read_data(data: Path) -> list[ManifestImage]:
    """All photos with their plates; the table's 3.png is 3.jpg on disk."""
    rows: dict[str, list[dict[str, str]]] = {}
    for row in _table(data / "annot_file.csv"):
        rows.setdefault(Path(row["files"]).stem, []).append(row)
    images = []
    for entry in _table(data / "split.csv"):
        split: Split = "train" if entry["part"] == "train" else "test"
        regions = tuple(_region(row) for row in rows.get(Path(entry["image"]).stem, []))
        images.append(ManifestImage(image=f"images/{entry['image']}", split=split, regions=regions))
    return images


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _region(row: dict[str, str]) -> ManifestRegion:
    left, top, right, bottom = (float(row[name]) for name in ("xmin", "ymin", "xmax", "ymax"))
    quad = ((left, top), (right, top), (right, bottom), (left, bottom))
    return ManifestRegion(label=LABEL, quad=quad, text=row["text"])


def measure(system: System, images: Sequence[ManifestImage], root: Path) -> Result:
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
            near = [answer.text for answer in answers if iou(answer.quad, true.quad) >= MATCH_IOU]
            of += 1
            found += bool(near)
            photo += any(plain(text) == truth for text in near)
            started = time.perf_counter()
            region += plain(system.region(cut(picture, true.quad))) == truth
            region_seconds.append(time.perf_counter() - started)
    return Result(system.name, of, photo, found, region, 1000 * median(photo_seconds), 1000 * median(region_seconds))


def table(results: Sequence[Result], training: Training | None, threads: int) -> str:
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
            f"| {one.system} | {rate(one.photo, one.of)} | {rate(one.found, one.of)} | {rate(one.region, one.of)} "
            f"| {one.milliseconds_a_photo:.0f} | {one.milliseconds_a_region:.0f} |"
        )
    if training:
        lines += ["", training.told()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = measuring.parser(__doc__)
    measuring.add_source(parser)
    parser.add_argument("--images", type=int, metavar="N", help="train on so many photos only")
    chosen = parser.parse_args()
    if chosen.bundle and chosen.images is not None:
        parser.error("--images is for training, --bundle trains nothing")
    cv2.setNumThreads(chosen.threads)
    images = read_data(chosen.data)
    learned = images if chosen.images is None else measuring.with_fewer(images, chosen.images)
    with measuring.bundle_of(chosen, learned, SPEC) as (bundle, training):
        ours = Ours(bundle, chosen.threads)
    systems = (ours, Rapid(chosen.threads), Rapid(chosen.threads, capped=True, joined=True))
    results = [measure(system, held_out(images), chosen.data) for system in systems]
    spent = spent_time.where_time_goes(ours.bundle, [chosen.data / image.image for image in held_out(images)])
    told = table(results, training, chosen.threads) + "\n" + spent_time.table(spent, chosen.threads)
    numbers = {
        "results": [asdict(result) for result in results],
        "time": {**asdict(spent), "on_top": spent.on_top},
        "training": asdict(training) if training else None,
        "trained_on": chosen.images,
        "threads": chosen.threads,
    }
    measuring.keep(chosen.results, "plates", told, numbers)


if __name__ == "__main__":
    main()
