"""From the reader's logits to text, with a confidence for each character.

Readers answer in one of two ways (`zoo.form.Decoder`): with CTC, a step for each few pixels, or in slots, one a
character. `DECODERS` has for either the reading and the likelihood of a given text.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.engine.charset import BLANK_ID

Logits = npt.NDArray[np.float32]
NEVER = -1e30  # the log of a probability of nothing, kept finite so that sums of it stay numbers


@dataclass(frozen=True, slots=True)
class Symbol:
    """One character read, with the highest probability it had while it was being read."""

    symbol: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """`confidence` is the geometric mean of the characters', so it does not fall with length; 0 for no text.

    `log_probability` is the logarithm of the best path's probability, all steps of it.
    """

    text: str
    confidence: float
    symbols: tuple[Symbol, ...] = ()
    log_probability: float = 0.0


def log_softmax(logits: Logits, temperature: float = 1.0) -> npt.NDArray[np.float32]:
    """Logarithms of probabilities, float32[..., C]; a temperature above 1 makes the reader less sure of itself."""
    scaled = logits / np.float32(temperature)
    shifted = scaled - scaled.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32)


def read_greedily(log_probabilities: Logits, symbols: Sequence[str]) -> Reading:
    """The best path of float32[T, C] log-probabilities: repeats merged, blanks dropped (Graves 2006)."""
    best = log_probabilities.argmax(axis=-1)
    values = log_probabilities.max(axis=-1)
    read: list[Symbol] = []
    logs: list[float] = []
    previous = BLANK_ID
    for index, value in zip(best.tolist(), values.tolist(), strict=True):
        if index == BLANK_ID:
            pass
        elif index == previous:
            if value > logs[-1]:
                logs[-1] = value
                read[-1] = Symbol(symbols[index], float(np.exp(value)))
        else:
            logs.append(value)
            read.append(Symbol(symbols[index], float(np.exp(value))))
        previous = index
    confidence = float(np.exp(np.mean(logs))) if logs else 0.0
    return Reading("".join(symbol.symbol for symbol in read), confidence, tuple(read), float(values.sum()))


def read_slots(log_probabilities: Logits, symbols: Sequence[str]) -> Reading:
    """The likeliest character of each slot of float32[T, C], up to the first blank, which ends the text."""
    best = log_probabilities.argmax(axis=-1).tolist()
    values = log_probabilities.max(axis=-1)
    length = best.index(BLANK_ID) if BLANK_ID in best else len(best)
    read = tuple(
        Symbol(symbols[index], float(np.exp(value)))
        for index, value in zip(best[:length], values[:length].tolist(), strict=True)
    )
    told = float(values[: length + 1].sum())
    return Reading("".join(one.symbol for one in read), mean_confidence(read), read, told)


def strip_reading(reading: Reading) -> Reading:
    """The reading without spaces at its ends."""
    kept = list(reading.symbols)
    while kept and kept[0].symbol.isspace():
        kept.pop(0)
    while kept and kept[-1].symbol.isspace():
        kept.pop()
    if len(kept) == len(reading.symbols):
        return reading
    return Reading("".join(s.symbol for s in kept), mean_confidence(kept), tuple(kept), reading.log_probability)


def join_readings(readings: Sequence[Reading], separator: str) -> Reading:
    """Several rows as one text. The separator was not seen but inferred: it is as sure as the least sure row."""
    rows = [reading for reading in map(strip_reading, readings) if reading.text]
    if len(rows) <= 1:
        return rows[0] if rows else Reading("", 0.0)
    sure = min(row.confidence for row in rows)
    symbols: list[Symbol] = []
    for row in rows:
        if symbols:
            symbols.extend(Symbol(character, sure) for character in separator)
        symbols.extend(row.symbols)
    seen = [symbol for row in rows for symbol in row.symbols]
    text = separator.join(row.text for row in rows)
    return Reading(text, mean_confidence(seen), tuple(symbols), sum(row.log_probability for row in rows))


def mean_confidence(symbols: Sequence[Symbol]) -> float:
    """Geometric mean; 0 for none."""
    if not symbols:
        return 0.0
    return float(np.exp(np.mean([np.log(max(symbol.confidence, 1e-12)) for symbol in symbols])))


def ctc_log_likelihood(log_probabilities: Logits, labels: Sequence[int]) -> float:
    """ln P(labels | float32[T, C]) over all alignments: the forward recursion of CTC. -inf where T is too short."""
    return float(ctc_prefix_log_likelihoods(log_probabilities, labels)[-1])


def ctc_prefix_log_likelihoods(log_probabilities: Logits, labels: Sequence[int]) -> npt.NDArray[np.float64]:
    """ln P(labels[:n] | all T steps) for n = 0 .. len(labels), float64[len(labels) + 1], from one forward pass."""
    path = np.full(2 * len(labels) + 1, BLANK_ID, dtype=np.int64)
    path[1::2] = labels
    may_skip = np.zeros(len(path), dtype=bool)
    may_skip[3::2] = path[3::2] != path[1:-2:2]
    emitted = log_probabilities[:, path].astype(np.float64)
    alpha = np.full(len(path), -np.inf)
    alpha[0] = 0.0  # before the first step: nothing read
    for row in emitted:
        one = np.concatenate(([-np.inf], alpha[:-1]))
        two = np.where(may_skip, np.concatenate(([-np.inf, -np.inf], alpha))[: len(path)], -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), two) + row
    ends = np.concatenate(([-np.inf], alpha[1::2]))
    return np.logaddexp(alpha[0::2], ends)


def slots_log_likelihood(log_probabilities: Logits, labels: Sequence[int]) -> float:
    """ln P(labels, then the blank | float32[T, C]); -inf where the text fills all slots or more."""
    if len(labels) >= len(log_probabilities):
        return -math.inf
    wanted = [*labels, BLANK_ID]
    return float(log_probabilities[np.arange(len(wanted)), wanted].sum(dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Decode:
    """`read`: float32[T, C] log-probabilities and the symbols to a reading; `log_likelihood` of given ids."""

    read: Callable[[Logits, Sequence[str]], Reading]
    log_likelihood: Callable[[Logits, Sequence[int]], float]


DECODERS: dict[str, Decode] = {
    "ctc": Decode(read_greedily, ctc_log_likelihood),
    "slots": Decode(read_slots, slots_log_likelihood),
}
