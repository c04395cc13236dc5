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

    def line(self) -> str:
        """For a log: `training finder, epoch 3 of 6: loss 0.747, held-out loss 0.668, F1 69.4 %`"""
        place = " ".join(word for word in (self.step, self.part) if word)
        if self.epochs:
            place += f", epoch {self.epoch} of {self.epochs}"
        losses = (("loss", self.loss), ("held-out loss", self.held_out_loss))
        rates = (("CER", self.cer), ("exact", self.exact), ("F1", self.f1))
        told = [f"{name} {value:.3f}" for name, value in losses if value is not None]
        told += [f"{name} {100 * value:.1f} %" for name, value in rates if value is not None]
        return ": ".join(part for part in (place, self.message, ", ".join(told)) if part)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


OnEpoch = Callable[[Report], bool]
"""Called at least every five seconds; False asks the run to stop."""
