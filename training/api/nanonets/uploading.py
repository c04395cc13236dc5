"""Training images, with or without their fields.

A file that is taken stays, and so does each of its fields that can be kept; what cannot is told in `errors`.
"""

import json
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import person
from accounts.errors import Refusal
from accounts.models import User
from annotations import quads, resending, uploads
from annotations.models import Image, Label, Project, Role
from training.api.nanonets import fetching, parsing
from training.api.nanonets.base import NanonetsView, field, model_for, several
from training.api.nanonets.models import annotated
from training.api.nanonets.pairing import Pairs, paired
from training.api.nanonets.sending import Sent, as_sent
from training.api.nanonets.states import meta


class UploadFile(NanonetsView):
    """One or several parts named `file`, and `data` with their fields."""

    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id, Role.ANNOTATOR)
        files = request.FILES.getlist("file")
        if not files:
            raise Refusal("The part `file` is missing. Send the image as multipart/form-data under that name.")
        return taken(project, person(request), as_sent(files), parsing.entries(written_data(request)), [])


class UploadUrls(NanonetsView):
    """Images fetched from public web addresses; `filename` in `data` is the address."""

    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id, Role.ANNOTATOR)
        sent, errors = fetching.fetch_all(fetching.addresses(several(request, "urls")))
        return taken(project, person(request), sent, parsing.entries(written_data(request)), errors)


def written_data(request: Request) -> str | bytes | None:
    """`data` as a field, as a part with a file name, or as JSON within JSON."""
    part = request.FILES.get("data")
    if part is not None:
        return bytes(part.read())
    data = field(request, "data")
    return data if data is None or isinstance(data, str) else json.dumps(data)


def taken(project: Project, user: User, sent: list[Sent], listed: list[parsing.Entry], errors: list[str]) -> Response:
    """200 when all of it was taken, 202 when some was, the status of the first refusal when no file was."""
    labels = {label.name: label for label in project.labels.all()}
    refuse_unknown_labels(listed, labels)
    pairs = paired([one.name for one in sent], listed)
    images: list[Image] = []
    refusals: list[Refusal] = []
    errors = [*errors, *(fault for entry in listed for fault in entry.faults), *pairs.errors]
    for one, entry in zip(sent, pairs.entries, strict=True):
        if one.file is None:
            continue
        try:
            pages = stored(project, user, one.file)
        except Refusal as refusal:
            refusals.append(refusal)
            errors.append(refusal.message)
            continue
        errors += fields_given(user, pages[0], entry, labels) if entry and pages else []
        images += pages
    if not images:
        raise Refusal(" ".join(errors), code="nothing_taken", status=refusals[0].status if refusals else 400)
    return answer(project, images, errors, pairs)


def answer(project: Project, images: list[Image], errors: list[str], pairs: Pairs) -> Response:
    now = Image.objects.in_bulk([image.pk for image in images])
    body: dict[str, Any] = {
        "message": "Partially successful" if errors else "Success",
        "Meta": meta(project),
        "Data": annotated(project, [now[image.pk] for image in images]),
    }
    if errors:
        body["errors"] = errors
    if pairs.notes:
        body["notes"] = pairs.notes
    return Response(body, status=202 if errors else 200)


def refuse_unknown_labels(listed: list[parsing.Entry], labels: dict[str, Label]) -> None:
    unknown = sorted({box.label for entry in listed for box in entry.boxes} - labels.keys())
    if unknown:
        known = ", ".join(labels) or "none"
        raise Refusal(f"This model has no category {', '.join(unknown)}. It has: {known}.", code="unknown_category")


def stored(project: Project, user: User, file: "UploadedFile[Any]") -> list[Image]:
    """The images of one file, the known ones too."""
    name = file.name or "image"
    uploads.check_size(name, file.size)
    kept = uploads.take(project, user, name, cast("BinaryIO", file.file))
    return [*kept.images, *(image for _, image in kept.duplicates)]


@transaction.atomic
def fields_given(user: User, image: Image, entry: parsing.Entry, labels: dict[str, Label]) -> list[str]:
    """Keeps the fields that were sent for a picture. A sentence for each that cannot be kept, which loses no other."""
    errors: list[str] = []
    for box in entry.boxes:
        corners = quads.of_box((box.xmin, box.ymin, box.xmax, box.ymax))
        try:
            resending.give(user, image, labels[box.label], corners, box.text)
        except Refusal as refusal:
            errors.append(f"{entry.filename or image.name}: {box.label}: {refusal.message}")
    if entry.nothing:
        try:
            resending.give_nothing(image)
        except Refusal as refusal:
            errors.append(f"{entry.filename}: {refusal.message}")
    return errors
