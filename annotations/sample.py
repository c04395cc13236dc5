"""The sample project: number plates drawn by Glyphsmith itself, annotated, so that Train and Try work at once."""

from django.db import transaction

from accounts import room
from accounts.models import User
from annotations import labelling, projects, uploads
from annotations.drawn import draw_scene
from annotations.models import Image, Origin, Project
from annotations.pictures import Page

NAME = "Sample: number plates"
LABEL = "number_plate"
SCENES = 42
SIZE = (512, 384)


def create(user: User) -> Project:
    """Some seconds of drawing, before any row is locked."""
    room.check()  # half a sample would be none
    scenes = [draw_scene(seed, SIZE) for seed in range(1, SCENES + 1)]
    project = projects.create(user, NAME, [LABEL], is_sample=True)
    label = project.labels.get()
    for number, scene in enumerate(scenes, start=1):
        image, is_new = uploads.keep(project, user, f"plate-{number:02}.jpg", Page(scene.image, 0, lossless=False))
        if is_new:
            annotate(image, user, [(label, region.quad, region.text, None) for region in scene.regions])
    return project


def annotate(image: Image, user: User, found: list[labelling.Found]) -> None:
    with transaction.atomic():
        labelling.save_all(image, user, found, origin=Origin.IMPORT)
