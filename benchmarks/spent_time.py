"""Where the time of a prediction goes: the engine's steps, timed from outside by wrapping what it calls."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.engine import lines, predict
from training.engine.pictures import open_picture
from training.engine.predict import Bundle

OPENING, REST = "opening the file", "the rest"
NETWORKS = ("finder network", "line network", "reader network")
STEPS = (OPENING, "scaling", NETWORKS[0], "outlines", "cutting", NETWORKS[1], NETWORKS[2], REST)


@dataclass
class Clock:
    """Seconds of each step; where one step calls another, the time counts for the inner one alone."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _inner: list[float] = field(default_factory=list)

    def timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self._inner.append(0.0)
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                took = time.perf_counter() - started
                self.seconds[step] += took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took

        return call


@dataclass(frozen=True)
class Spent:
    """Milliseconds a photo of each step, a mean over the photos."""

    photos: int
    milliseconds: dict[str, float]

    @property
    def networks(self) -> float:
        return sum(self.milliseconds[step] for step in NETWORKS)

    @property
    def on_top(self) -> float:
        """What the engine costs on top of the networks, as a share of them; the file is open already."""
        return (sum(self.milliseconds.values()) - self.milliseconds[OPENING] - self.networks) / self.networks


def where_time_goes(bundle: Bundle, photos: Sequence[Path]) -> Spent:
    """Times predictions on the photos; the bundle's `threads` decide on how many cores."""
    clock = Clock()
    opened = clock.timed(OPENING, open_picture)
    answered = clock.timed(REST, bundle.predict)
    bundle.predict(photos[0])
    with _watched(_parts(bundle), clock):
        for photo in photos:
            answered(opened(photo))
    return Spent(len(photos), {step: 1000 * clock.seconds[step] / len(photos) for step in STEPS})


def _parts(bundle: Bundle) -> list[tuple[Any, str, str]]:
    """(where it is looked up, its name there, the step it belongs to)"""
    return [
        (bundle._finder, "run", NETWORKS[0]),
        (bundle._lines._session, "run", NETWORKS[1]),
        (bundle._reader, "run", NETWORKS[2]),
        (predict, "fit_image", "scaling"),
        (predict, "fit", "scaling"),
        (lines, "_fit_crop", "scaling"),
        (predict, "regions", "outlines"),
        (lines, "regions", "outlines"),
        (predict, "cut", "cutting"),
        (lines, "cut", "cutting"),
    ]


@contextmanager
def _watched(parts: Sequence[tuple[Any, str, str]], clock: Clock) -> Iterator[None]:
    before = [(place, name, getattr(place, name)) for place, name, _ in parts]
    for place, name, step in parts:
        setattr(place, name, clock.timed(step, getattr(place, name)))
    try:
        yield
    finally:
        for place, name, function in before:
            setattr(place, name, function)


def table(spent: Spent, threads: int) -> str:
    total = sum(spent.milliseconds.values())
    rows = [f"| {step} | {took:.1f} | {100 * took / total:.1f} % |" for step, took in spent.milliseconds.items()]
    lines = [
        "## Where the time goes",
        "",
        f"This model, a mean over {spent.photos} photos, {threads} thread(s).",
        "",
        "| step | ms a photo | share |",
        "| --- | --- | --- |",
        *rows,
        f"| all | {total:.1f} | 100 % |",
        "",
        f"On top of its networks ({spent.networks:.0f} ms) the engine costs **{100 * spent.on_top:.1f} %**, "
        "opening the file not counted.",
    ]
    return "\n".join(lines) + "\n"
