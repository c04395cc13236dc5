from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from accounts.models import User
from annotations import labels, uploads
from annotations.drawn import draw_scene
from annotations.models import Image, Label, Project

# How long an example takes says more about the machine's other work than about the code.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")

MakeImage = Callable[..., Image]


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(data_dir: Path) -> None:
    pass


@pytest.fixture
def label(project: Project) -> Label:
    return labels.create(project, "number_plate")


@pytest.fixture
def make_image(project: Project, alice: User) -> MakeImage:
    """Stores one more drawn picture, each different from the others."""

    def make(name: str = "", seed: int = 1, size: tuple[int, int] = (160, 120), **kwargs: Any) -> Image:
        count = Image.objects.count()
        content = encoded(draw_scene(seed + 1000 * count, size).image, "PNG")
        taken = uploads.take(kwargs.get("project", project), alice, name or f"car-{count}.png", BytesIO(content))
        return taken.images[0]

    return make


@pytest.fixture
def image(make_image: MakeImage) -> Image:
    return make_image()


def encoded(picture: Picture.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def upload(content: bytes, name: str) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content)}


def content_of(answer: Any) -> bytes:
    """The whole body of an answer, streamed or not."""
    return b"".join(answer)


def blocks(size: tuple[int, int] = (64, 48)) -> Picture.Image:
    """Four corners of four colours: any turn of it can be told."""
    width, height = size
    picture = Picture.new("RGB", size, (230, 30, 30))
    picture.paste((30, 200, 30), (width // 2, 0, width, height // 2))
    picture.paste((30, 30, 220), (0, height // 2, width // 2, height))
    picture.paste((240, 240, 40), (width // 2, height // 2, width, height))
    return picture
