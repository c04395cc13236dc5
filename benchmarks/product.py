"""The whole loop through a running Glyphsmith, as a stranger's script does it: upload, import, train, mail, predict.

    python benchmarks/product.py DATA --url http://127.0.0.1:8000 --key gs_… [--outbox data/outbox]

DATA holds `images/`, `annot_file.csv` (the tutorial's table) and `split.csv` (image, part: train or test). Everything
goes through REST; the held-out images are predicted by the endpoint, and the answers are compared here with the table.
The last table is kept in `benchmarks/results/product.md`.
"""

import argparse
import csv
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

RESULTS = Path(__file__).parent / "results"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Truth:
    box: Box
    text: str


class Product:
    """The few REST calls a training script needs."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"
        self.session.mount(self.url, HTTPAdapter(max_retries=3))  # an idle connection may have been closed

    def call(self, method: str, path: str, **parameters: Any) -> Any:
        """The answer's JSON. A request that was throttled waits as long as it was told and tries again."""
        while True:
            answer = self.session.request(method, self.url + path, timeout=120, **parameters)
            if answer.status_code != 429:
                break
            time.sleep(float(answer.headers.get("Retry-After", "2")))
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def send_file(self, path: str, file: Path, **fields: Any) -> Any:
        with file.open("rb") as stream:
            content = stream.read()
        return self.call("POST", path, files={"file": (file.name, content)}, data=fields)


def comparable(text: str) -> str:
    return re.sub("[^A-Z0-9]", "", text.upper())


def iou(a: Box, b: Box) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def bounding_box(quad: list[list[float]]) -> Box:
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    return min(xs), min(ys), max(xs), max(ys)


def read_split(data: Path) -> dict[str, str]:
    with (data / "split.csv").open() as stream:
        return {row["image"]: row["part"] for row in csv.DictReader(stream)}


def read_truths(data: Path) -> dict[str, list[Truth]]:
    """By stem, as the table says `3.png` where the picture is `3.jpg`."""
    truths: dict[str, list[Truth]] = {}
    with (data / "annot_file.csv").open() as stream:
        for row in csv.DictReader(stream):
            box = tuple(float(row[column]) for column in ("xmin", "ymin", "xmax", "ymax"))
            truths.setdefault(Path(row["files"]).stem, []).append(Truth((box[0], box[1], box[2], box[3]), row["text"]))
    return truths


def build_project(product: Product, data: Path, split: dict[str, str], name: str) -> str:
    project: str = product.call("POST", "/api/v1/projects", json={"name": name, "labels": ["number_plate"]})["id"]
    target = f"/api/v1/projects/{project}/images"
    with ThreadPoolExecutor(3) as uploads:
        list(uploads.map(lambda image: product.send_file(target, data / "images" / image), split))
    table = product.send_file(
        f"/api/v1/projects/{project}/imports", data / "annot_file.csv", format="tutorial-csv", label="number_plate"
    )
    while table["state"] not in ("done", "failed"):
        time.sleep(1)
        table = product.call("GET", f"/api/v1/imports/{table['id']}")
    print(f"imported {table['report']['imported']} rows, left out {len(table['report']['left_out'])}:")
    for row in table["report"]["left_out"]:
        print(f"  row {row['row']} {row['name']}: {row['reason']}")
    parts = {part: [image for image, where in split.items() if where == part] for part in ("train", "test")}
    product.call("POST", f"/api/v1/projects/{project}/images/split", json=parts)
    return project


def train(product: Product, project: str) -> dict[str, Any]:
    run: dict[str, Any] = product.call("POST", f"/api/v1/projects/{project}/runs", json={})
    said = ""
    while run["state"] not in ("ready", "failed", "cancelled"):
        time.sleep(2)
        run = product.call("GET", f"/api/v1/runs/{run['id']}")
        progress = run["progress"]
        now = (
            f"{run['state']} {progress.get('part') or ''} {progress.get('epoch') or ''}/{progress.get('epochs') or ''}"
        )
        if now != said:
            print(f"  {run['seconds'] or 0:6.0f} s  {now}  {100 * (progress.get('fraction') or 0):.0f} %", flush=True)
            said = now
    if run["state"] != "ready":
        raise SystemExit(f"The run ended as {run['state']}: {run['failure']}")
    return run


def predict(product: Product, project: str, image: Path) -> tuple[list[tuple[Box, str]], float]:
    """Boxes and texts the endpoint finds on the image, and the milliseconds the request took."""
    started = time.monotonic()
    answer = product.send_file(f"/api/v1/projects/{project}/predictions", image)
    took = (time.monotonic() - started) * 1000
    while answer["state"] == "waiting":
        time.sleep(0.5)
        answer = product.call("GET", f"/api/v1/predictions/{answer['id']}")
    regions = [region for page in answer["pages"] for region in page["regions"]]
    return [(bounding_box(region["quad"]), region["text"]) for region in regions], took


def exact_end_to_end(found: list[tuple[Box, str]], truth: Truth) -> bool:
    return any(iou(box, truth.box) >= 0.5 and comparable(text) == comparable(truth.text) for box, text in found)


def measure(product: Product, project: str, data: Path, split: dict[str, str]) -> dict[str, Any]:
    truths = read_truths(data)
    right, total, latencies, misses = 0, 0, [], []
    for image in sorted(image for image, part in split.items() if part == "test"):
        found, took = predict(product, project, data / "images" / image)
        latencies.append(took)
        for truth in truths[Path(image).stem]:
            total += 1
            if exact_end_to_end(found, truth):
                right += 1
            else:
                misses.append({"image": image, "truth": truth.text, "found": [text for _, text in found]})
    latencies.sort()
    return {"right": right, "total": total, "median_ms": latencies[len(latencies) // 2], "misses": misses}


def wait_for_mail(outbox: Path, run: dict[str, Any], since: float) -> float:
    """Seconds from `since` to the mail about the run."""
    for _ in range(60):
        for mail in outbox.glob("*"):
            if mail.stat().st_mtime >= since and run["id"] in mail.read_text(errors="replace").replace("=\n", ""):
                return mail.stat().st_mtime - since
        time.sleep(1)
    raise SystemExit("No mail about the run came within a minute.")


def keep(results: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "product.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    score = results["predicted"]
    share = 100 * score["right"] / score["total"]
    mailed = f"{results['seconds_to_mail']:.0f} s" if results["seconds_to_mail"] else "not looked at"
    rows = [
        ("photos trained on / held out", f"{results['train']} / {results['test']}"),
        ("right text in a box of IoU ≥ 0.5, by the endpoint", f"{score['right']} of {score['total']} ({share:.1f} %)"),
        ("the run's own evaluation, end to end, as typed", f"{100 * results['accuracy']:.1f} %"),
        ("from Train to mail", mailed),
        ("median answer of the endpoint, over HTTP", f"{score['median_ms']:.0f} ms"),
        ("device", results["device"]),
    ]
    lines = ["# Through the running product", "", "| | |", "| --- | --- |"]
    lines += [f"| {what} | {figure} |" for what, figure in rows]
    (RESULTS / "product.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key", required=True)
    parser.add_argument("--name", default="Number plates")
    parser.add_argument("--outbox", type=Path)
    parser.add_argument("--project", help="measure the live version of this project; nothing is uploaded or trained")
    options = parser.parse_args()
    product, split = Product(options.url, options.key), read_split(options.data)
    if options.project:
        print(json.dumps(measure(product, options.project, options.data, split), indent=1, ensure_ascii=False))
        return
    project = build_project(product, options.data, split, options.name)
    started = time.time()
    run = train(product, project)
    mailed = wait_for_mail(options.outbox, run, started) if options.outbox else None
    parts = list(split.values())
    keep(
        {
            "train": parts.count("train"),
            "test": parts.count("test"),
            "accuracy": run["version"]["accuracy"],
            "seconds_to_mail": mailed,
            "device": run["device"],
            "predicted": measure(product, project, options.data, split),
        }
    )


if __name__ == "__main__":
    main()
