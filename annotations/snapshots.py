"""Snapshots: the annotated images of a project, frozen, split and hashed, and written out for a training run."""

import hashlib
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from annotations import datacheck
from annotations.drafts import Draft, gather
from annotations.models import Image, Project, Side, Snapshot


@transaction.atomic
def freeze(project: Project, user: User, *, seed: int = 0) -> Snapshot:
    """Refused with the reasons where the data check refuses. Remembers each image's side for the next one."""
    draft = gather(project, seed)
    check = datacheck.examine(project, draft)
    if not check.ready:
        reasons = " ".join(finding.message for finding in check.findings if finding.severity == "refuse")
        raise Refusal(reasons, code="not_ready", detail={"findings": check.as_dict()["findings"]})
    content = manifest_of(draft)
    snapshot = Snapshot(id=uuid4(), project=project, created_by=user, counts=counts_of(draft))
    snapshot.digest = hashlib.sha256(content).hexdigest()
    snapshot.manifest = default_storage.save(f"snapshots/{project.id}/{snapshot.id}.jsonl", ContentFile(content))
    try:
        snapshot.save(force_insert=True)
        remember_sides(draft)
    except BaseException:
        default_storage.delete(snapshot.manifest)
        raise
    return snapshot


def manifest_of(draft: Draft) -> bytes:
    """One line an image in the order of upload, so the same data gives the same bytes."""
    lines = []
    for image, regions, side in zip(draft.images, draft.regions, draft.sides, strict=True):
        line = {
            "image": f"images/{file_name(image)}",
            "split": side,
            "regions": [
                {"label": region.label.name, "quad": region.quad, "text": region.text or None} for region in regions
            ],
        }
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def file_name(image: Image) -> str:
    """Named by the image's id, so that what a run finds about a file leads back to the image."""
    return image.file.rpartition("/")[2]


def counts_of(draft: Draft) -> dict[str, Any]:
    images, regions, labels = Counter(draft.sides), Counter[str](), Counter[str]()
    for on_it, side in zip(draft.regions, draft.sides, strict=True):
        regions[side] += len(on_it)
        labels.update(region.label.name for region in on_it)
    return {
        "images": {side: images[side] for side in Side.values},
        "regions": {side: regions[side] for side in Side.values},
        "labels": dict(sorted(labels.items())),
    }


def remember_sides(draft: Draft) -> None:
    for side in Side.values:
        ids = [i.id for i, given in zip(draft.images, draft.sides, strict=True) if given == side and i.side != side]
        for start in range(0, len(ids), 500):
            Image.objects.filter(id__in=ids[start : start + 500]).update(side=side)


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
