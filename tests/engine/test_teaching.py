"""Several trainings from one start, and the average of what they learned."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from training.engine import device
from training.engine.recipe import Recipe
from training.engine.report import Report, Stopped
from training.engine.teaching import Lesson, Progress, Run, best_weights, progress_of, teach
from training.engine.time_limit import TimeLimit
from training.engine.trainer import Trainer

STEPS = 30
TWICE = Recipe(epochs=4, trainings=2, batch=8, rate=0.1, head_rate=0.1, average=0.5)

Batches = Callable[[int], Iterator[tuple[NDArray[np.float32], ...]]]


@dataclass(frozen=True)
class Error:
    loss: float


def of(truth: tuple[float, float], epoch: int) -> Iterator[tuple[NDArray[np.float32], ...]]:
    """An epoch that teaches to weigh two numbers so."""
    random = np.random.default_rng(epoch)
    for _ in range(STEPS):
        x = random.normal(size=(8, 2)).astype(np.float32)
        yield x, (x @ np.array(truth, np.float32))[:, None]


def helpful(epoch: int) -> Iterator[tuple[NDArray[np.float32], ...]]:
    """Both trainings miss the truth (1, 1), one on each side of it."""
    return of((1.5, 0.5) if epoch <= 2 else (0.5, 1.5), epoch)


def misleading(epoch: int) -> Iterator[tuple[NDArray[np.float32], ...]]:
    return of((1.0, 1.0) if epoch <= 2 else (-9.0, -9.0), epoch)


def taught(
    folder: Path,
    batches: Batches,
    recipe: Recipe = TWICE,
    until: Callable[[Report], bool] = lambda report: True,
    limit: TimeLimit | None = None,
) -> tuple[Progress, NDArray[np.float32]]:
    """The progress at the end and the two weights that are kept."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="zeros", name="head")(inputs))

    def loss(model: keras.Model, batch: tuple[Any, ...]) -> Any:
        return ops.mean(ops.square(model(batch[0], training=True) - batch[1]))

    def score(keep_going: Callable[[], None]) -> Error:
        keep_going()
        return Error(float(np.abs(np.ravel(model.get_weights()[0]) - 1.0).sum()))

    run = Run(folder, "digest", until, limit or TimeLimit())
    trainer = Trainer(model, loss, ("head",), recipe, STEPS * recipe.epochs_each, device.choose("float32"))
    teach(run, Lesson("reader", recipe, STEPS, batches, score, lambda score: (-score.loss,)), trainer)
    found = progress_of(run, "reader")
    assert found is not None
    return found[0], np.ravel(best_weights(found[1])[0])


def test_two_trainings_begin_at_one_start_and_their_weights_are_averaged(tmp_path: Path) -> None:
    def apart(epoch: int) -> Iterator[tuple[NDArray[np.float32], ...]]:
        return of((1.5, 0.5) if epoch == 1 else (0.5, 1.5), epoch)

    def only(number: int, _: int) -> Iterator[tuple[NDArray[np.float32], ...]]:
        return apart(number)

    alone = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        alone.append(taught(folder, partial(only, number), replace(TWICE, epochs=1, trainings=1))[1])
    progress, weights = taught(tmp_path, apart, replace(TWICE, epochs=2))
    assert (progress.epoch, progress.best_of) == (2, 2)
    assert weights.tolist() == pytest.approx(np.mean(alone, axis=0).tolist(), abs=1e-6)
    assert abs(weights - 1.0).sum() < min(abs(one - 1.0).sum() for one in alone)


def test_a_training_that_makes_the_average_no_better_is_left_out(tmp_path: Path) -> None:
    progress, weights = taught(tmp_path, misleading)
    assert (progress.epoch, progress.best_epoch, progress.best_of) == (4, 2, 1)
    assert (weights > 0.0).all()


@pytest.mark.parametrize("stopped_in", [1, 2, 3, 4])
def test_trainings_stopped_anywhere_end_as_if_never_stopped(tmp_path: Path, stopped_in: int) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "stopped").mkdir()
    progress, weights = taught(tmp_path / "whole", helpful)
    with pytest.raises(Stopped):
        taught(tmp_path / "stopped", helpful, until=lambda report: report.epoch != stopped_in)
    again, same = taught(tmp_path / "stopped", helpful)
    assert [entry["held_out_loss"] for entry in again.history] == [entry["held_out_loss"] for entry in progress.history]
    assert same.tolist() == weights.tolist()


def test_a_training_that_gets_no_better_for_long_makes_room_for_the_next(tmp_path: Path) -> None:
    def first_misleads(epoch: int) -> Iterator[tuple[NDArray[np.float32], ...]]:
        return of((-9.0, -9.0) if epoch <= 5 else (1.0, 1.0), epoch)

    progress, weights = taught(tmp_path, first_misleads, replace(TWICE, epochs=10, patience=2))
    assert [entry["epoch"] for entry in progress.history][:4] == [0, 1, 2, 6]
    assert progress.best_of == 1
    assert (weights > 0.0).all()


@pytest.mark.parametrize(
    ("epochs", "trainings", "each", "begin_at"),
    [(4, 1, 4, []), (6, 2, 3, [4]), (5, 2, 3, [4]), (6, 3, 2, [3, 5]), (2, 2, 1, [2])],
)
def test_trainings_share_the_epochs(epochs: int, trainings: int, each: int, begin_at: list[int]) -> None:
    recipe = Recipe(epochs=epochs, trainings=trainings, batch=8, rate=1.0, head_rate=1.0)
    assert recipe.epochs_each == each
    assert [epoch for epoch in range(1, epochs + 1) if recipe.begins(epoch)] == begin_at


def test_an_epoch_ends_in_its_middle_where_the_time_is_over(tmp_path: Path) -> None:
    limit = TimeLimit(minutes=60)
    steps: list[int] = []

    def slow(epoch: int) -> Iterator[tuple[NDArray[np.float32], ...]]:
        for number, batch in enumerate(of((1.0, 1.0), epoch)):
            steps.append(epoch)
            if (epoch, number) == (3, 5):  # in the second training
                limit.started -= 3600
            yield batch

    progress, weights = taught(tmp_path, slow, limit=limit)
    assert (progress.epoch, progress.finished) == (3, True)
    assert 4 not in steps
    assert steps.count(3) < STEPS / 2
    assert progress.best_epoch > 0
    assert weights == pytest.approx([1.0, 1.0], abs=0.1)
    assert limit.left_out == ["What reads the texts was trained for 3 of 4 epochs."]
    again = TimeLimit(minutes=60)
    taught(tmp_path, slow, limit=again)
    assert again.left_out == limit.left_out
    assert progress.spent > 3600


def test_nothing_is_learned_where_the_start_took_all_the_time(tmp_path: Path) -> None:
    limit = TimeLimit(minutes=1)
    limit.started -= 55
    progress, weights = taught(tmp_path, helpful, limit=limit)
    assert (progress.epoch, progress.best_epoch, progress.finished) == (0, 0, True)
    assert weights == pytest.approx([0.0, 0.0])
    assert limit.remarks() == ("To keep to 1 minutes, less was done:", "What reads the texts was not trained.")
