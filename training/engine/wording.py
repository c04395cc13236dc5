"""How the user's texts are built: among plates, `KL 10 AV 6342` is likelier than `KL 1G AV 6342`.

Of each training text only its shape is kept, the kinds of its characters: `AA 00 AA 0000`. A shape's probability is
that of an n-gram model with Witten-Bell smoothing (Witten 1991, doi.org/10.1109/18.87000, method C), which believes
the more in what it has seen the less it varies: names and addresses are hardly judged by it, plates and dates are.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

ORDER = 6
"""Characters before one that tell its kind."""
MOST_SHAPES = 500
KINDS = 8
"""So many kinds are thought possible of a character at least, however few were seen."""
START, END = "\x02", "\x03"


def shape(text: str) -> str:
    """Digits as 0, capitals as A, small letters as a, letters without case as x, white space as one, the rest as is."""
    return "".join(map(_kind, text))


def shapes(texts: Iterable[str]) -> dict[str, int]:
    """The commonest shapes of the texts, and how often each comes."""
    return dict(Counter(shape(text) for text in texts if text).most_common(MOST_SHAPES))


class Wording:
    """What texts of the given shapes (how often each was seen) are like."""

    def __init__(self, seen: Mapping[str, int]) -> None:
        self._next: dict[str, Counter[str]] = defaultdict(Counter)
        for one, times in seen.items():
            padded = START * ORDER + one + END
            for place in range(ORDER, len(padded)):
                for order in range(ORDER + 1):
                    self._next[padded[place - order : place]][padded[place]] += times
        self._unseen = 1.0 / max(KINDS, len(self._next[""]) + 1)

    def log_probability(self, text: str) -> float:
        """ln P of the text's shape, its end included."""
        padded = START * ORDER + shape(text) + END
        places = range(ORDER, len(padded))
        return sum(math.log(self._probability(padded[place - ORDER : place], padded[place])) for place in places)

    def _probability(self, before: str, kind: str) -> float:
        probability = self._unseen
        for order in range(ORDER + 1):
            seen = self._next.get(before[ORDER - order :])
            if seen is None:
                break
            probability = (seen[kind] + len(seen) * probability) / (seen.total() + len(seen))
        return probability


def _kind(character: str) -> str:
    if character.isdigit():
        return "0"
    if not character.isalpha():
        return " " if character.isspace() else character
    return "A" if character.isupper() else "a" if character.islower() else "x"
