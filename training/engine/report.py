"""What a run says about itself while it goes on."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Step = Literal["preparing", "training", "exporting", "evaluating"]
Part = Literal["finder", "reader", ""]


class Stopped(Exception):
    """The run was asked to stop and has left a consistent checkpoint behind."""


@dataclass(frozen=True, slots=True)
class Report:
    """`fraction` is of the whole run, 0 to 1; rates (`cer`, `exact`, `f1`) are 0 to 1, of held-out training images."""

    step: Step
    part: Part = ""
    epoch: int = 0
    epochs: int = 0
    fraction: float = 0.0
    seconds_left: float | None = None
    loss: float | None = None
    held_out_loss: float | None = None
    cer: float | None = None
    exact: float | None = None
    f1: float | None = None
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


OnEpoch = Callable[[Report], bool]
"""Called at least every five seconds; False asks the run to stop."""
