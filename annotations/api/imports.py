from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door, body, person, query
from annotations import access, exports, importing, imports, kept_checks, uploads
from annotations.api import shapes
from annotations.api.downloads import download, file_stem
from annotations.api.media import TakesAnything
from annotations.formats import FORMATS
from annotations.models import ImportState, Role

FORMAT = inline_serializer(
    "Format",
    {
        "key": serializers.CharField(),
        "name": serializers.CharField(),
        "description": serializers.CharField(),
        "reads": serializers.BooleanField(),
        "writes": serializers.BooleanField(),
        "extension": serializers.CharField(),
    },
    many=True,
)
FINDING = inline_serializer(
    "Finding",
    {
        "code": serializers.CharField(),
        "severity": serializers.ChoiceField(choices=["refuse", "warn", "note"]),
        "message": serializers.CharField(),
        "count": serializers.IntegerField(),
        "image_ids": serializers.ListField(child=serializers.UUIDField()),
    },
    many=True,
)
SUMMARY = inline_serializer(
    "CheckSummary",
    {name: serializers.IntegerField() for name in ("images", "annotated", "regions", "train", "test")},
    allow_null=True,
)
CHECK = inline_serializer(
    "Check",
    {
        "state": serializers.ChoiceField(choices=["done", "checking", "failed"]),
        "done": serializers.IntegerField(help_text="Of `total` annotated images, so many were looked at."),
        "total": serializers.IntegerField(),
        "checked_at": serializers.DateTimeField(allow_null=True),
        "failure": serializers.CharField(allow_blank=True, help_text="Why the data could not be looked at."),
        "ready": serializers.BooleanField(allow_null=True),
        "summary": SUMMARY,
        "findings": FINDING,
    },
)


class Formats(Door):
    @extend_schema(responses=FORMAT)
    def get(self, request: Request) -> Response:
        return Response(
            [
                {
                    "key": kind.key,
                    "name": kind.name,
                    "description": kind.description,
                    "reads": kind.read is not None,
                    "writes": kind.write is not None,
                    "extension": kind.extension,
                }
                for kind in FORMATS.values()
            ]
        )


class Imports(Door):
    parser_classes = [MultiPartParser]

    @extend_schema(parameters=[shapes.ImportFilters], responses=shapes.ImportShape(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """The newest 100."""
        project = access.project_for(person(request), project_id)
        found = importing.of_project(project, **query(request, shapes.ImportFilters))
        return Response(shapes.ImportShape(found[:100], many=True).data)

    @extend_schema(request=shapes.AnnotationFile, responses={201: shapes.ImportShape, 202: shapes.ImportShape})
    def post(self, request: Request, project_id: UUID) -> Response:
        """A table of up to 5000 rows at once (201), a longer one by the background worker (202)."""
        project = access.project_for(person(request), project_id, Role.ANNOTATOR)
        given = body(request, shapes.AnnotationFile)
        file: UploadedFile[Any] = given["file"]
        uploads.check_size(file.name or "The file", file.size)
        made = imports.take_table(
            project,
            person(request),
            name=file.name or "",
            data=file.read(),
            format_key=given["format"],
            label=given["label"],
            drawn_on=given["drawn_on"],
            dry_run=given["dry_run"],
        )
        return Response(shapes.ImportShape(made).data, status=201 if made.state == ImportState.DONE else 202)


class OneImport(Door):
    @extend_schema(responses=shapes.ImportShape)
    def get(self, request: Request, import_id: UUID) -> Response:
        return Response(shapes.ImportShape(access.import_for(person(request), import_id)).data)


class CancelImport(Door):
    @extend_schema(request=None, responses=shapes.ImportShape, operation_id="cancel_import")
    def post(self, request: Request, import_id: UUID) -> Response:
        """By who started it, or an owner. It ends where it is; what was taken in stays."""
        return Response(shapes.ImportShape(importing.cancel(access.own_import_for(person(request), import_id))).data)


class Export(Door):
    content_negotiation_class = TakesAnything  # `format` names the file's format here, not the answer's

    @extend_schema(parameters=[shapes.ExportChoice], responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, project_id: UUID) -> StreamingHttpResponse:
        project = access.project_for(person(request), project_id)
        kind, pieces = exports.export(project, query(request, shapes.ExportChoice)["format"])
        return download(pieces, kind.content_type, f"{file_stem(project.name)}.{kind.extension}")


class Check(Door):
    @extend_schema(responses={200: CHECK, 202: CHECK})
    def get(self, request: Request, project_id: UUID) -> Response:
        """What forbids training and what will hurt it. Of a large project the background worker finds it out: until it
        has, the answer is 202 with how far it has come and what was found before, if anything was. Ask again then."""
        told = kept_checks.told(access.project_for(person(request), project_id))
        found = told.result or {"ready": None, "summary": None, "findings": []}
        counted = {"done": told.done, "total": told.total}
        state = {"state": told.state, **counted, "checked_at": told.checked_at, "failure": told.failure}
        return Response(state | found, status=202 if told.state == "checking" else 200)
