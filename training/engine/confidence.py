"""How sure a reading is, made to mean what it says: of readings that are 90 % sure, nine of ten should be right.

A network that was trained on few lines is surer of itself than it should be. Two numbers, fitted on training images
kept aside, put that right: a temperature for the probabilities of single characters (Guo 2017, section 4.2,
arxiv.org/abs/1706.04599), and a line for the whole text (Platt 1999): its log-odds of being right from the log-odds
that all its characters are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.engine.decode import DECODERS, Logits, Reading, log_softmax

TEMPERATURES = tuple(float(value) for value in np.geomspace(0.5, 4.0, 25))
CAREFUL = 4.0
"""Characters' worth of belief in the temperature 1, so that a handful of lines does not move it far."""
LEAST = 1e-4
BINS = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """log-odds of a text being right = offset + slope × log-odds of all its characters being right."""

    offset: float = 0.0
    slope: float = 1.0

    def at(self, reading: Reading) -> float:
        """The probability that the text is exactly right, 0 to 1; 0 for no text."""
        if not reading.text:
            return 0.0
        return _chance(self.offset + self.slope * _odds(all_right(reading)))


def all_right(reading: Reading) -> float:
    """The product of the characters' confidences."""
    return float(np.prod([symbol.confidence for symbol in reading.symbols])) if reading.symbols else 0.0


def fit_temperature(logits: Sequence[Logits], texts: Sequence[Sequence[int]], decoder: str = "ctc") -> float:
    """The temperature under which lines of float32[T, C] logits say their texts (ids) most likely; 1 without lines."""
    if not logits:
        return 1.0
    likelihood = DECODERS[decoder].log_likelihood

    def unlikelihood(temperature: float) -> float:
        logs = (likelihood(log_softmax(one, temperature), ids) for one, ids in zip(logits, texts, strict=True))
        possible = [value for value in logs if math.isfinite(value)]
        return -sum(possible) + CAREFUL * math.log(temperature) ** 2

    return min(TEMPERATURES, key=unlikelihood)


def fit_curve(readings: Sequence[Reading], rights: Sequence[bool]) -> Curve:
    """The line that makes confidences of readings with known truth most likely; few readings hardly bend it."""
    told = [(reading, right) for reading, right in zip(readings, rights, strict=True) if reading.text]
    inputs = np.array([[1.0, _odds(all_right(reading))] for reading, _ in told]).reshape(-1, 2)
    answers = np.array([right for _, right in told], dtype=bool)
    offset, slope = logistic(inputs, answers, np.array([0.0, 1.0]))
    return Curve(float(offset), float(max(slope, 0.05)))


def expected_calibration_error(confidences: Sequence[float], rights: Sequence[bool], bins: int = BINS) -> float:
    """Mean distance between confidence and share right, over bins of equal width (Guo 2017, equation 3); 0 for none."""
    if not confidences:
        return 0.0
    sure, right = np.asarray(confidences, float), np.asarray(rights, float)
    places = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((sure[places == b] - right[places == b]).sum())) for b in range(bins)]
    return sum(gaps) / len(sure)


def logistic(
    inputs: NDArray[np.float64],
    answers: NDArray[np.bool_],
    prior: NDArray[np.float64],
    strength: float = 0.5,
    steps: int = 50,
) -> NDArray[np.float64]:
    """Weights [K] of a logistic model of answers [N] by inputs [N, K], found by Newton's method.

    They are drawn towards `prior` by a quadratic penalty in units of the prior's own size.
    """
    penalty = strength / np.maximum(np.abs(prior), 1.0) ** 2 * 4

    def loss(weights: NDArray[np.float64]) -> float:
        odds = inputs @ weights
        return float(np.sum(np.logaddexp(0.0, odds) - answers * odds) + np.sum(penalty * (weights - prior) ** 2) / 2)

    weights = prior.astype(np.float64).copy()
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (chance - answers) + penalty * (weights - prior)
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        while loss(weights - step) > loss(weights) and float(np.abs(step).max()) > 1e-9:
            step /= 2
        weights -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights


def _odds(chance: float) -> float:
    kept = min(max(chance, LEAST), 1.0 - LEAST)
    return math.log(kept / (1.0 - kept))


def _chance(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))
