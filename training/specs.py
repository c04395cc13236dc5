"""What a run is told: the project's labels and the person's choices as the engine's frozen `TrainSpec`."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from accounts.errors import Refusal
from annotations.models import Project
from training import folders
from training.engine.spec import LabelSpec, TrainSpec, first_fault
from training.engine.zoo import NETWORKS, Network
from training.models import Version

DEFAULT_NETWORK = "ppocr"
OPTIONS = {"reader_epochs": (int, 1, 1000), "finder_epochs": (int, 1, 1000), "max_minutes": (float, 0.1, 7 * 24 * 60)}


@dataclass(frozen=True, slots=True)
class Choice:
    """A network a person may choose: the readers; the finder goes with each of them."""

    network: Network
    default: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.network.name,
            "name": self.network.what.split(";")[0],
            "what": self.network.what,
            "paper": self.network.paper,
            "parameters": self.network.parameters,
            "default": self.default,
        }


def choices() -> list[Choice]:
    readers = [network for network in NETWORKS.values() if network.part == "reader"]
    return [Choice(network, network.name == DEFAULT_NETWORK) for network in readers]


def build(project: Project, *, network: str | None, options: dict[str, Any]) -> TrainSpec:
    """Raises Refusal for a network or an option that does not exist, naming it."""
    name = network or DEFAULT_NETWORK
    known = [choice.network.name for choice in choices()]
    if name not in known:
        raise bad_option("network", f"There is no network {name!r}. Choose one of: {', '.join(known)}.")
    labels = [
        LabelSpec(name=label.name, pattern=label.pattern or None, words=tuple(label.words))
        for label in project.labels.all()
    ]
    if not labels:
        raise Refusal("This project has no labels yet. Make a label and annotate with it first.", code="data_not_ready")
    try:
        return TrainSpec(
            project=project.name, labels=tuple(labels), network=name, parent=parent_bundle(project), **numbers(options)
        )
    except ValidationError as error:
        raise Refusal(f"This cannot be trained: {first_fault(error)}.", code="bad_options") from error


def numbers(options: dict[str, Any]) -> dict[str, float]:
    """The options a person set, checked; one that is null or absent is left to the recipe."""
    chosen: dict[str, float] = {}
    for name, value in options.items():
        if name not in OPTIONS:
            raise bad_option(name, f"There is no option {name!r}. The options are: {', '.join(OPTIONS)}.")
        if value is None:
            continue
        kind, least, most = OPTIONS[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or (kind is int and value != int(value)):
            raise bad_option(name, f"{name} must be a {'whole ' if kind is int else ''}number.")
        if not least <= value <= most:
            raise bad_option(name, f"{name} must lie between {least} and {most}.")
        chosen[name] = kind(value)
    return chosen


def bad_option(name: str, sentence: str) -> Refusal:
    return Refusal(sentence, code="bad_options", status=400, fields={name: [sentence]})


def parent_bundle(project: Project) -> str | None:
    """The newest version's bundle: its characters keep their ids."""
    for version in Version.objects.filter(project=project).order_by("-number"):
        bundle = folders.bundle(version.run_id)
        if bundle.is_dir():
            return str(bundle)
    return None
