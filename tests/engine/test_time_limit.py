"""A run keeps to its `max_minutes`, and says what it left out for that."""

import json
from pathlib import Path

import pytest

from annotations.drawn import draw_scene
from training.engine.loop import train
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
