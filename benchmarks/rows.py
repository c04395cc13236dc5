"""Large projects made of rows alone, without pictures, and calls measured on them in processes of their own."""

import os
import resource
import subprocess
import sys
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


def measured(call: Callable[[], object]) -> dict[str, float]:
    """Processor seconds, seconds, and the growth of memory in MB beyond what the process holds before the call."""
    before, began, at = _resident(), time.process_time(), time.perf_counter()
    call()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "processor": time.process_time() - began,
        "seconds": time.perf_counter() - at,
        "megabytes": max(0.0, peak - before),
    }


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def ask(script: str, checkout: Path, data: Path, *arguments: str) -> str:
    """A script in a process of its own, with the code of a checkout, what it shares of here, and a data folder."""
    environment = os.environ | {
        "GLYPHSMITH_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "server.settings",
        "PYTHONPATH": f"{checkout / 'platform'}:{checkout}:{ROOT}",
    }
    command = [sys.executable, "-P", str(Path(script).resolve()), *arguments]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout
