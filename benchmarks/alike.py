"""What the data check and the snapshot of a large project take: processor seconds and memory, each in a fresh process.

    python benchmarks/alike.py [--images 20000] [--looks alike different] [--checkout OTHER]

Makes a project of that many images with five regions each in a temporary SQLite database; the files of its pictures
are not needed and not made. `--checkout` measures another checkout of Glyphsmith instead of this one. The last results
are in `docs/decisions/data-check.md`.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REGIONS = 5
LABELS = ("number", "date", "total")
FAR = 0x9E3779B97F4A7C15  # multiples of it differ in about half of their bits
MOST_SECONDS = 900
LOOKS: dict[str, Callable[[int], int]] = {
    "alike": lambda n: FAR,
    "nearly": lambda n: FAR ^ (1 << n % 64) ^ (1 << n // 64 % 64),  # a few bits apart, as forms of one layout are
    "different": lambda n: (n + 1) * FAR % 2**64,
}


def make(images: int, look: str) -> None:
    """The project: nine of ten images annotated, five regions on each."""
    from django.core.management import call_command
    from django.db import transaction

    from accounts.models import User
    from annotations import labels, projects
    from annotations.models import Image, Region

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        user = User.objects.create_user("alice@example.org", "a-long-enough-password")
        project = projects.create(user, "Benchmark", LABELS)
        known = list(project.labels.all())
        labels.change(known[1], pattern=r"[0-9 A-Z]+")
        for start in range(0, images, 1000):
            made = [_image(n, look, project, user) for n in range(start, min(start + 1000, images))]
            Image.objects.bulk_create(made)
            annotated = [image for image in made if image.state != "todo"]
            Region.objects.bulk_create(
                _region(n, k, image, known) for n, image in enumerate(annotated, start) for k in range(REGIONS)
            )


def _image(n: int, look: str, project: Any, user: Any) -> Any:
    from annotations.models import Image

    image = Image(project=project, name=f"form-{n:05}.jpg", width=1200, height=900, bytes=90_000, uploaded_by=user)
    image.file, image.thumbnail = f"images/{project.id}/{image.id}.jpg", f"thumbnails/{project.id}/{image.id}.webp"
    image.sha256, image.phash = f"{n:064x}", f"{LOOKS[look](n):016x}"
    image.state = "todo" if n % 10 == 9 else "annotated"
    return image


def _region(n: int, k: int, image: Any, known: list[Any]) -> Any:
    from annotations.models import Region

    left, top, right, bottom = 40.5 + k, 60.25 + 150 * k, 460.75 + n % 300, 100.5 + 150 * k
    quad = [[left, top], [right, top], [right, bottom], [left, bottom]]
    box = {"xmin": left, "ymin": top, "xmax": right, "ymax": bottom}
    return Region(image=image, label=known[k % len(known)], quad=quad, text=f"TN {n * 7919 % 9973:04} {k}", **box)


def check() -> None:
    from annotations import datacheck
    from annotations.models import Project

    datacheck.check(Project.objects.get())


def snapshot() -> None:
    from accounts.models import User
    from annotations import snapshots
    from annotations.models import Project

    snapshots.freeze(Project.objects.get(), User.objects.get())


def measured(what: str) -> dict[str, float]:
    """Processor seconds and the growth of memory beyond that of a process that has imported all it needs, in MB."""
    from annotations import datacheck, snapshots  # noqa: F401
    from annotations.models import Project

    Project.objects.get()
    before, began = _resident(), time.process_time()
    {"check": check, "snapshot": snapshot}[what]()
    seconds = time.process_time() - began
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 - before}


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def inside(what: str, images: int, look: str) -> None:
    import django

    django.setup()
    if what == "make":
        make(images, look)
    else:
        print(json.dumps(measured(what)))


def ask(checkout: Path, data: Path, *arguments: str) -> str:
    """This script in a process of its own, with the code of a checkout and a data folder."""
    environment = os.environ | {
        "GLYPHSMITH_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "server.settings",
        "PYTHONPATH": f"{checkout / 'platform'}:{checkout}",
    }
    command = [sys.executable, "-P", str(Path(__file__).resolve()), *arguments]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--looks", nargs="+", choices=LOOKS, default=["alike", "nearly", "different"])
    parser.add_argument("--checkout", type=Path, default=ROOT)
    parser.add_argument("--inside", choices=["make", "check", "snapshot"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        inside(given.inside, given.images, given.looks[0])
        return
    print("| images | that look | call | processor seconds | growth of memory, MB |\n| - | - | - | - | - |")
    for look in given.looks:
        with tempfile.TemporaryDirectory() as folder:
            options = ["--images", str(given.images), "--looks", look]
            ask(given.checkout.resolve(), Path(folder), "--inside", "make", *options)
            for what in ("check", "snapshot"):
                told = json.loads(ask(given.checkout.resolve(), Path(folder), "--inside", what, *options))
                print(
                    f"| {given.images:,} | {look} | {what} | {told['seconds']:.1f} | {told['megabytes']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
