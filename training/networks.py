"""The networks a person may choose to read with, in the words they are told in."""

import re
from dataclasses import dataclass
from typing import Any, get_args

from accounts.errors import Refusal
from training.engine import zoo
from training.engine.spec import Format

DEFAULT = zoo.PPOCR
FORMATS: tuple[str, ...] = get_args(Format)
TITLES = {
    "ppocr": "PP-OCRv6",
    "attention": "Attention OCR",
    "crnn": "CRNN",
    "transformer": "Transformer",
    "ram": "RAM",
    "dram": "DRAM",
}
"""What people call them; one that is not listed goes by its key."""

_ADDRESS = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,}/\S+)")


@dataclass(frozen=True, slots=True)
class Choice:
    """A network a person may choose: the readers; the finder goes with each of them."""

    network: zoo.Network

    @property
    def starts(self) -> str:
        """`pretrained`: all of it; `tower`: what it stands on, where nothing else is chosen; else `nothing`."""
        if self.network.name == zoo.PPOCR:
            return "pretrained"
        return "tower" if self.network.towers[:1] == ("pretrained",) else "nothing"

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.network.name,
            "name": title(self.network.name),
            "what": self.network.what,
            "guidance": self.network.guidance,
            "paper": self.network.paper,
            "papers": papers(self.network.paper),
            "parameters": self.network.parameters,
            "default": self.network.name == DEFAULT,
            "starts": self.starts,
            "towers": list(self.network.towers),
            "most": self.network.most,
            "not_as": dict(self.network.not_as),
        }


def choices() -> list[Choice]:
    return [Choice(network) for network in zoo.NETWORKS.values() if network.part == "reader"]


def chosen(name: str | None) -> zoo.Network:
    """The network of that name (None: the default one). Raises Refusal that names those there are."""
    known = {choice.network.name: choice.network for choice in choices()}
    if (name or DEFAULT) not in known:
        sentence = f"There is no network {name!r}. Choose one of: {', '.join(known)}."
        raise Refusal(sentence, code="bad_options", status=400, fields={"network": [sentence]})
    return known[name or DEFAULT]


def title(name: str) -> str:
    return TITLES.get(name, name)


def papers(written: str) -> list[dict[str, str | None]]:
    """The papers that a network's line names, `name: address; name: address`, as `{name, url}`."""
    told: list[dict[str, str | None]] = []
    for part in written.split(";"):
        address = _ADDRESS.search(part)
        name = part[: address.start()] if address else part
        told.append({"name": name.strip(" :"), "url": f"https://{address[1]}" if address else None})
    return told


def of_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """What a run of this frozen spec reads with: `{key, name, tower, rectifier}`.

    `tower` is None where the network has convolutions of its own kind, or is no longer registered.
    """
    key = str(spec.get("network", DEFAULT))
    registered = zoo.NETWORKS.get(key)
    towers = registered.towers if registered else ()
    return {
        "key": key,
        "name": title(key),
        "tower": spec.get("tower") or (towers[0] if towers else None),
        "rectifier": spec.get("rectifier"),
    }
