"""Create, read, list and train models."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import person
from accounts.errors import Refusal
from annotations import exports, images, projects
from annotations.models import Image, Project, Region, Role
from annotations.texts import one_line
from training import runs
from training.api.nanonets.base import NanonetsView, field, model_for, several
from training.api.nanonets.states import meta, model, models

LONGEST_NAME = 60
NO_CLASSIFIERS = (
    "Only models that find and read texts are made here (OCR/Model or ObjectDetection/Model); "
    "sorting pictures into classes, or finding things without texts, is not offered."
)


class Models(NanonetsView):
    def get(self, request: Request) -> Response:
        """Every model of the account; one of them with `?modelId=` or `?id=`."""
        asked = request.query_params.get("modelId") or request.query_params.get("id")
        if asked:
            return Response(model(model_for(request, asked)))
        mine = Project.objects.filter(memberships__user=person(request), deleted_at=None).select_related("created_by")
        return Response(models(list(mine)))

    def post(self, request: Request) -> Response:
        refuse_other_kinds(field(request, "model_type"))
        names = category_names(several(request, "categories"))
        project = projects.create(person(request), ", ".join(names)[:100], names)
        return Response(model(project))


class Classifiers(Models):
    """Where clients list the models of all kinds, and create those that sort pictures."""

    def post(self, request: Request) -> Response:
        raise Refusal(NO_CLASSIFIERS, code="not_offered")


class OneModel(NanonetsView):
    def get(self, request: Request, model_id: str) -> Response:
        return Response(model(model_for(request, model_id)))


class Annotations(NanonetsView):
    def get(self, request: Request, model_id: str) -> StreamingHttpResponse:
        """One object, as clients take its `Data` as a whole; sent in pieces, as it may be larger than memory."""
        project = model_for(request, model_id)
        return StreamingHttpResponse(exports.begun(written(project, meta(project))), content_type="application/json")


def written(project: Project, told: dict[str, Any]) -> Iterator[bytes]:
    """{"Meta": …, "Data": […]} in pieces."""
    found = project.images.filter(deleted_at=None)
    lead = f'{{"Meta":{compact(told)},"Data":['
    for some in images.in_batches(found, newest_first=True):
        yield (lead + ",".join(map(compact, annotated(project, some)))).encode()
        lead = ","
    yield ("]}" if lead == "," else lead + "]}").encode()


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Train(NanonetsView):
    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id, Role.OWNER)
        runs.start(project, person(request))
        return Response(model(project))


def refuse_other_kinds(model_type: Any) -> None:
    """`ObjectDetection` without a kind is the same model here, as its clients' walk-through has it: it reads texts."""
    if model_type not in (None, "", "ocr"):
        raise Refusal(f'{NO_CLASSIFIERS} Leave model_type out, or send "ocr".', code="not_offered")


def category_names(asked: Any) -> list[str]:
    """The categories of a model to be created."""
    if not isinstance(asked, list) or not asked:
        raise Refusal('Name the fields to read, as in {"categories": ["number_plate"], "model_type": "ocr"}.')
    names = [one_line(name) for name in asked if isinstance(name, str)]
    if len(names) != len(asked) or not all(0 < len(name) <= LONGEST_NAME for name in names):
        raise Refusal(f"Each category needs a name of 1 to {LONGEST_NAME} characters.")
    return list(dict.fromkeys(names))


def annotated(project: Project, some: Sequence[Image]) -> list[dict[str, Any]]:
    """Images with their regions as `bndbox`es of whole pixels."""
    names = dict(project.labels.values_list("id", "name"))
    objects: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = Region.objects.filter(image__in=[image.pk for image in some])  # from top to bottom
    for image, label, text, *box in rows.values_list("image_id", "label_id", "text", "xmin", "ymin", "xmax", "ymax"):
        edges = dict(zip(("xmin", "ymin", "xmax", "ymax"), map(round, box), strict=True))
        objects[image].append({"name": names[label], "ocr_text": text, "bndbox": edges})
    return [
        {
            "id": str(image.pk),
            "filename": image.name,
            "size": {"width": image.width, "height": image.height},
            "state": image.state,  # without fields and not "todo": somebody looked, and there is nothing on it
            "object": objects[image.pk],
        }
        for image in some
    ]
