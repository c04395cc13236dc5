"""Training images, with or without their fields."""

import json
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Refusal
from accounts.models import User
from annotations import labelling, uploads
from annotations.api.doors import person
from annotations.models import Image, Label, Project, Role
from training.api.nanonets import fetching, parsing
from training.api.nanonets.base import NanonetsView, field, model_for, several
from training.api.nanonets.models import annotated
from training.api.nanonets.states import meta


class UploadFile(NanonetsView):
    """One or several parts named `file`, and `data` with their fields."""

    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id, Role.ANNOTATOR)
        files = request.FILES.getlist("file")
        if not files:
            raise Refusal("The part `file` is missing. Send the image as multipart/form-data under that name.")
        return taken(project, person(request), files, parsing.entries(written_data(request)), [])


class UploadUrls(NanonetsView):
    """Images fetched from public web addresses; `filename` in `data` is the address."""

    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id, Role.ANNOTATOR)
        files, errors = fetching.fetch_all(fetching.addresses(several(request, "urls")))
        return taken(project, person(request), files, parsing.entries(written_data(request)), errors)


def written_data(request: Request) -> str | bytes | None:
    """`data` as a field, as a part with a file name, or as JSON within JSON."""
    part = request.FILES.get("data")
    if part is not None:
        return bytes(part.read())
    data = field(request, "data")
    return data if data is None or isinstance(data, str) else json.dumps(data)


def taken(
    project: Project, user: User, files: list["UploadedFile[Any]"], listed: list[parsing.Entry], errors: list[str]
) -> Response:
    """200 when every file was taken, 202 when some were, the status of the first refusal when none was."""
    labels = {label.name: label for label in project.labels.all()}
    refuse_unknown_labels(listed, labels)
    images: list[Image] = []
    refusals: list[Refusal] = []
    for position, file in enumerate(files):
        entry = parsing.entry_for(listed, file.name or "", position, len(files))
        try:
            images += take(project, user, file, entry, labels)
        except Refusal as refusal:
            refusals.append(refusal)
    errors = errors + [refusal.message for refusal in refusals]
    if not images:
        raise Refusal(" ".join(errors), code="nothing_taken", status=refusals[0].status if refusals else 400)
    body: dict[str, Any] = {
        "message": "Partially successful" if errors else "Success",
        "Meta": meta(project),
        "Data": annotated(project, images),
    }
    if errors:
        body["errors"] = errors
    return Response(body, status=202 if errors else 200)


def refuse_unknown_labels(listed: list[parsing.Entry], labels: dict[str, Label]) -> None:
    unknown = sorted({box.label for entry in listed for box in entry.boxes} - labels.keys())
    if unknown:
        known = ", ".join(labels) or "none"
        raise Refusal(f"This model has no category {', '.join(unknown)}. It has: {known}.", code="unknown_category")


def take(
    project: Project, user: User, file: "UploadedFile[Any]", entry: parsing.Entry | None, labels: dict[str, Label]
) -> list[Image]:
    """The images of one file, with the fields sent for it on the first page. Sent again, nothing is doubled."""
    name = file.name or "image"
    uploads.check_size(name, file.size)
    stored = uploads.take(project, user, name, cast("BinaryIO", file.file))
    images = [*stored.images, *(image for _, image in stored.duplicates)]
    if entry and images:
        with transaction.atomic():
            for box in entry.boxes:
                add_box(images[0], user, box, labels[box.label])
    return images


def add_box(image: Image, user: User, box: parsing.Box, label: Label) -> None:
    quad = quad_within(image, box)
    known = image.regions.filter(label=label, xmin=quad[0][0], ymin=quad[0][1], xmax=quad[2][0], ymax=quad[2][1])
    same = known.first()
    if same is None:
        labelling.add(user, image.pk, label_id=label.pk, quad=quad, text=box.text)
    elif box.text and same.text != box.text:
        labelling.change(user, same.pk, version=same.version, text=box.text)


def quad_within(image: Image, box: parsing.Box) -> list[list[float]]:
    """The box's corners, clockwise from the top left; a box that reaches over the edge ends there."""
    left, right = (round(min(max(x, 0.0), float(image.width)), 3) for x in (box.xmin, box.xmax))
    top, bottom = (round(min(max(y, 0.0), float(image.height)), 3) for y in (box.ymin, box.ymax))
    if not (left < right and top < bottom):
        raise Refusal(
            f"{image.name}: the bndbox of {box.label} lies outside the picture, "
            f"which is {image.width} × {image.height} pixels."
        )
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
