"""The reader a specification asks for: checked before anything is trained, then built."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from training.engine import zoo
from training.engine.charset import Charset
from training.engine.spec import EngineError, TrainSpec

if TYPE_CHECKING:
    from training.engine.zoo.reader import Reader

ROOM = 1.25
"""Slots for texts longer than any that was annotated, as a share of the longest."""


class UnfitNetwork(EngineError):
    """The network cannot do what the specification asks of it."""


def check(spec: TrainSpec) -> None:
    """Raises EngineError with a sentence where network, tower, rectifier, views and exports do not go together."""
    network = zoo.network(spec.network, "reader")
    if spec.tower is not None and spec.tower not in network.towers:
        stands = " or ".join(network.towers) or "convolutions of another kind"
        raise UnfitNetwork(f"The network {network.name} cannot stand on the {spec.tower} tower: it has {stands}.")
    if spec.views > 1 and spec.network != "attention":
        raise UnfitNetwork(f"Only the network attention reads {spec.views} views of a text at once.")
    if spec.rectifier is not None and spec.views > 1:
        raise UnfitNetwork("A rectifier stands before one view; with several views choose none.")
    for form, why in network.not_as:
        if form in spec.exports:
            raise UnfitNetwork(f"The network {network.name} cannot be exported as {form}: {why}")


def tower(spec: TrainSpec, network: zoo.Network) -> Literal["own", "pretrained"]:
    """What the reader stands on: what was asked for, or the network's usual one."""
    return spec.tower or (network.towers[0] if network.towers else "own")


def slots(longest: int) -> int:
    """Places for the characters of a text and its end, with room for texts a quarter longer than the longest known."""
    return math.ceil(ROOM * longest) + 1


def build(
    spec: TrainSpec, charset: Charset, longest: int, *, dtype: str = "float32", pretrained_start: bool = True
) -> Reader:
    """The `zoo.reader.Reader` of `spec`; the longest text has `longest` characters. Needs Keras."""
    from training.engine.zoo.reader import Options

    network = zoo.network(spec.network, "reader")
    options = Options(
        length=slots(longest),
        tower=tower(spec, network),
        views=spec.views,
        dtype=dtype,
        pretrained_start=pretrained_start,
        seed=spec.seed,
    )
    reader = network.reader(charset.symbols, options)
    if spec.views > 1:
        reader = replace(reader, form=replace(reader.form, views=spec.views))
    if spec.rectifier is None:
        return reader
    from training.engine.zoo import stn

    return stn.before(reader, spec.rectifier, options)


def published(charset: Charset, dtype: str = "float32") -> Reader:
    """The published reader of these characters, before any training. Needs Keras."""
    from training.engine.zoo.reader import Options

    return zoo.network(zoo.PPOCR, "reader").reader(charset.symbols, Options(dtype=dtype))
