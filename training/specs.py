"""What a run is told: the project's labels and the person's choices as the engine's frozen `TrainSpec`."""

from typing import Any, get_args

from pydantic import ValidationError

from accounts.errors import Refusal
from annotations.models import Project, Snapshot
from training import folders, networks
from training.engine import readers
from training.engine.spec import EngineError, LabelSpec, Rectifier, TrainSpec, first_fault
from training.models import Version

NUMBERS = {"reader_epochs": (int, 1, 1000), "finder_epochs": (int, 1, 1000), "max_minutes": (float, 0.1, 7 * 24 * 60)}
WORDS: dict[str, tuple[str, ...]] = {"tower": ("own", "pretrained"), "rectifier": get_args(Rectifier)}
LISTS: dict[str, tuple[str, ...]] = {"exports": networks.FORMATS}
OPTIONS = (*NUMBERS, *WORDS, *LISTS)
UNFIT = ("network", "tower", "rectifier", "exports")
"""What may not go together, in the order in which one is blamed: the later choice is at fault."""


def build(project: Project, *, network: str | None, options: dict[str, Any]) -> TrainSpec:
    """Raises Refusal for a network or an option that does not exist or does not fit, naming it."""
    name = networks.chosen(network).name
    labels = labels_of(project)
    if not labels:
        raise Refusal("This project has no labels yet. Make a label and annotate with it first.", code="data_not_ready")
    try:
        spec = TrainSpec(
            project=project.name, labels=labels, network=name, parent=parent_bundle(project), **settled(options)
        )
    except ValidationError as error:
        raise Refusal(f"This cannot be trained: {first_fault(error)}.", code="bad_options") from error
    refuse_unfit(spec)
    return spec


def refuse_other_labels(spec: TrainSpec, snapshot: Snapshot) -> None:
    """Raises Refusal where a label was renamed or deleted between reading the labels and freezing the data."""
    if set(snapshot.counts["labels"]) - set(spec.label_names):
        raise Refusal(
            "The labels were changed while the data was frozen for training. Start the run again.",
            code="labels_changed",
            status=409,
        )


def with_labels_of(spec: TrainSpec, project: Project) -> TrainSpec:
    """The same with the labels as they are now."""
    return spec.model_copy(update={"labels": labels_of(project)})


def labels_of(project: Project) -> tuple[LabelSpec, ...]:
    return tuple(
        LabelSpec(name=label.name, id=str(label.pk), pattern=label.pattern or None, words=tuple(label.words))
        for label in project.labels.all()
    )


def refuse_unfit(spec: TrainSpec) -> None:
    """Raises Refusal where the engine says that the choices do not go together, naming the one at fault."""
    chosen = spec.model_copy(update={"tower": None, "rectifier": None, "exports": ()})
    for name in UNFIT:
        chosen = chosen.model_copy(update={name: getattr(spec, name)})
        try:
            readers.check(chosen)
        except EngineError as error:
            raise bad_option(name, str(error)) from error


def settled(options: dict[str, Any]) -> dict[str, Any]:
    """The options a person set, checked; one that is null or absent is left to the recipe."""
    chosen: dict[str, Any] = {}
    for name, value in options.items():
        if name not in OPTIONS:
            raise bad_option(name, f"There is no option {name!r}. The options are: {', '.join(OPTIONS)}.")
        if value is None:
            continue
        if name in NUMBERS:
            chosen[name] = number(name, value)
        elif name in WORDS:
            chosen[name] = word(name, value, WORDS[name])
        else:
            chosen[name] = some(name, value, LISTS[name])
    return chosen


def number(name: str, value: Any) -> float:
    kind, least, most = NUMBERS[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_option(name, f"{name} must be a {'whole ' if kind is int else ''}number.")
    if not least <= value <= most:  # infinity and whatever is no number at all too
        raise bad_option(name, f"{name} must lie between {least} and {most}.")
    if kind is int and value != int(value):
        raise bad_option(name, f"{name} must be a whole number.")
    return int(value) if kind is int else float(value)


def word(name: str, value: Any, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise bad_option(name, f"{name} must be one of: {', '.join(known)}.")
    return value


def some(name: str, value: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    """Each at most once, in the order in which they are known."""
    if not isinstance(value, list) or any(not isinstance(one, str) or one not in known for one in value):
        raise bad_option(name, f"{name} must be a list of: {', '.join(known)}.")
    return tuple(one for one in known if one in value)


def bad_option(name: str, sentence: str) -> Refusal:
    return Refusal(sentence, code="bad_options", status=400, fields={name: [sentence]})


def parent_bundle(project: Project) -> str | None:
    """The newest version's bundle: its characters keep their ids."""
    for version in Version.objects.filter(project=project).order_by("-number"):
        bundle = folders.bundle(version.run_id)
        if bundle.is_dir():
            return str(bundle)
    return None
