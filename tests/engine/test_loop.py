"""A whole run on drawn plates: killed, gone on with, finished, and able to read what it has not seen."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from annotations.drawn import draw_scene
from training.engine.evaluate import Evaluation
from training.engine.loop import train
from training.engine.predict import Bundle
from training.engine.report import Report, Stopped
from training.engine.spec import LabelSpec, TrainSpec

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def drawn_run(folder: Path, *, finder_epochs: int, reader_epochs: int) -> TrainSpec:
    """A run folder with ten easy pictures to learn from and three held out."""
    (folder / "images").mkdir(parents=True)
    entries = []
    for number in range(13):
        scene = draw_scene(number, size=(320, 240), easy=True)
        scene.image.save(folder / "images" / f"{number}.png")
        regions = [
            {"label": "plate", "quad": [list(map(float, p)) for p in quad], "text": text}
            for quad, text in scene.regions
        ]
        split = "test" if number % 5 == 4 or number == 12 else "train"
        entries.append({"image": f"images/{number}.png", "split": split, "regions": regions})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    spec = TrainSpec(
        project="drawn", labels=(LabelSpec(name="plate"),), finder_epochs=finder_epochs, reader_epochs=reader_epochs
    )
    spec.save(folder / "spec.json")
    return spec


def epochs(folder: Path) -> list[dict[str, Any]]:
    path = folder / "epochs.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def kill_after_first_epoch(folder: Path) -> None:
    """Starts the run in a process of its own and ends that by SIGKILL once its first epoch is written."""
    command = [sys.executable, "-m", "training.engine", "train", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not any(entry["epoch"] == 1 for entry in epochs(folder)):
            assert process.poll() is None, "the run ended before it could be killed"
            time.sleep(0.2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Report]]:
    """A run killed in the finder's epochs, asked to stop in the reader's, and then let finish."""
    folder = tmp_path_factory.mktemp("runs") / "drawn"
    spec = drawn_run(folder, finder_epochs=3, reader_epochs=2)
    kill_after_first_epoch(folder)
    reports: list[Report] = []

    def to_the_end(report: Report) -> bool:
        reports.append(report)
        return True

    def until_reader(report: Report) -> bool:
        reports.append(report)
        return not (report.part == "reader" and report.epoch == 1)

    with pytest.raises(Stopped):
        train(spec, folder, until_reader)
    train(spec, folder, to_the_end)
    return folder, reports


def test_every_epoch_was_trained_once_though_the_run_was_killed_and_stopped(
    finished: tuple[Path, list[Report]],
) -> None:
    trained = [(entry["part"], entry["epoch"]) for entry in epochs(finished[0])]
    assert trained == [("finder", number) for number in range(4)] + [("reader", number) for number in range(3)]


def test_both_networks_got_no_worse_than_their_start(finished: tuple[Path, list[Report]]) -> None:
    for part in ("finder", "reader"):
        losses = [entry["held_out_loss"] for entry in epochs(finished[0]) if entry["part"] == part]
        assert min(losses) <= losses[0]
    found = [entry["held_out_loss"] for entry in epochs(finished[0]) if entry["part"] == "finder"]
    assert found[-1] < found[0] / 2, "the finder should have learned where plates are"


def test_the_bundle_finds_and_reads_plates_it_has_not_seen(finished: tuple[Path, list[Report]]) -> None:
    folder, _ = finished
    evaluation = Evaluation.load(folder / "evaluation.json")
    assert evaluation.images == 3
    assert evaluation.overall.end_to_end.exact.right == 3
    bundle = Bundle.load(folder / "bundle")
    scene = draw_scene(99, size=(320, 240), easy=True)
    assert [found.text for found in bundle.predict(scene.image)] == [text for _, text in scene.regions]


def test_reports_name_the_device_and_end_at_the_whole(finished: tuple[Path, list[Report]]) -> None:
    folder, reports = finished
    device = json.loads((folder / "bundle" / "bundle.json").read_text())["device"]
    assert device
    assert any(device in report.message for report in reports)
    assert reports[-1].fraction == 1.0
    assert (folder / "bundle" / "card.md").read_text().startswith("# drawn")
    assert not (folder / "bundle.partial").exists()


def test_training_again_changes_nothing_but_the_bundle(finished: tuple[Path, list[Report]]) -> None:
    folder, _ = finished
    before = epochs(folder)
    train(TrainSpec.load(folder / "spec.json"), folder, lambda report: True)
    assert epochs(folder) == before
    assert Bundle.load(folder / "bundle").spec.label_names == ("plate",)
