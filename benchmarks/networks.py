"""Every reader on the same number plates: from nothing, and on the published reader's convolutions.

    python benchmarks/networks.py DATA [--only NAME ...] [--minutes 6] [--runs FOLDER] [--threads 1]

DATA is as in benchmarks/plates.py. The plates are cut out first, each crop a picture of its own, so only readers are
taught and measured, on the crops of the same training and held-out photos. Texts are compared upper-case, A-Z and 0-9
alone. `--minutes` is the most a training may take. A network whose run folder is finished is only measured again. The
table is printed and kept in benchmarks/results/networks.md and .json.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2

from benchmarks import measuring, plates
from benchmarks.measuring import ROOT, Training, plain, rate
from training.engine.crops import Picture, cut
from training.engine.manifest import ManifestImage, ManifestRegion
from training.engine.pictures import open_picture, write_png
from training.engine.predict import Bundle
from training.engine.scores import character_error_rate
from training.engine.spec import LabelSpec, TrainSpec

RUNS = ROOT / "build" / "networks"
TRAINING_FILE = "training.json"
LABEL = LabelSpec(name=plates.LABEL)
CANDIDATES: dict[str, dict[str, str]] = {
    "ppocr": {"network": "ppocr"},
    "ppocr-affine": {"network": "ppocr", "rectifier": "affine"},
    "attention-pretrained": {"network": "attention", "tower": "pretrained"},
    "transformer-pretrained": {"network": "transformer", "tower": "pretrained"},
    "attention-own": {"network": "attention", "tower": "own"},
    "transformer-own": {"network": "transformer", "tower": "own"},
    "crnn": {"network": "crnn"},
    "dram": {"network": "dram"},
}
"""`ram` is not among them: it reads one symbol, and no plate has only one."""


@dataclass(frozen=True)
class Measured:
    """Right answers of `of` held-out crops, and of those among them with two rows; `training` None: interrupted."""

    name: str
    of: int
    right: int
    cer: float
    two_rows: int
    two_rows_right: int
    milliseconds: float
    megabytes: float
    training: Training | None


def make_crops(data: Path, folder: Path) -> list[ManifestImage]:
    """Every plate as a PNG file in `folder`/images, with its text; the whole picture is the region."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    crops = []
    for entry in plates.read_data(data):
        for number, region in enumerate(entry.regions):
            crop = cut(open_picture(data / entry.image), region.quad)
            name = f"images/{Path(entry.image).stem}-{number}.png"
            write_png(folder / name, crop)
            height, width = (float(side) for side in crop.shape[:2])
            quad = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
            whole = ManifestRegion(label=plates.LABEL, quad=quad, text=region.text)
            crops.append(ManifestImage(image=name, split=entry.split, regions=(whole,)))
    return crops


def bundle_of(crops: Path, run: Path, images: Sequence[ManifestImage], spec: TrainSpec) -> tuple[Path, Training | None]:
    """The bundle of one network, trained if it is not there yet, and what its training took."""
    kept = run / TRAINING_FILE
    if not (run / "bundle" / "evaluation.json").is_file():
        begun = (run / "checkpoint").exists()
        measuring.make_run(crops, run, images, spec)
        training = measuring.train(run)
        if not begun:
            kept.write_text(json.dumps(asdict(training)), encoding="utf-8")
    return run / "bundle", Training(**json.loads(kept.read_text(encoding="utf-8"))) if kept.is_file() else None


def measure(
    name: str, folder: Path, training: Training | None, root: Path, images: Sequence[ManifestImage], threads: int
) -> Measured:
    bundle = Bundle.load(folder, threads)
    pairs: list[tuple[str, str]] = []
    seconds: list[float] = []
    stacked: list[bool] = []
    for entry in images:
        crop = open_picture(root / entry.image)
        started = time.perf_counter()
        (reading,) = bundle.read([crop])
        seconds.append(time.perf_counter() - started)
        pairs.append((plain(entry.regions[0].text or ""), plain(reading.text)))
        stacked.append(has_two_rows(crop))
    rights = [truth == read for truth, read in pairs]
    size = sum(path.stat().st_size for path in folder.glob("reader*.onnx")) / 1e6
    return Measured(
        name,
        len(pairs),
        sum(rights),
        character_error_rate(pairs),
        sum(stacked),
        sum(right and two for right, two in zip(rights, stacked, strict=True)),
        1000 * median(seconds),
        size,
        training,
    )


def has_two_rows(crop: Picture) -> bool:
    """Indian plates of two rows are less than 2.6 times as wide as high, those of one row more."""
    return bool(crop.shape[1] < 2.6 * crop.shape[0])


def table(rows: Sequence[Measured], threads: int) -> str:
    lines = [
        "# Every reader on the same number plates",
        "",
        f"{rows[0].of} held-out crops, {rows[0].two_rows} of them with two rows; upper case, A-Z and 0-9 compared; "
        f"{threads} thread(s).",
        "",
        "| reader | exact | of two rows | CER | trained in | ms a crop | size, MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in rows:
        took = f"{one.training.minutes:.1f} min" if one.training else "–"
        rates = f"{rate(one.right, one.of)} | {one.two_rows_right} of {one.two_rows} | {100 * one.cer:.1f} %"
        lines.append(f"| {one.name} | {rates} | {took} | {one.milliseconds:.0f} | {one.megabytes:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = measuring.parser(__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=list(CANDIDATES), metavar="NAME", help=f"of {', '.join(CANDIDATES)}"
    )
    parser.add_argument("--minutes", type=float, default=6.0, help="the most a training may take (default: 6)")
    parser.add_argument("--runs", type=Path, default=RUNS, help="folder of the run folders (default: %(default)s)")
    chosen = parser.parse_args()
    cv2.setNumThreads(chosen.threads)
    crops = chosen.runs / "crops"
    images = make_crops(chosen.data, crops)
    rows = []
    for name in chosen.only or CANDIDATES:
        spec = TrainSpec(
            project="Number plates", labels=(LABEL,), finder="whole", max_minutes=chosen.minutes, **CANDIDATES[name]
        )
        folder, training = bundle_of(crops, chosen.runs / name, images, spec)
        rows.append(measure(name, folder, training, crops, measuring.held_out(images), chosen.threads))
    numbers = {"results": [asdict(row) for row in rows], "minutes": chosen.minutes, "threads": chosen.threads}
    measuring.keep(chosen.results, "networks", table(rows, chosen.threads), numbers)


if __name__ == "__main__":
    main()
