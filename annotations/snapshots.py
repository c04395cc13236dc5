"""Snapshots: the annotated images of a project, frozen, split and hashed, and written out for a training run."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from annotations import datacheck, drafts, revisions
from annotations.datacheck import Examiner
from annotations.drafts import Draft, DraftImage, OnProgress, quietly
from annotations.models import Image, Project, Side, Snapshot
from annotations.region_checks import Totals


def freeze(project: Project, user: User, *, seed: int = 0, on_progress: OnProgress = quietly) -> Snapshot:
    """Refused with the reasons where the data check refuses. Remembers each image's side for the next one.

    All of it is read as it was at one moment, so no snapshot mixes what was before an edit with what was after it.
    Comparing and writing the manifest keep nobody waiting; only its row and the sides are written to the database, and
    those in batches. An edit made meanwhile is in the next snapshot. What it can change is only where an image stands
    then: of two snapshots made at once the later one has its sides remembered, as if they had been made one by one.
    """
    with tempfile.TemporaryFile() as content:
        with drafts.opened(project, seed) as draft:
            examiner = Examiner(draft)
            digest = write_manifest(draft, examiner, content, on_progress)
        datacheck.refuse_unready(examiner.check().as_dict())
        snapshot = Snapshot(id=uuid4(), project=project, created_by=user, digest=digest)
        snapshot.counts = counts_of(examiner.totals)
        content.seek(0)
        snapshot.manifest = default_storage.save(f"snapshots/{project.id}/{snapshot.id}.jsonl", File(content))
    try:
        snapshot.save(force_insert=True)
        remember_sides(draft)
    except BaseException:
        discard(snapshot)
        raise
    return snapshot


def discard(snapshot: Snapshot) -> None:
    """Of a snapshot that nothing refers to."""
    try:
        Snapshot.objects.filter(id=snapshot.id).delete()
    finally:  # also where the disk is too full for that: then all the more
        default_storage.delete(snapshot.manifest)


def write_manifest(draft: Draft, examiner: Examiner, target: IO[bytes], on_progress: OnProgress = quietly) -> str:
    """One line an image in the order of upload, so the same data gives the same bytes. Returns their SHA-256.

    The examiner is shown what is written, so that each region is read once.
    """
    digest = hashlib.sha256()
    for image, side, regions in draft.annotated(on_progress):
        examiner.see(image, side, regions)
        line = {
            "image": f"images/{file_name(image)}",
            "split": side,
            "regions": [
                {"label": region.label.name, "quad": region.quad, "text": region.text or None} for region in regions
            ],
        }
        written = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        digest.update(written)
        target.write(written)
    return digest.hexdigest()


def file_name(image: DraftImage) -> str:
    """Named by the image's id, so that what a run finds about a file leads back to the image."""
    return image.file.rpartition("/")[2]


def counts_of(totals: Totals) -> dict[str, Any]:
    return {
        "images": {side: totals.images[side] for side in Side.values},
        "regions": {side: totals.regions[side] for side in Side.values},
        "labels": dict(sorted(totals.labels.items())),
    }


def remember_sides(draft: Draft) -> None:
    for side in Side.values:
        ids = [i.id for i, given in zip(draft.images, draft.sides, strict=True) if given == side and i.side != side]
        for start in range(0, len(ids), 500):
            with transaction.atomic():
                Image.objects.filter(id__in=ids[start : start + 500]).update(side=side)
                revisions.touch(draft.project.id)


def write_run_folder(snapshot: Snapshot, folder: Path) -> None:
    """Writes `manifest.jsonl` and `images/`, as links where the storage is a disk beside it. May be done again."""
    with default_storage.open(snapshot.manifest) as file:
        content: bytes = file.read()
    if hashlib.sha256(content).hexdigest() != snapshot.digest:
        raise Refusal("The snapshot on disk is not the one that was frozen. Start a new run.", code="damaged")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for line in content.decode().splitlines():
        name = json.loads(line)["image"]
        place_picture(f"images/{snapshot.project_id}/{name.rpartition('/')[2]}", folder / name)
    unfinished = folder / "manifest.jsonl.part"
    unfinished.write_bytes(content)
    unfinished.replace(folder / "manifest.jsonl")


def place_picture(key: str, target: Path) -> None:
    if target.exists():
        return
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    try:
        link_or_copy(key, unfinished)
    except FileNotFoundError:
        raise Refusal(
            "A picture of this snapshot was deleted for good. Start a new run with the images that are there.",
            code="image_gone",
        ) from None
    unfinished.replace(target)


def link_or_copy(key: str, target: Path) -> None:
    """A hard link costs nothing and outlives the deletion of the image; across disks or from afar it is a copy."""
    try:
        os.link(default_storage.path(key), target)
        return
    except FileNotFoundError:
        raise
    except (NotImplementedError, OSError):
        pass
    with default_storage.open(key) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
