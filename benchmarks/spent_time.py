"""Where the time of a prediction goes: the engine's steps, timed from outside by wrapping what it calls."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

from onnxruntime import InferenceSession

from training.engine import crops, outlines
from training.engine.pictures import open_picture
from training.engine.predict import Bundle

OPENING, REST = "opening the file", "the rest"
NETWORKS = ("finder network", "line network", "reader network")
FUNCTIONS: dict[str, tuple[Callable[..., Any], ...]] = {
    "scaling": (crops.fit_image, crops.fit),
    "outlines": (outlines.regions, outlines.outlines),
    "cutting": (crops.cut,),
}
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
    """Milliseconds a picture of each step, a mean over the pictures."""

    pictures: int
    milliseconds: dict[str, float]

    @property
    def networks(self) -> float:
        return sum(self.milliseconds[step] for step in NETWORKS)

    @property
    def on_top(self) -> float:
        """What the engine costs on top of the networks, as a share of them; the file is open already."""
        return (sum(self.milliseconds.values()) - self.milliseconds[OPENING] - self.networks) / self.networks


def where_time_goes(bundle: Bundle, pictures: Sequence[Path]) -> Spent:
    """Times predictions on the pictures; the bundle's `threads` decide on how many cores."""
    clock = Clock()
    opened = clock.timed(OPENING, open_picture)
    answered = clock.timed(REST, bundle.predict)
    bundle.predict(pictures[0])
    with _watched(bundle, clock):
        for picture in pictures:
            answered(opened(picture))
    return Spent(len(pictures), {step: 1000 * clock.seconds[step] / len(pictures) for step in STEPS})


@contextmanager
def _watched(bundle: Bundle, clock: Clock) -> Iterator[None]:
    """The functions of `FUNCTIONS`, under whatever name a module of the engine knows them, and the sessions' `run`."""
    functions = {function: step for step, some in FUNCTIONS.items() for function in some}
    engine = [module for name, module in sys.modules.items() if name.startswith("training.engine")]
    places = [
        (module, name, value, clock.timed(functions[value], value))
        for module in engine
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value in functions
    ]
    run = InferenceSession.run
    places.append((InferenceSession, "run", run, _by_network(bundle, clock, run)))
    for place, name, _, timed in places:
        setattr(place, name, timed)
    try:
        yield
    finally:
        for place, name, function, _ in places:
            setattr(place, name, function)


def _by_network(bundle: Bundle, clock: Clock, run: Callable[..., Any]) -> Callable[..., Any]:
    """Where the published line network is the finder too, it is the line network."""
    spec = bundle.spec
    steps = dict(zip((spec.finder.file, spec.lines.file, spec.reader.file), NETWORKS, strict=True))
    timed = {file: clock.timed(step, run) for file, step in steps.items()}

    def run_timed(session: Any, *arguments: Any, **options: Any) -> Any:
        return timed[Path(session._model_path).name](session, *arguments, **options)

    return run_timed


def table(spent: Spent, threads: int) -> str:
    total = sum(spent.milliseconds.values())
    rows = [f"| {step} | {took:.1f} | {100 * took / total:.1f} % |" for step, took in spent.milliseconds.items()]
    lines = [
        "## Where the time goes",
        "",
        f"This model, a mean over {spent.pictures} pictures, {threads} thread(s).",
        "",
        "| step | ms a picture | share |",
        "| --- | --- | --- |",
        *rows,
        f"| all | {total:.1f} | 100 % |",
        "",
        f"On top of its networks ({spent.networks:.0f} ms) the engine costs **{100 * spent.on_top:.1f} %**, "
        "opening the file not counted.",
    ]
    return "\n".join(lines) + "\n"
