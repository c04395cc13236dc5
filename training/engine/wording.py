"""How the user's texts are built: among plates, `KL 10 AV 6342` is likelier than `KL 1G AV 6342`.

Of each training text only its shape is kept, the kinds of its characters: `AA 00 AA 0000`. A shape's probability is
that of an n-gram model with Witten-Bell smoothing (Witten 1991, doi.org/10.1109/18.87000, method C), which believes
the more in what it has seen the less it varies: names and addresses are hardly judged by it, plates and dates are.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

ORDER = 6
"""Characters before one that tell its kind."""
MOST_SHAPES = 500
KINDS = 8
"""So many kinds are thought possible of a character at least, however few were seen."""
START, END = "\x02", "\x03"
FOREIGN, ODDER = 24.0, 10.0
"""How much less likely (in nats) than the best text of its picture, and than the oddest of the user's own, a text is
before it is held for none of them."""
SLIPS = 0.05
"""Share of the user's own texts that may be odder than the oddest."""
SURE_FROM = 10
"""Texts from which one knows how odd the user's own can be."""


def shape(text: str) -> str:
    """Digits as 0, capitals as A, small letters as a, letters without case as x, white space as one, the rest as is."""
    return "".join(map(_kind, text))


def shapes(texts: Iterable[str]) -> dict[str, int]:
    """The commonest shapes of the texts, and how often each comes."""
    return dict(Counter(shape(text) for text in texts if text).most_common(MOST_SHAPES))


class Wording:
    """What texts of the given shapes (how often each was seen) are like."""

    def __init__(self, seen: Mapping[str, int]) -> None:
        self._seen = dict(seen)
        self._next: dict[str, Counter[str]] = defaultdict(Counter)
        for one, times in seen.items():
            self._learn(one, times)
        self._unseen = 1.0 / max(KINDS, len(self._next[""]) + 1)

    def _learn(self, one: str, times: int) -> None:
        padded = START * ORDER + one + END
        for place in range(ORDER, len(padded)):
            for order in range(ORDER + 1):
                following = self._next[padded[place - order : place]]
                following[padded[place]] += times
                if not following[padded[place]]:
                    del following[padded[place]]

    @cached_property
    def _oddest(self) -> float:
        """The log-probability of the oddest of the user's own texts, each to one who has seen only the others."""
        if sum(self._seen.values()) < SURE_FROM:
            return -math.inf
        other = Wording(self._seen)  # other threads may be asking this one
        told: list[float] = []
        for one, times in self._seen.items():
            other._learn(one, -1)
            told += [other.log_probability(one)] * times
            other._learn(one, 1)
        # A slip of the pen among the user's own says nothing of what they are like.
        return sorted(told)[int(SLIPS * len(told))]

    def foreign(self, texts: Sequence[str]) -> list[bool]:
        """Which of a picture's texts are likely none of the user's: unlike all of those, beside one that is like them.

        Where the user's own texts vary much, no text is.
        """
        if len(texts) < 2:
            return [False] * len(texts)
        told = [self.log_probability(text) for text in texts]
        least = min(max(told) - FOREIGN, self._oddest - ODDER)
        return [bool(text) and value < least for text, value in zip(texts, told, strict=True)]

    def log_probability(self, text: str) -> float:
        """ln P of the text's shape, its end included."""
        padded = START * ORDER + shape(text) + END
        places = range(ORDER, len(padded))
        return sum(math.log(self._probability(padded[place - ORDER : place], padded[place])) for place in places)

    def _probability(self, before: str, kind: str) -> float:
        probability = self._unseen
        for order in range(ORDER + 1):
            seen = self._next.get(before[ORDER - order :])
            if not seen:
                break
            probability = (seen[kind] + len(seen) * probability) / (seen.total() + len(seen))
        return probability


def _kind(character: str) -> str:
    if character.isdigit():
        return "0"
    if not character.isalpha():
        return " " if character.isspace() else character
    return "A" if character.isupper() else "a" if character.islower() else "x"
