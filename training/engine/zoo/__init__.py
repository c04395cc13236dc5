"""Every network the engine can train: one line a network. Importing this loads neither Keras nor TensorFlow."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from training.engine.spec import EngineError


@dataclass(frozen=True)
class Network:
    """`build` of `module` makes it; `parameters` counts the default form (a reader of 100 symbols, one label)."""

    name: str
    part: str
    what: str
    paper: str
    parameters: int
    module: str

    def build(self, *args: Any, **options: Any) -> Any:
        """The Keras model; see the module for its arguments, shapes and dtypes."""
        return import_module(self.module).build(*args, **options)


_ZOO = "training.engine.zoo"
_PAPER = "PP-OCRv6, PaddleOCR (Apache-2.0); SVTR: arxiv.org/abs/2205.00159; DB: arxiv.org/abs/1911.08947"

NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        Network("ppocr", "reader", "PPLCNetV4, LightSVTR, CTC; reads 50 languages", _PAPER, 3014740, f"{_ZOO}.ppocr"),
        Network("finder", "finder", "PPLCNetV4, RepLKFPN, DB; finds any text", _PAPER, 2453353, f"{_ZOO}.finder"),
    )
}


class UnknownNetwork(EngineError):
    """The specification names a network that is not registered."""


def network(name: str, part: str) -> Network:
    """The registered network; raises UnknownNetwork that lists the ones there are."""
    found = NETWORKS.get(name)
    if found is None or found.part != part:
        known = ", ".join(sorted(n.name for n in NETWORKS.values() if n.part == part))
        raise UnknownNetwork(f"There is no {part} network named {name!r}. Choose one of: {known}.")
    return found
