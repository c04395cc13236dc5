"""What giving out, listing, deleting and restoring take in a large project, each call in a fresh process.

    python benchmarks/giving.py [--images 20000] [--calls csv annotations] [--checkout OTHER]

Makes a project of that many images with five regions each in a temporary SQLite database, without pictures.
`--checkout` measures another checkout of Glyphsmith instead of this one.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import rows

PROJECT, MODEL = "/api/v1/projects/{project}", "/api/v2/OCR/Model/{project}"
CALLS = {
    "csv": f"{PROJECT}/export",
    "manifest": f"{PROJECT}/export?format=manifest",
    "annotations": f"{MODEL}/Annotations",
    "models": "/api/v2/OCR/Models",
    "projects": "/api/v1/projects",
    "images of a label": f"{PROJECT}/images?label={{label}}",
    "delete": f"{PROJECT}/images/delete",
    "restore": f"{PROJECT}/images/restore",
    "one image of a label": "/api/v1/images/{image}?label={label}",  # took minutes at 413c0d3
}


def measured(what: str) -> dict[str, Any]:
    from django.conf import settings
    from rest_framework.test import APIClient

    from accounts.models import User
    from annotations.models import Image, Project

    settings.ALLOWED_HOSTS = ["*"]
    client, project = APIClient(), Project.objects.get()
    client.force_authenticate(User.objects.get())
    ids = [str(pk) for pk in Image.objects.order_by("created_at").values_list("id", flat=True)]
    names = {"project": project.id, "label": project.labels.all()[0].id, "image": ids[len(ids) // 2]}
    address = CALLS[what].format(**names)
    client.get(PROJECT.format(**names) + "/labels")  # all is imported
    told: dict[str, Any] = {"bytes": 0, "first": 0.0}

    def call() -> None:
        began = time.perf_counter()
        answer = client.post(address, {"ids": ids}) if what in ("delete", "restore") else client.get(address)
        for piece in answer:
            told["first"] = told["first"] or time.perf_counter() - began
            told["bytes"] += len(piece)
        if answer.status_code != 200:
            raise SystemExit(f"{what}: {answer.status_code}")

    return told | rows.measured(call)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--calls", nargs="+", choices=CALLS, default=list(CALLS))
    parser.add_argument("--checkout", type=Path, default=rows.ROOT)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        import django

        django.setup()
        if given.inside == "make":
            rows.make(given.images, "different")
        else:
            print(json.dumps(measured(given.inside)))
        return
    print("| call | processor seconds | first byte after, s | growth of memory, MB | sent, MB |\n| - | - | - | - | - |")
    with tempfile.TemporaryDirectory() as folder:
        data, checkout = Path(folder), given.checkout.resolve()
        rows.ask(__file__, checkout, data, "--inside", "make", "--images", str(given.images))
        for what in given.calls:
            told = json.loads(rows.ask(__file__, checkout, data, "--inside", what).splitlines()[-1])
            figures = (told["processor"], told["first"], told["megabytes"], told["bytes"] / 1e6)
            print(f"| {what} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |", flush=True)


if __name__ == "__main__":
    main()
