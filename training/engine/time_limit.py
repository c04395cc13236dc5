"""How long a run may take (`max_minutes`), and what it leaves out to keep to that.

The networks learn until only what follows still fits: writing the bundle, choosing its numbers, measuring it. How long
that takes is estimated from the first look at the pictures kept aside. What follows then takes fewer pictures where it
has to. Each part does at least a little, so that there is always a bundle and a score.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from training.engine.spec import EngineError

FINISHING_SECONDS = 20.0
"""Of building, exporting and loading the networks, whatever the pictures; at least this."""
BUILDINGS = 3.0
"""Or as many times as long as it took to build one of them, which tells how busy the machine is."""
FINISHING_SHARES = (0.1, 0.5)
"""Of the time, kept for what follows the training: at least and at most."""

now = time.monotonic

Enough = Callable[[int], bool]
"""Asked with how many were looked at: whether no more shall be."""


def never(done: int) -> bool:
    return False


class OutOfTime(EngineError):
    """The time was over before anything could be learned."""


@dataclass
class TimeLimit:
    """`minutes` None: without end. `left_out`: sentences for whoever set the limit."""

    minutes: float | None = None
    started: float = field(default_factory=lambda: now())
    left_out: list[str] = field(default_factory=list)
    finishing: float = FINISHING_SECONDS

    @property
    def seconds(self) -> float:
        return math.inf if self.minutes is None else 60.0 * self.minutes

    @property
    def spent(self) -> float:
        return now() - self.started

    @property
    def reserve(self) -> float:
        """Seconds kept for what follows the training."""
        if self.minutes is None:
            return 0.0
        low, high = (share * self.seconds for share in FINISHING_SHARES)
        return min(max(self.finishing, low), high)

    def expect(self, looking: float, building: float = 0.0) -> None:
        """What is still to be looked at after the training may take `looking` seconds; one network was built in
        `building`."""
        self.finishing = max(self.finishing, max(FINISHING_SECONDS, BUILDINGS * building) + looking)

    def learned_enough(self, share: float, further: float = 0.0) -> bool:
        """Whether `share` of the time for learning is over, or would be in `further` seconds."""
        return self.spent + further > share * (self.seconds - self.reserve)

    def is_over(self, keep: float = 0.0) -> bool:
        """Whether no more is left than `keep` of what was kept for the end."""
        return self.spent > self.seconds - keep * self.reserve

    def enough(self, least: int, keep: float, sentence: str) -> Enough:
        """For work that goes picture by picture, of which `least` are always looked at; `sentence` with {done}."""

        def asked(done: int) -> bool:
            if done < least or not self.is_over(keep):
                return False
            self.leave_out(sentence.format(done=done))
            return True

        return asked

    def enough_within(self, share: float, least: int) -> Enough:
        """The same for work that may use `share` of what is left now."""
        if self.minutes is None:
            return never
        end = now() + share * max(0.0, self.seconds - self.spent)
        return lambda done: done >= least and now() > end

    def check(self) -> None:
        """Raises OutOfTime; for the time before the training, in which nothing can be left out."""
        if self.is_over():
            raise OutOfTime(
                f"{self.words()} were over before the images were prepared, and nothing was trained. "
                "Start it again with more time."
            )

    def leave_out(self, sentence: str) -> None:
        self.left_out.append(sentence)

    def remarks(self) -> tuple[str, ...]:
        """What was left out, with the reason in front; nothing where nothing was."""
        return (f"To keep to {self.words()}, less was done:", *self.left_out) if self.left_out else ()

    def words(self) -> str:
        return f"{self.minutes:g} minutes"
