"""Pictures of predictions, misses, looks and comparisons.

Never by path: who asks is checked, and the content type is fixed.
"""

from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse
from drf_spectacular.utils import extend_schema
from PIL import Image, ImageOps
from rest_framework.request import Request

from accounts.api.doors import person
from accounts.errors import NotFound
from annotations.api.media import Picture, picture
from training import folders, predictions, signed
from training.access import comparison_for, prediction_for, run_for
from training.models import Prediction

KEPT = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


class PredictionFile(Picture):
    key = "file"

    @extend_schema(exclude=True)
    def get(self, request: Request, prediction_id: UUID, page_id: UUID) -> FileResponse:
        return picture(page_of(prediction_for(person(request), prediction_id), page_id)[self.key])


class PredictionThumbnail(PredictionFile):
    key = "thumbnail"


class RunCrop(Picture):
    @extend_schema(exclude=True)
    def get(self, request: Request, run_id: UUID, name: str) -> FileResponse:
        return png(folders.crop(run_for(person(request), run_id).pk, name))


class RunLook(Picture):
    @extend_schema(exclude=True)
    def get(self, request: Request, run_id: UUID, name: str) -> FileResponse:
        return png(folders.look(run_for(person(request), run_id).pk, name))


class ComparisonCrop(Picture):
    @extend_schema(exclude=True)
    def get(self, request: Request, comparison_id: UUID, place: int) -> FileResponse:
        shown = comparison_for(person(request), comparison_id).result.get("differences", [])
        if place >= len(shown):
            raise NotFound
        return picture(shown[place]["crop"])


class SignedFile(Picture):
    """A picture by a link that was handed out with a prediction: the link is the key, and it expires.

    It shows nothing once the prediction is removed or its project deleted.
    """

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, token: str) -> FileResponse:
        key, turn = signed.opened(token)
        if predictions.by_file(key) is None:
            raise NotFound("This picture is no longer kept.")
        return turned(key, turn) if turn else picture(key)


def png(path: Path | None) -> FileResponse:
    if path is None:
        raise NotFound
    return FileResponse(path.open("rb"), content_type="image/png", headers=KEPT)


def page_of(prediction: Prediction, page_id: UUID) -> dict[str, Any]:
    for page in prediction.pages:
        if page["id"] == str(page_id):
            return dict(page)
    raise NotFound


def turned(key: str, degrees: int) -> FileResponse:
    """The picture turned left."""
    body = BytesIO()
    try:
        with default_storage.open(key) as file, Image.open(file) as stored:
            upright = ImageOps.exif_transpose(stored)
            upright.rotate(degrees, expand=True).save(body, "JPEG", quality=92)
    except FileNotFoundError:
        raise NotFound from None
    body.seek(0)
    return FileResponse(body, content_type="image/jpeg", headers=KEPT)
