"""Trained models: list, make live, download."""

from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door, person
from accounts.errors import NotFound
from annotations.access import project_for
from annotations.api.downloads import download, file_stem
from annotations.models import Role
from training import folders, versions
from training.access import version_for
from training.api.shapes import MOST_LISTED, VersionShape
from training.models import Version


class Versions(Door):
    @extend_schema(responses=VersionShape(many=True), operation_id="versions")
    def get(self, request: Request, project_id: UUID) -> Response:
        """The versions of a project, the newest first, 200 at most."""
        found = Version.objects.filter(project=project_for(person(request), project_id)).select_related("run")
        return Response(VersionShape(found[:MOST_LISTED], many=True).data)


class MakeLive(Door):
    @extend_schema(request=None, responses=VersionShape, operation_id="make_version_live")
    def post(self, request: Request, version_id: UUID) -> Response:
        """This version answers predictions from now on."""
        return Response(VersionShape(versions.make_live(version_for(person(request), version_id, Role.OWNER))).data)


class Bundle(Door):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, operation_id="version_bundle")
    def get(self, request: Request, version_id: UUID) -> StreamingHttpResponse:
        """The folder that predicts, as a ZIP: networks, characters, labels, evaluation."""
        version = version_for(person(request), version_id)
        folder = folders.bundle(version.run_id)
        if not folder.is_dir():
            raise NotFound(f"The bundle of v{version.number} is no longer on the disk.")
        top = f"{file_stem(version.project.name)}-v{version.number}"
        return download(folders.zipped(folder, top), "application/zip", f"{top}.zip")
