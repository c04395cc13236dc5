"""The canvases that readers with glimpses are compared on."""

from functools import partial

import numpy as np
import pytest

from benchmarks.reproductions import digits, paths
from benchmarks.reproductions.digits import SIDE, Drawn


def test_no_digit_is_both_learned_and_tested() -> None:
    learn, test = digits.split(0)
    assert len(learn.values) + len(test.values) == 1797
    learned = {picture.tobytes() for picture in learn.pictures}
    # The collection itself holds a few digits twice, so equal pictures are not impossible.
    assert sum(picture.tobytes() in learned for picture in test.pictures) == 0


def test_each_seed_splits_and_draws_anew_and_alike() -> None:
    parts = [digits.split(seed)[1] for seed in (0, 0, 1)]
    assert (parts[0].values == parts[1].values).all()
    assert (parts[0].values != parts[2].values).any()
    one, again = (digits.cluttered(parts[0], 60, 4, np.random.default_rng(5)) for _ in range(2))
    assert (one.canvas == again.canvas).all()
    assert one.digits == again.digits


def test_a_canvas_holds_its_digit_and_pieces_of_others() -> None:
    some, _ = digits.split(0)
    alone = digits.cluttered(some, 60, 0, np.random.default_rng(1)).canvas
    rows, columns = np.nonzero(alone.max(axis=1))[0], np.nonzero(alone.max(axis=0))[0]
    assert np.ptp(rows) < SIDE
    assert np.ptp(columns) < SIDE
    shares = [(digits.cluttered(some, 60, pieces, np.random.default_rng(1)).canvas > 0).mean() for pieces in (0, 30)]
    assert shares[0] < shares[1]


@pytest.mark.parametrize("seed", range(5))
def test_a_pair_is_told_from_left_to_right(seed: int) -> None:
    blank = np.zeros((2, SIDE, SIDE), np.float32)
    blank[0, 0, 0], blank[1, 0, 0] = 100, 200
    drawn = digits.pair(digits.Digits(blank, np.array([1, 2])), 64, np.random.default_rng(seed))
    found = sorted((int(x), int(drawn.canvas[y, x])) for y, x in zip(*np.nonzero(drawn.canvas), strict=True))
    assert [100 * digit for digit in drawn.digits] == [value for _, value in found]
    assert found[1][0] - found[0][0] >= 8


def test_a_batch_fits_a_reader() -> None:
    some, _ = digits.split(0)
    draw = partial(digits.pair, some, 64)
    pixels, ids, lengths = digits.batch([draw(np.random.default_rng(seed)) for seed in range(3)])
    assert pixels.shape == (3, 64, 64, 3)
    assert ids.shape == (3, 2)
    assert ids.min() >= 1
    assert lengths.tolist() == [2, 2, 2]


def test_glimpses_are_drawn_where_they_were() -> None:
    canvas = Drawn(np.zeros((40, 40), np.float32), (3,)).canvas
    looks = np.array([[-0.5, 0.5, 0.25]], np.float32)
    shown = paths.panel(canvas, looks, "3")
    coloured = (shown[:160, :160] > 0).any(axis=2)
    rows, columns = np.nonzero(coloured)
    # A square of 10 of 40 pixels around a quarter from the top and a quarter from the right, four times enlarged.
    assert (rows.min(), columns.min()) == (20, 100)
    assert (rows.max(), columns.max()) == (60, 140)
