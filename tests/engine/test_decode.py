import itertools
import math

import numpy as np
import pytest

from training.engine.decode import (
    Logits,
    Reading,
    ctc_log_likelihood,
    ctc_prefix_log_likelihoods,
    join_readings,
    log_softmax,
    read_greedily,
    strip_reading,
)

SYMBOLS = ("", "a", "b", " ")


def steps(path: str, sure: float = 0.9) -> Logits:
    """Log-probabilities of a path written with - for the blank."""
    probabilities = np.full((len(path), 4), (1 - sure) / 3, np.float32)
    for place, symbol in enumerate(path):
        probabilities[place, "-ab ".index(symbol)] = sure
    return np.log(probabilities)


@pytest.mark.parametrize(
    ("path", "text"),
    [("", ""), ("---", ""), ("aab", "ab"), ("a-a", "aa"), ("aa-aab--b", "aabb"), ("-a -b", "a b")],
)
def test_repeats_merge_and_blanks_vanish(path: str, text: str) -> None:
    assert read_greedily(steps(path), SYMBOLS).text == text


def test_confidence_does_not_fall_with_length() -> None:
    short, long = read_greedily(steps("a"), SYMBOLS), read_greedily(steps("a-b-a-b-a-b"), SYMBOLS)
    assert short.confidence == pytest.approx(0.9)
    assert long.confidence == pytest.approx(0.9)


def test_a_symbol_is_as_sure_as_its_surest_step() -> None:
    logs = np.concatenate([steps("a", 0.6), steps("a", 0.8), steps("a", 0.7)])
    (symbol,) = read_greedily(logs, SYMBOLS).symbols
    assert symbol.symbol == "a"
    assert symbol.confidence == pytest.approx(0.8)


def test_nothing_read_is_not_sure() -> None:
    assert read_greedily(steps("--"), SYMBOLS).confidence == 0.0


def test_softmax_sums_to_one_and_temperature_flattens() -> None:
    logits = np.array([[1.0, 5.0, -80.0]], np.float32)
    assert np.exp(log_softmax(logits)).sum() == pytest.approx(1.0)
    assert log_softmax(logits, 3.0).max() < log_softmax(logits).max()


@pytest.mark.parametrize("text", ["", "a", "aa", "ab", "aba", "abab"])
def test_the_likelihood_is_the_sum_over_all_paths(text: str) -> None:
    logs = np.log(np.random.default_rng(3).dirichlet(np.ones(4), 5)).astype(np.float32)
    total = 0.0
    for path in itertools.product(range(4), repeat=5):
        merged = [symbol for symbol, _ in itertools.groupby(path) if symbol]
        if "".join(SYMBOLS[symbol] for symbol in merged) == text:
            total += math.exp(sum(logs[step, symbol] for step, symbol in enumerate(path)))
    labels = [SYMBOLS.index(symbol) for symbol in text]
    assert ctc_log_likelihood(logs, labels) == pytest.approx(math.log(total), rel=1e-5)


def test_one_pass_gives_every_prefix() -> None:
    logs = np.log(np.random.default_rng(4).dirichlet(np.ones(4), 9)).astype(np.float32)
    labels = [1, 1, 2, 3, 2]
    each = [ctc_log_likelihood(logs, labels[:size]) for size in range(6)]
    assert ctc_prefix_log_likelihoods(logs, labels) == pytest.approx(each)


def test_a_text_longer_than_the_steps_is_impossible() -> None:
    assert ctc_log_likelihood(steps("ab"), [1, 1]) == -math.inf


def test_rows_join_with_the_separator_and_empty_rows_vanish() -> None:
    rows = [read_greedily(steps(path), SYMBOLS) for path in ("a b ", "--", " b")]
    joined = join_readings(rows, "\n")
    assert joined.text == "a b\nb"
    assert "".join(symbol.symbol for symbol in joined.symbols) == joined.text
    assert joined.confidence == pytest.approx(0.9)
    assert join_readings([], " ") == Reading("", 0.0)


def test_spaces_at_the_ends_are_dropped() -> None:
    assert strip_reading(read_greedily(steps(" a "), SYMBOLS)).text == "a"
