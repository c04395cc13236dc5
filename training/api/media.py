"""Pictures of predictions and of misses. Never by path: who asks is checked, and the content type is fixed."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse
from drf_spectacular.utils import extend_schema
from PIL import Image
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.errors import NotFound
from training import folders, signed
from training.access import prediction_for, run_for
from training.models import Prediction

WEEK = 7 * 24 * 3600
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


class PredictionFile(APIView):
    key = "file"

    @extend_schema(exclude=True)
    def get(self, request: Request, prediction_id: UUID, page_id: UUID) -> FileResponse:
        return stored(page_of(prediction_for(request.user, prediction_id), page_id)[self.key])


class PredictionThumbnail(PredictionFile):
    key = "thumbnail"


class RunCrop(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, run_id: UUID, name: str) -> FileResponse:
        path = folders.crop(run_for(request.user, run_id).pk, name)
        if path is None:
            raise NotFound
        return kept(FileResponse(path.open("rb"), content_type=content_type(path.name)))


class SignedFile(APIView):
    """A picture by a link that was handed out with a prediction: the link is the key, and it expires."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, token: str) -> FileResponse:
        key, turn = signed.opened(token)
        return turned(key, turn) if turn else stored(key)


def page_of(prediction: Prediction, page_id: UUID) -> dict[str, Any]:
    for page in prediction.pages:
        if page["id"] == str(page_id):
            return dict(page)
    raise NotFound


def stored(key: str) -> FileResponse:
    try:
        return kept(FileResponse(default_storage.open(key), content_type=content_type(key)))
    except FileNotFoundError:
        raise NotFound from None


def turned(key: str, degrees: int) -> FileResponse:
    """The picture turned left."""
    body = BytesIO()
    try:
        with default_storage.open(key) as file, Image.open(file) as picture:
            picture.rotate(degrees, expand=True).save(body, "JPEG", quality=92)
    except FileNotFoundError:
        raise NotFound from None
    body.seek(0)
    return kept(FileResponse(body, content_type="image/jpeg"))


def content_type(name: str) -> str:
    return TYPES.get(f".{name.rpartition('.')[2].lower()}", "application/octet-stream")


def kept(answer: FileResponse) -> FileResponse:
    answer["Cache-Control"] = f"private, max-age={WEEK}, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
