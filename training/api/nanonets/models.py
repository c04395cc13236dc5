"""Create, read, list and train models."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Refusal
from annotations import projects
from annotations.api.doors import person
from annotations.models import Image, Project, Role
from training import runs
from training.api.nanonets.base import NanonetsView, model_for, several
from training.api.nanonets.states import meta, model

LONGEST_NAME = 60


class Models(NanonetsView):
    def get(self, request: Request) -> Response:
        """Every model of the account; one of them with `?modelId=` or `?id=`."""
        asked = request.query_params.get("modelId") or request.query_params.get("id")
        if asked:
            return Response(model(model_for(request, asked)))
        mine = Project.objects.filter(memberships__user=person(request), deleted_at=None).select_related("created_by")
        return Response([model(project) for project in mine])

    def post(self, request: Request) -> Response:
        names = category_names(several(request, "categories"))
        project = projects.create(person(request), ", ".join(names)[:100], names)
        return Response(model(project))


class OneModel(NanonetsView):
    def get(self, request: Request, model_id: str) -> Response:
        return Response(model(model_for(request, model_id)))


class Annotations(NanonetsView):
    def get(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id)
        images = project.images.filter(deleted_at=None).prefetch_related("regions__label")
        return Response({"Meta": meta(project), "Data": [annotated(image) for image in images]})


class Train(NanonetsView):
    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id, Role.OWNER)
        runs.start(project, person(request))
        return Response(model(project))


def category_names(asked: Any) -> list[str]:
    """The categories of a model to be created."""
    if not isinstance(asked, list) or not asked:
        raise Refusal('Name the fields to read, as in {"categories": ["number_plate"], "model_type": "ocr"}.')
    names = [name.strip() for name in asked if isinstance(name, str)]
    if len(names) != len(asked) or not all(0 < len(name) <= LONGEST_NAME for name in names):
        raise Refusal(f"Each category needs a name of 1 to {LONGEST_NAME} characters.")
    return list(dict.fromkeys(names))


def annotated(image: Image) -> dict[str, Any]:
    """An image with its regions as `bndbox`es of whole pixels."""
    regions = image.regions.all()
    return {
        "id": str(image.pk),
        "filename": image.name,
        "size": {"width": image.width, "height": image.height},
        "object": [
            {
                "name": region.label.name,
                "ocr_text": region.text,
                "bndbox": {
                    "xmin": round(region.xmin),
                    "ymin": round(region.ymin),
                    "xmax": round(region.xmax),
                    "ymax": round(region.ymax),
                },
            }
            for region in regions
        ],
    }
