"""What a model read becomes work for people: a prediction's pages as images, its regions as suggestions."""

from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from annotations import labelling, quads, uploads
from annotations.models import Image, Label, Origin
from training.models import Prediction, PredictionState


def add(prediction: Prediction, user: User) -> list[Image]:
    """The images of a prediction's pages. A picture that the project has already keeps the regions it has."""
    if prediction.state == PredictionState.WAITING:
        raise Refusal("This prediction is not answered yet. Add it when it is.", code="not_answered", status=409)
    labels = {label.name: label for label in prediction.project.labels.all()}
    return [image for page in prediction.pages for image in _add_page(prediction, user, page, labels)]


def _add_page(prediction: Prediction, user: User, page: dict[str, Any], labels: dict[str, Label]) -> list[Image]:
    try:
        with default_storage.open(page["file"]) as file:
            taken = uploads.take(prediction.project, user, prediction.name, cast("BinaryIO", file))
    except FileNotFoundError:
        raise Refusal("The picture of this prediction is no longer stored.", code="picture_gone", status=409) from None
    images = [*taken.images, *(image for _, image in taken.duplicates)]
    for image in images:
        if not image.regions.exists():
            with transaction.atomic():
                labelling.save_all(image, user, _found(image, page, labels), origin=Origin.SUGGESTION)
    return images


def _found(image: Image, page: dict[str, Any], labels: dict[str, Label]) -> list[tuple[Label, quads.Quad, str, float]]:
    """Regions of labels that the project still has; a quadrilateral that is none any more becomes its upright box."""
    return [
        (labels[region["label"]], _usable(region["quad"], image), region["text"], region["confidence"])
        for region in page["regions"] or []
        if region["label"] in labels
    ]


def _usable(quad: list[list[float]], image: Image) -> quads.Quad:
    try:
        return quads.checked(quad, image.width, image.height)
    except quads.BadQuad:
        xs, ys = [x for x, _ in quad], [y for _, y in quad]
        left, right = max(0.0, min(xs)), min(float(image.width), max(xs))
        top, bottom = max(0.0, min(ys)), min(float(image.height), max(ys))
        return quads.of_box((left, top, max(right, left + 1), max(bottom, top + 1)))
