"""What a model read becomes work for people: a prediction's pages as images, its regions as suggestions."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from annotations import labelling, quads, uploads
from annotations.models import Image, Label, Origin
from annotations.texts import counted
from training.label_names import LabelNames
from training.models import Prediction, PredictionState


@dataclass
class Added:
    """The images of a prediction's pages, and in sentences what did not become a suggestion on them."""

    images: list[Image] = field(default_factory=list)
    gone: Counter[str] = field(default_factory=Counter)  # regions whose label was deleted, by its name
    kept: list[Image] = field(default_factory=list)  # images that have regions already

    @property
    def notes(self) -> list[str]:
        kept = [f"{image.name} is in the project already. Its regions stay as they are." for image in self.kept]
        gone = [
            f"{counted(count, 'field')} of “{name}” {'was' if count == 1 else 'were'} left out: "
            "the project has no such label any more."
            for name, count in self.gone.items()
        ]
        return kept + gone


def add(prediction: Prediction, user: User) -> Added:
    """The images of a prediction's pages. A picture that the project has already keeps the regions it has."""
    if prediction.state == PredictionState.WAITING:
        raise Refusal("This prediction is not answered yet. Add it when it is.", code="not_answered", status=409)
    names, added = LabelNames.of(prediction.project_id), Added()
    for page in prediction.pages:
        _add_page(prediction, user, page, names, added)
    return added


def _add_page(prediction: Prediction, user: User, page: dict[str, Any], names: LabelNames, added: Added) -> None:
    try:
        with default_storage.open(page["file"]) as file:
            taken = uploads.take(prediction.project, user, prediction.name, cast("BinaryIO", file))
    except FileNotFoundError:
        raise Refusal("The picture of this prediction is no longer stored.", code="picture_gone", status=409) from None
    images = [*taken.images, *(image for _, image in taken.duplicates)]
    added.images += images
    for image in images:
        if image.regions.exists():
            added.kept.append(image)
            continue
        with transaction.atomic():
            labelling.save_all(image, user, _found(image, page, names, added), origin=Origin.SUGGESTION)


def _found(
    image: Image, page: dict[str, Any], names: LabelNames, added: Added
) -> list[tuple[Label, quads.Quad, str, float]]:
    """Regions of labels that the project still has; a quadrilateral that is none any more becomes its upright box."""
    found = []
    for region in page["regions"] or []:
        label = names.label(region)
        if label is None:
            added.gone[region["label"]] += 1
        else:
            found.append((label, _usable(region["quad"], image), region["text"], region["confidence"]))
    return found


def _usable(quad: list[list[float]], image: Image) -> quads.Quad:
    try:
        return quads.checked(quad, image.width, image.height)
    except quads.BadQuad:
        xs, ys = [x for x, _ in quad], [y for _, y in quad]
        left, right = max(0.0, min(xs)), min(float(image.width), max(xs))
        top, bottom = max(0.0, min(ys)), min(float(image.height), max(ys))
        return quads.of_box((left, top, max(right, left + 1), max(bottom, top + 1)))
