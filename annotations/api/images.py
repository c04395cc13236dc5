from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door, body, person, query
from accounts.api.pages import PageChoice, Pages
from annotations import access, images, intake
from annotations.api import shapes
from annotations.models import Image, Role

DELETED = inline_serializer(
    "Deleted",
    {
        "deleted": serializers.IntegerField(),
        "ids": serializers.ListField(child=serializers.UUIDField()),
        "undo": serializers.CharField(),
    },
)
RESTORED = inline_serializer(
    "Restored", {"restored": serializers.IntegerField(), "left_out": shapes.LeftOutShape(many=True)}
)
SIDES = inline_serializer("SidesSet", {"train": serializers.IntegerField(), "test": serializers.IntegerField()})


class Images(Door):
    parser_classes = [MultiPartParser]

    @extend_schema(parameters=[shapes.ImageFilters, PageChoice], responses=shapes.ImagePageShape)
    def get(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id)
        wanted = filters(request)
        found: QuerySet[Image] = images.matching(project, wanted).prefetch_related("regions")
        pages = Pages()
        pages.ordering = images.ordering(wanted)
        page = pages.paginate_queryset(found, request, view=self)
        images.count_pages(page or [])
        return pages.get_paginated_response(shapes.ImageShape(page, many=True).data)

    @extend_schema(request=shapes.ImageFile, responses={201: shapes.TakenShape, 202: shapes.TakenShape})
    def post(self, request: Request, project_id: UUID) -> Response:
        """One file. A ZIP or a long PDF is taken in by the background worker: 202, and its import to watch."""
        project = access.project_for(person(request), project_id, Role.ANNOTATOR)
        given = body(request, shapes.ImageFile)
        file: UploadedFile[Any] = given["file"]
        taken, waiting = intake.take_upload(project, person(request), file, given["folder"])
        images.count_pages(taken.images)
        answer = {
            "images": shapes.ImageShape(taken.images, many=True).data,
            "duplicates": [{"name": name, "image_id": str(image.id)} for name, image in taken.duplicates],
            "import": shapes.ImportShape(waiting).data if waiting else None,
        }
        return Response(answer, status=202 if waiting else 201)


class OneImage(Door):
    @extend_schema(parameters=[shapes.ImageFilters], responses=shapes.WholeImageShape)
    def get(self, request: Request, image_id: UUID) -> Response:
        return Response(whole(request, access.image_for(person(request), image_id)))

    @extend_schema(request=shapes.ImageChange, responses=shapes.WholeImageShape)
    def patch(self, request: Request, image_id: UUID) -> Response:
        user = person(request)
        image = access.image_for(user, image_id, Role.ANNOTATOR)
        given = body(request, shapes.ImageChange)
        if "state" in given or "absent" in given:
            images.mark(image, user, version=given["version"], state=given.get("state"), absent=given.get("absent"))
        if "split" in given:
            images.set_side(image, given["split"])
        return Response(whole(request, access.image_for(user, image_id)))


class DeletedImages(Door):
    @extend_schema(request=shapes.ImageIds, responses=DELETED)
    def post(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id, Role.ANNOTATOR)
        gone = images.delete(project, body(request, shapes.ImageIds)["ids"])
        return Response({"deleted": len(gone), "ids": gone, "undo": f"/api/v1/projects/{project.id}/images/restore"})


class RestoredImages(Door):
    @extend_schema(request=shapes.ImageIds, responses=RESTORED)
    def post(self, request: Request, project_id: UUID) -> Response:
        project = access.project_for(person(request), project_id, Role.ANNOTATOR)
        restored, twins = images.restore(project, body(request, shapes.ImageIds)["ids"])
        reason = "The same picture was uploaded again in the meantime."
        left_out = [{"row": None, "name": image.name, "reason": reason} for image in twins]
        return Response({"restored": restored, "left_out": left_out})


class ImageSides(Door):
    @extend_schema(request=shapes.Sides, responses=SIDES)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Chooses which images a network learns from and which it is measured on; all others are split by itself."""
        project = access.project_for(person(request), project_id, Role.ANNOTATOR)
        given = body(request, shapes.Sides)
        return Response(images.set_sides(project, given["train"], given["test"]))


def filters(request: Request) -> images.Filters:
    return images.Filters(**query(request, shapes.ImageFilters))


def whole(request: Request, image: Image) -> dict[str, object]:
    images.count_pages([image])
    image.neighbours = images.neighbours(image, filters(request))  # type: ignore[attr-defined]
    return dict(shapes.WholeImageShape(image).data)
