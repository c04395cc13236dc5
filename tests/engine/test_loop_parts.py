"""The pieces of a training run that need no network: what is held out, the order of items, checkpoints, targets."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.engine import checkpoint, finder_targets, held_out
from training.engine.checkpoint import Checkpoint
from training.engine.geometry import area, box_quad, iou
from training.engine.report import OnEpoch, Report, Stopped
from training.engine.teaching import Run
from training.engine.trainer import order, steps_in


@pytest.mark.parametrize(("count", "aside"), [(4, 2), (20, 2), (195, 20), (5000, 60)])
def test_held_out_items_are_few_and_never_learned_from(count: int, aside: int) -> None:
    items = list(range(count))
    learn, held = held_out.part(items, seed=5)
    assert len(held) == aside
    assert sorted(learn + held) == items
    assert held_out.part(items, seed=5) == (learn, held)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_is_both_learned_from_and_chosen_by(count: int) -> None:
    items = list(range(count))
    assert held_out.part(items, seed=0) == (items, items)


def test_another_seed_holds_out_other_items() -> None:
    assert held_out.part(range(100), 1)[1] != held_out.part(range(100), 2)[1]


@pytest.mark.parametrize(("items", "batch", "least"), [(10, 4, 1), (3, 8, 5), (16, 16, 1), (1, 4, 2)])
def test_an_epoch_holds_every_item_in_whole_batches(items: int, batch: int, least: int) -> None:
    groups = order(items, batch, (0, 1), least)
    assert len(groups) == steps_in(items, batch, least) >= least
    assert all(len(group) == batch for group in groups)
    assert {index for group in groups for index in group} == set(range(items))


def test_epochs_differ_in_order_and_repeat_by_seed() -> None:
    assert order(50, 5, (0, 1)) != order(50, 5, (0, 2))
    assert order(50, 5, (0, 1)) == order(50, 5, (0, 1))


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    arrays = {"weights/0": np.arange(6.0).reshape(2, 3), "step": np.array(7)}
    checkpoint.save(tmp_path, "reader", Checkpoint({"epoch": 3, "best": [-0.5]}, arrays))
    found = checkpoint.load(tmp_path, "reader")
    assert found is not None
    assert found.numbers == {"epoch": 3, "best": [-0.5]}
    assert {key: value.tolist() for key, value in found.arrays.items()} == {
        "weights/0": [[0, 1, 2], [3, 4, 5]],
        "step": 7,
    }


def test_a_process_killed_while_saving_leaves_the_older_checkpoint(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, "finder", Checkpoint({"epoch": 1}, {}))
    (tmp_path / checkpoint.FOLDER / "finder.partial").write_bytes(b"PK half of one")
    found = checkpoint.load(tmp_path, "finder")
    assert found is not None
    assert found.numbers == {"epoch": 1}


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut short"])
def test_a_damaged_checkpoint_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / checkpoint.FOLDER).mkdir()
    (tmp_path / checkpoint.FOLDER / "reader.npz").write_bytes(content)
    assert checkpoint.load(tmp_path, "reader") is None


def test_a_region_is_drawn_shrunk_into_the_map_of_its_label_alone() -> None:
    quad = box_quad(20, 20, 100, 50)
    maps, counted = finder_targets.draw([(1, quad)], 2, (96, 128))
    assert maps[..., 0].max() == 0
    rows, columns = np.nonzero(maps[..., 1])
    drawn = box_quad(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert 0.2 < area(drawn) / area(quad) < 0.6
    assert iou(drawn, finder_targets.shrunk(quad)) > 0.85
    assert counted.min() == 1


@pytest.mark.parametrize(
    ("quad", "why"),
    [(box_quad(-60, 20, 30, 50), "mostly outside"), (box_quad(40, 40, 60, 42), "too thin")],
)
def test_regions_nobody_could_judge_count_for_nothing(quad: np.ndarray, why: str) -> None:
    maps, counted = finder_targets.draw([(0, quad)], 1, (96, 128))
    assert maps.max() == 0, why
    assert counted.min() == 0, why


def test_a_region_outside_the_window_leaves_no_trace() -> None:
    maps, counted = finder_targets.draw([(0, box_quad(200, 20, 260, 50))], 1, (96, 128))
    assert maps.max() == 0
    assert counted.min() == 1


def test_a_run_that_is_told_no_stops_with_a_sentence(tmp_path: Path) -> None:
    run = Run(tmp_path, "digest", lambda report: False)
    with pytest.raises(Stopped, match="goes on from"):
        run.tell("training", "finder", 0.5, always=True)


def noting(seen: list[Report]) -> OnEpoch:
    def note(report: Report) -> bool:
        seen.append(report)
        return True

    return note


def test_reports_move_forward_through_the_whole_run(tmp_path: Path) -> None:
    seen: list[Report] = []
    run = Run(tmp_path, "digest", noting(seen))
    run.tell("preparing", always=True)
    run.tell("training", "finder", 0.5, always=True)
    run.tell("training", "reader", 0.1, always=True)
    run.tell("evaluating", within=1.0, always=True)
    fractions = [report.fraction for report in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_epochs_written_after_the_last_checkpoint_are_dropped(tmp_path: Path) -> None:
    run = Run(tmp_path, "digest", lambda report: True)
    run.log({"part": "finder", "epoch": 0})
    run.log({"part": "finder", "epoch": 1})
    run.start_log([{"part": "finder", "epoch": 0}])
    run.log({"part": "finder", "epoch": 1, "again": True})
    lines = [json.loads(line) for line in (tmp_path / "epochs.jsonl").read_text().splitlines()]
    assert lines == [{"part": "finder", "epoch": 0}, {"part": "finder", "epoch": 1, "again": True}]
