"""A run keeps to its `max_minutes`, and says what it left out for that."""

import json
import time
from pathlib import Path

import pytest

from annotations.drawn import draw_scene
from training.engine import time_limit
from training.engine.evaluate import Evaluation
from training.engine.loop import train
from training.engine.predict import Bundle
from training.engine.report import Report
from training.engine.spec import LabelSpec, TrainSpec
from training.engine.time_limit import FINISHING_SECONDS, OutOfTime, TimeLimit

PICTURES = 40


def drawn_run(folder: Path, minutes: float, pictures: int = PICTURES) -> TrainSpec:
    """As many pictures to measure on as to learn from, and no limit but the time."""
    (folder / "images").mkdir(parents=True)
    entries = []
    for number in range(pictures):
        scene = draw_scene(number, size=(640, 480), easy=True)
        scene.image.save(folder / "images" / f"{number}.png")
        regions = [
            {"label": "plate", "quad": [list(map(float, point)) for point in quad], "text": text}
            for quad, text in scene.regions
        ]
        split = "test" if number % 2 else "train"
        entries.append({"image": f"images/{number}.png", "split": split, "regions": regions})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return TrainSpec(project="drawn", labels=(LabelSpec(name="plate"),), max_minutes=minutes)


@pytest.mark.slow
def test_a_run_whose_time_ends_in_an_epoch_makes_a_bundle_and_says_what_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that jumps: on a busy machine no short time would be sure to hold."""
    spec = drawn_run(tmp_path, minutes=60)
    jumped: list[float] = []
    monkeypatch.setattr(time_limit, "now", lambda: time.monotonic() + sum(jumped))

    def jump_in_the_first_epoch(report: Report) -> bool:
        if (report.part, report.epoch) == ("finder", 1) and not jumped:
            jumped.append(3600.0)
        return True

    train(spec, tmp_path, jump_in_the_first_epoch)
    evaluation = Evaluation.load(tmp_path / "evaluation.json")
    assert evaluation.remarks[0] == "To keep to 60 minutes, less was done:"
    assert {"What finds the fields was trained for 1 of 3 epochs.", "What reads the texts was not trained."} <= set(
        evaluation.remarks
    )
    assert len(evaluation.left_out) == PICTURES // 2 - evaluation.images > 0
    assert evaluation.start is not None
    assert evaluation.start.finder.regions == evaluation.overall.finder.regions  # the same images
    scene = draw_scene(99, size=(640, 480), easy=True)
    assert [found.text for found in Bundle.load(tmp_path / "bundle").predict(scene.image)]


def test_a_run_whose_time_is_over_before_it_learns_anything_fails_with_a_sentence(tmp_path: Path) -> None:
    spec = drawn_run(tmp_path, minutes=1e-6, pictures=4)
    with pytest.raises(OutOfTime, match="nothing was trained"):
        train(spec, tmp_path, lambda report: True)


def test_time_is_kept_for_what_follows_the_training() -> None:
    limit = TimeLimit(minutes=10)
    assert limit.reserve == 0.1 * 600
    limit.expect(100.0)
    assert limit.reserve == FINISHING_SECONDS + 100
    limit.expect(0.0, building=60.0)
    assert limit.reserve == 180
    limit.expect(1000.0)
    assert limit.reserve == 0.5 * 600
    limit.started -= 299
    assert not limit.learned_enough(1.0)
    assert limit.learned_enough(1.0, further=2.0)
    assert limit.learned_enough(0.6)
    assert not limit.is_over()
    assert not TimeLimit().learned_enough(0.0, further=1e9)
