"""Reading by more than the best path: beam search over texts, and the likeliest of a list of words.

The best path of CTC is not the best text: a text's probability is the sum over all paths that say it (Graves 2006,
section 3.2), and many likely paths can together outweigh the likeliest one.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from heapq import nlargest
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from training.engine.charset import BLANK_ID, Charset
from training.engine.decode import (
    DECODERS,
    Logits,
    Reading,
    Symbol,
    ctc_log_likelihood,
    join_readings,
    mean_confidence,
    strip_reading,
)
from training.engine.scores import edits
from training.engine.wording import Wording

LEAST_CHOICES = 16
"""Symbols looked at in each step, at least; more where the beam is wider."""
NEAREST = 64
"""Words of a longer list that are weighed: those with the fewest edits to what was read without the list."""

WORDED = 0.25
"""How much the wording counts beside what is seen."""
WORDED_BEAM, WORDED_TEXTS = 8, 24
"""Texts weighed of each row, and of all rows together."""
UNLIKELY, BEHIND = -5.0, 4.0
"""ln P of a symbol at a step, and how far a text may fall behind: no wording can help what is less likely than that."""

Prefix = tuple[int, ...]
NEITHER = (0.0, 0.0)


def read_beam(log_probabilities: Logits, symbols: Sequence[str], width: int) -> Reading:
    """The likeliest text of float32[T, C] log-probabilities among `width` prefixes kept in every step.

    A beam can lose the best path's text on the way; that text is weighed in the end all the same, so a beam never
    answers a less likely one. Each prefix carries two sums over its paths, of those that end in a blank and of those
    that do not (Hannun 2014, arxiv.org/abs/1408.2873, algorithm 1, without a language model). The characters'
    confidences, and the reading's `log_probability`, are those of the text's own best path, so a text that is found
    greedily too is told alike.
    """
    kept = (ids for _, ids in _search(log_probabilities, _choices(log_probabilities, width), width))
    found = (next(kept), _greedy(log_probabilities))
    return _told(log_probabilities, max(found, key=lambda ids: ctc_log_likelihood(log_probabilities, ids)), symbols)


def read_worded(
    reading: Reading, rows: Sequence[Logits], wording: Wording, symbols: Sequence[str], separator: str
) -> Reading:
    """What rows of float32[T, C] log-probabilities say together, weighed by how the user's texts are built.

    Shallow fusion of the likeliest texts (Gulcehre 2015, arxiv.org/abs/1503.03535, section 4.1). `reading`, what they
    say unweighed, is given back where its text is found again.
    """
    said: list[tuple[float, tuple[Prefix, ...]]] = [(0.0, ())]
    for logs in rows:
        found = _search(logs, _likely(logs), WORDED_BEAM, BEHIND)
        said = nlargest(
            WORDED_TEXTS,
            ((one + other, (*before, ids)) for one, before in said for other, ids in found),
            key=itemgetter(0),
        )
    texts = {ids: _text(ids, symbols, separator) for _, ids in said}
    _, best = max(said, key=lambda one: one[0] + WORDED * wording.log_probability(texts[one[1]]))
    if texts[best] == reading.text:
        return reading
    told = [strip_reading(_told(logs, ids, symbols)) for logs, ids in zip(rows, best, strict=True)]
    return join_readings(told, separator) if len(told) > 1 else told[0]


def _text(rows: Sequence[Prefix], symbols: Sequence[str], separator: str) -> str:
    texts = ("".join(symbols[symbol] for symbol in ids).strip() for ids in rows)
    return separator.join(text for text in texts if text)


def _search(
    log_probabilities: Logits, choices: Sequence[Sequence[int]], width: int, behind: float = math.inf
) -> list[tuple[float, Prefix]]:
    """The likeliest texts with ln of the sum over their paths, best first; none that was ever so far `behind` the best.

    The sums of a step are divided by the largest of them, lest they vanish.
    """
    beam: dict[Prefix, tuple[float, float]] = {(): (1.0, 0.0)}
    scale, least = 0.0, math.exp(-behind)
    for step, likely in zip(np.exp(log_probabilities.astype(np.float64)), choices, strict=True):
        blank_too, ahead = float(step[BLANK_ID]), [(symbol, float(step[symbol])) for symbol in likely]
        following: dict[Prefix, tuple[float, float]] = {}
        for prefix, (blank, other) in beam.items():
            either, last = blank + other, prefix[-1] if prefix else BLANK_ID
            before = following.get(prefix, NEITHER)
            goes_on = other * float(step[last])
            following[prefix] = (before[0] + either * blank_too, before[1] + goes_on)
            for symbol, chance in ahead:
                longer = (*prefix, symbol)
                before = following.get(longer, NEITHER)
                following[longer] = (before[0], before[1] + (blank if symbol == last else either) * chance)
        totals = {prefix: blank + other for prefix, (blank, other) in following.items()}
        best = nlargest(width, totals, key=totals.__getitem__)
        top = totals[best[0]]
        kept = (prefix for prefix in best if totals[prefix] >= least * top and totals[prefix] > 0)
        beam = {prefix: (following[prefix][0] / top, following[prefix][1] / top) for prefix in kept}
        scale += math.log(top)
    return [(scale + math.log(sum(sums)), prefix) for prefix, sums in beam.items()]


def _greedy(log_probabilities: Logits) -> Prefix:
    """What the best path says."""
    path = log_probabilities.argmax(axis=-1).tolist()
    return tuple(symbol for symbol, _ in itertools.groupby(path) if symbol != BLANK_ID)


def _choices(log_probabilities: Logits, width: int) -> list[list[int]]:
    """The likeliest symbols of each step, blanks apart."""
    count = min(max(width, LEAST_CHOICES) + 1, log_probabilities.shape[1])
    likeliest = np.argpartition(-log_probabilities, count - 1, axis=1)[:, :count]
    return [[symbol for symbol in row if symbol != BLANK_ID] for row in likeliest.tolist()]


def _likely(log_probabilities: Logits) -> list[list[int]]:
    """The symbols of each step that are not out of the question, the likeliest always; blanks apart."""
    likely: list[list[int]] = [[] for _ in log_probabilities]
    least = np.minimum(log_probabilities.max(axis=1, keepdims=True), UNLIKELY)
    for step, symbol in np.argwhere(log_probabilities >= least).tolist():
        if symbol != BLANK_ID:
            likely[step].append(symbol)
    return likely


def _told(log_probabilities: Logits, ids: Prefix, symbols: Sequence[str]) -> Reading:
    path = best_path(log_probabilities, ids)
    values = log_probabilities[np.arange(len(path)), _labels(ids)[path]] if len(path) else np.zeros(0)
    read = tuple(
        Symbol(symbols[symbol], math.exp(values[path == 2 * place + 1].max())) for place, symbol in enumerate(ids)
    )
    text = "".join(symbol.symbol for symbol in read)
    return Reading(text, mean_confidence(read), read, float(values.sum()))


def _labels(ids: Sequence[int]) -> NDArray[np.int64]:
    labels = np.full(2 * len(ids) + 1, BLANK_ID, dtype=np.int64)
    labels[1::2] = ids
    return labels


def best_path(log_probabilities: Logits, ids: Sequence[int]) -> NDArray[np.int64]:
    """int64[T]: where each step of the likeliest alignment of `ids` stands, character n at 2n + 1, blanks between.

    The ids must fit into the steps.
    """
    labels = _labels(ids)
    may_skip = np.zeros(len(labels), dtype=bool)
    may_skip[3::2] = labels[3::2] != labels[1:-2:2]
    alpha = np.full(len(labels), -np.inf)
    alpha[0] = 0.0
    came: list[NDArray[np.int64]] = []
    for row in log_probabilities[:, labels].astype(np.float64):
        one = np.concatenate(([-np.inf], alpha[:-1]))
        two = np.where(may_skip, np.concatenate(([-np.inf, -np.inf], alpha))[: len(labels)], -np.inf)
        moves = np.stack([alpha, one, two])
        came.append(moves.argmax(axis=0))
        alpha = moves.max(axis=0) + row
    place = len(labels) - 1 if len(labels) == 1 or alpha[-1] >= alpha[-2] else len(labels) - 2
    path: list[int] = []
    for step in reversed(came):
        path.append(place)
        place -= int(step[place])
    return np.array(path[::-1], dtype=np.int64)


def read_lexicon(log_probabilities: Logits, words: Sequence[str], charset: Charset, decoder: str = "ctc") -> Reading:
    """The word that float32[T, C] log-probabilities say most likely (Shi 2015, section 2.3.2); see `likeliest`."""
    decode = DECODERS[decoder]
    near = nearest(sayable(words, charset), [decode.read(log_probabilities, charset.symbols).text])
    return likeliest(near, [decode.log_likelihood(log_probabilities, charset.encode(word)) for word in near])


def sayable(words: Sequence[str], charset: Charset) -> list[str]:
    """The words all of whose characters the reader knows."""
    return [word for word in words if word and not charset.missing(word)]


def likeliest(words: Sequence[str], log_likelihoods: Iterable[float]) -> Reading:
    """The word of the highest likelihood; nothing where none is possible.

    It is as sure as the word is among the words, each as likely beforehand: that share of the likelihoods is the
    product of the characters' confidences, which are all alike, for it is the word that is uncertain.
    """
    likelihoods = np.array(list(log_likelihoods), dtype=np.float64)
    if not len(likelihoods) or not np.isfinite(likelihoods).any():
        return Reading("", 0.0)
    best = int(likelihoods.argmax())
    word, top = words[best], float(likelihoods[best])
    share = 1.0 / float(np.exp(likelihoods - top).sum())
    each = share ** (1.0 / len(word))
    return Reading(word, each, tuple(Symbol(character, each) for character in word), top)


def nearest(words: Sequence[str], read: Sequence[str], most: int = NEAREST) -> list[str]:
    """At most `most` of the words, those with the fewest edits to any of the readings, in the words' own order."""
    if len(words) <= most:
        return list(words)
    distances = [min(edits(word, text) for text in read) for word in words]
    kept = sorted(range(len(words)), key=lambda place: distances[place])[:most]
    return [words[place] for place in sorted(kept)]
