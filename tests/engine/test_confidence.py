"""Confidences mean what they say, and a few readings cannot make them say much else."""

import numpy as np
import pytest

from training.engine.confidence import Curve, all_right, expected_calibration_error, fit_curve, fit_temperature
from training.engine.decode import Logits, Reading, Symbol


def reading(*confidences: float) -> Reading:
    symbols = tuple(Symbol("A", confidence) for confidence in confidences)
    return Reading("A" * len(symbols), 0.5, symbols)


@pytest.mark.parametrize(
    ("confidences", "rights", "error"),
    [
        ([], [], 0.0),
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0, 1.0], [False, False], 1.0),
        ([0.75, 0.75, 0.75, 0.75], [True, True, True, False], 0.0),
        ([0.95, 0.05], [False, False], 0.5),  # one bin is wrong by 0.95, the other by 0.05
    ],
)
def test_the_calibration_error_is_the_mean_gap_of_the_bins(
    confidences: list[float], rights: list[bool], error: float
) -> None:
    assert expected_calibration_error(confidences, rights) == pytest.approx(error, abs=1e-9)


def test_a_text_is_as_sure_as_all_its_characters_together() -> None:
    assert all_right(reading(0.9, 0.5)) == pytest.approx(0.45)
    assert Curve().at(reading(0.9, 0.5)) == pytest.approx(0.45)
    assert Curve().at(Reading("", 0.0)) == 0.0


def test_readings_surer_than_they_are_right_become_less_sure() -> None:
    random = np.random.default_rng(0)
    readings = [reading(0.99) for _ in range(200)]
    rights = [bool(right) for right in random.random(200) < 0.7]
    curve = fit_curve(readings, rights)
    assert curve.at(readings[0]) == pytest.approx(float(np.mean(rights)), abs=0.03)


def test_one_wrong_reading_does_not_bend_the_curve_far() -> None:
    assert fit_curve([reading(0.9)], [False]).at(reading(0.9)) > 0.6
    assert fit_curve([], []) == Curve()


def flat_logits(right: int, margin: float, steps: int = 3, classes: int = 4) -> Logits:
    logits = np.zeros((steps, classes), np.float32)
    logits[:, right] = margin
    return logits


def test_a_reader_that_is_often_wrong_and_sure_gets_a_high_temperature() -> None:
    sure = [flat_logits(1, 8.0) for _ in range(20)]
    half = [[1] if place % 2 else [2] for place in range(20)]
    assert fit_temperature(sure, half) > 2.0
    assert fit_temperature(sure, [[1]] * 20) <= 1.0
    assert fit_temperature([], []) == 1.0
