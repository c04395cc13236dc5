"""A person with one of everything that pages show, made without training.

python -m tests.journeys.seeds EMAIL PASSWORD

Prints the ids as JSON. The data folder is the one that GLYPHSMITH_DATA names.
"""

import json
import os
import sys
from io import BytesIO
from typing import Any

import django

RECEIPTS = {"receipt.png": 5, "card.png": 12}  # how many lines each has


def main(email: str, password: str) -> dict[str, str]:
    from accounts.models import User
    from annotations import projects

    person = User.objects.create_superuser(email, password, name="Ada")
    project = projects.create(person, "Receipts of the canteen", ["total", "date"])
    empty = projects.create(person, "Empty so far", ["number_plate"])
    images = annotated(project, person)
    return {"project": str(project.pk), "empty": str(empty.pk), **images, **trained(project, person, images)}


def annotated(project: Any, person: Any) -> dict[str, str]:
    """White pages: one with regions, a document of three, one that is to do."""
    from annotations import labelling, quads, uploads
    from annotations.models import Label, Origin

    label = Label.objects.get(project=project, name="total")
    kept = {name: uploads.take(project, person, name, page_of(lines)).images[0] for name, lines in RECEIPTS.items()}
    uploads.take(project, person, "three.pdf", three_pages())
    quad = quads.parsed([[60, 60], [420, 60], [420, 110], [60, 110]])
    (region,) = labelling.save_all(kept["receipt.png"], person, [(label, quad, "12.40", None)], origin=Origin.PERSON)
    return {"image": str(kept["receipt.png"].pk), "region": str(region.pk)}


def page_of(lines: int) -> BytesIO:
    body = BytesIO()
    drawn(lines).save(body, "PNG")
    body.seek(0)
    return body


def three_pages() -> BytesIO:
    body = BytesIO()
    drawn(3).save(body, "PDF", save_all=True, append_images=[drawn(5), drawn(7)])
    body.seek(0)
    return body


def drawn(lines: int) -> Any:
    """A white page, higher than wide, with what matters at its top and at its bottom."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("RGB", (600, 900), "white")
    draw = ImageDraw.Draw(page)
    for line in range(lines):
        draw.text((60, 60 + 760 * line // lines), f"TOTAL {line} 12.40", fill="black", font=ImageFont.load_default(40))
    return page


def trained(project: Any, person: Any, images: dict[str, str]) -> dict[str, str]:
    """Two versions, what they read wrong, and their comparison."""
    from django.utils import timezone

    from annotations.models import Image, Snapshot
    from training import folders
    from training.models import Comparison, ComparisonState, Run, RunState, Version

    counts = {"images": {"train": 1, "test": 1}, "regions": {"train": 1, "test": 1}, "labels": {"total": 2}}
    frozen = Snapshot.objects.create(
        project=project, digest="d" * 64, manifest="snapshots/none.jsonl", counts=counts, created_by=person
    )
    image = Image.objects.get(pk=images["image"])
    made: dict[str, str] = {}
    for number in (1, 2):
        now = timezone.now()
        run = Run.objects.create(
            project=project, number=number, snapshot=frozen, started_by=person, state=RunState.READY,
            spec={"project": project.name, "labels": [{"name": "total"}], "network": "ppocr"},
            steps={"queued": now.isoformat(), "ready": now.isoformat()}, started_at=now, finished_at=now,
        )  # fmt: skip
        crop = folders.of(run.pk) / "misses" / "000.png"
        crop.parent.mkdir(parents=True)
        drawn(1).crop((60, 60, 420, 110)).save(crop)
        evaluation = evaluation_of(7 + number, image.file)
        version = Version.objects.create(
            project=project, run=run, number=number, evaluation=evaluation, accuracy=0.7 + number / 10, live=number == 2
        )
        made |= {f"run_{number}": str(run.pk), f"version_{number}": str(version.pk)}
    comparison = Comparison.objects.create(
        project=project, of="1,2", state=ComparisonState.DONE, started_by=person, result=compared(made, images)
    )
    return {**made, "comparison": str(comparison.pk)}


def rate(right: int, of: int = 10) -> dict[str, Any]:
    return {"right": right, "of": of, "share": right / of, "low": 0.4, "high": 0.97}


def evaluation_of(right: int, file: str) -> dict[str, Any]:
    text = {"exact": rate(right), "exact_normalised": rate(right), "cer": 0.1, "cer_normalised": 0.1}
    found = {"regions": 10, "found": 10, "matched": 10, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    scores = {"finder": found, "reading": text, "end_to_end": text}
    missed = {
        "kind": "misread", "image": file, "label": "total", "truth": "12.40", "reading": "12.48",
        "quad": [[60, 60], [420, 60], [420, 110], [60, 110]], "given_region": "12.48", "confidence": 0.7, "edits": 1,
        "crop": "misses/000.png",
    }  # fmt: skip
    return {
        "split": "test", "images": 10, "skipped": [], "overall": scores, "labels": {"total": scores},
        "misses": [missed], "milliseconds": 100.0, "spec_digest": "",
    }  # fmt: skip


def compared(made: dict[str, str], images: dict[str, str]) -> dict[str, Any]:
    def line(number: int) -> dict[str, Any]:
        network = {"name": "PP-OCRv6", "tower": None, "rectifier": None}
        return {
            "id": made[f"version_{number}"], "run": made[f"run_{number}"], "number": number, "network": network,
            "exact": rate(7 + number), "exact_normalised": rate(7 + number), "cer": 0.1, "given_region": rate(9),
            "cer_given_region": 0.1, "found": 10, "regions": 10, "invented": 0, "milliseconds": 100.0,
            "megabytes": 12.0, "minutes": 4.0,
        }  # fmt: skip

    difference = {
        "image": "images/1.png", "image_id": images["image"], "label": "total", "truth": "12.40",
        "quad": [[60, 60], [420, 60], [420, 110], [60, 110]], "readings": {"1": "12.48", "2": "12.40"}, "right": [2],
        "crop": [1, "misses/000.png"],
    }  # fmt: skip
    return {
        "images": 10, "some_only": 0, "gone": 0, "skipped": 0, "labels": ["total"],
        "sentence": "v2 reads the most of the same 10 held-out fields: 9. v1 reads 8.",
        "counts": {"fields": 10, "all_right": 8, "some_right": 1, "none_right": 1},
        "versions": [line(1), line(2)], "differing": 1, "differences": [difference],
    }  # fmt: skip


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
    django.setup()
    print(json.dumps(main(*sys.argv[1:3])))  # noqa: T201
