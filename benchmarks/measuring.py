"""What the benchmarks have in common: run folders, training in a process of its own, rates, tables that are kept."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.engine.manifest import ManifestImage, write_manifest
from training.engine.scores import wilson
from training.engine.spec import TrainSpec

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
SEED = 0


def plain(text: str) -> str:
    """What is left of a text where only A-Z and 0-9 count."""
    return re.sub("[^A-Z0-9]", "", text.upper())


# Training


@dataclass(frozen=True)
class Training:
    """What a training took; `peak_gib` is the most memory it held."""

    minutes: float
    peak_gib: float

    def told(self) -> str:
        return f"Trained in {self.minutes:.1f} minutes with at most {self.peak_gib:.1f} GiB of memory."


def make_run(data: Path, run: Path, images: Sequence[ManifestImage], spec: TrainSpec) -> None:
    """Writes spec.json, manifest.jsonl and links to the images, which lie in `data` under the paths of the manifest."""
    for image in images:
        link = run / image.image
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to((data / image.image).resolve())
    write_manifest(run / "manifest.jsonl", images)
    spec.save(run / "spec.json")


def train(run: Path) -> Training:
    """Trains in a process of its own, from the start or from where it was interrupted."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "training.engine", "train", str(run)], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"Training in {run} ended with exit code {process.returncode}.")
    return Training((time.monotonic() - started) / 60, usage.ru_maxrss / 2**20)


@contextmanager
def bundle_of(
    chosen: argparse.Namespace, images: Sequence[ManifestImage], spec: TrainSpec
) -> Iterator[tuple[Path, Training | None]]:
    """The bundle to measure, and what its training took: the one asked for, or one trained in a run folder."""
    if chosen.bundle:
        yield chosen.bundle, None
        return
    with tempfile.TemporaryDirectory() as temporary:
        run = chosen.run or Path(temporary) / "run"
        make_run(chosen.data, run, images, spec)
        training = train(run)
        yield run / "bundle", training


def with_fewer(images: Sequence[ManifestImage], count: int) -> list[ManifestImage]:
    """The first `count` annotated training images of a seeded shuffle, and all the test images.

    A smaller count gives a part of what a larger one gives.
    """
    annotated = [place for place, image in enumerate(images) if image.split == "train" and image.regions]
    if not 0 <= count <= len(annotated):
        raise SystemExit(f"There are {len(annotated)} annotated training images, not {count}.")
    order = np.random.default_rng(SEED).permutation(len(annotated))[:count]
    chosen = {annotated[place] for place in order.tolist()}
    return [image for place, image in enumerate(images) if image.split == "test" or place in chosen]


def held_out(images: Sequence[ManifestImage]) -> list[ManifestImage]:
    return [image for image in images if image.split == "test"]


# Rates


def share(value: float, low: float, high: float) -> str:
    """`**89.1 %** (77-95)`"""
    return f"**{100 * value:.1f} %** ({100 * low:.0f}-{100 * high:.0f})"


def rate(right: int, of: int) -> str:
    """`41 of 46 = **89.1 %** (77-95)`, with the 95 % interval (Wilson)."""
    return f"{right} of {of} = {share(right / max(of, 1), *wilson(right, of))}"


# What is asked and what is kept


def parser(usage: str | None) -> argparse.ArgumentParser:
    """With what all benchmarks of a model take; `usage` is the script's docstring."""
    asked = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("--threads", type=int, default=1, help="of each network (default: 1)")
    add_results(asked)
    return asked


def add_results(asked: argparse.ArgumentParser) -> None:
    asked.add_argument("--results", type=Path, default=RESULTS, help="folder of the tables (default: %(default)s)")


def add_source(asked: argparse.ArgumentParser) -> None:
    source = asked.add_mutually_exclusive_group()
    source.add_argument("--run", type=Path, help="run folder to make and keep; an interrupted training goes on")
    source.add_argument("--bundle", type=Path, help="measure this bundle; nothing is trained")


def keep(folder: Path, name: str, told: str, numbers: dict[str, Any]) -> None:
    """Prints the tables and keeps them as NAME.md, the numbers as NAME.json."""
    write(folder, name, told, numbers)
    print(told)


def write(folder: Path, name: str, told: str, numbers: dict[str, Any]) -> None:
    """As `keep`, silently."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(told, encoding="utf-8")
    kept = {**numbers, "cores": os.cpu_count(), "date": time.strftime("%Y-%m-%d")}
    (folder / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
