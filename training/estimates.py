"""How long a training will probably take: from what earlier ones took on this machine."""

from statistics import median
from typing import Any

from annotations.models import Project, Region
from runner import heartbeats
from training import folders, runs, specs
from training.models import Run, RunState, Version

LOOKED_AT = 5
LEAST_SCALE, MOST_SCALE = 0.5, 2.0  # time does not follow the number of regions beyond this


def estimate(project: Project) -> dict[str, Any]:
    network = specs.DEFAULT_NETWORK
    past = [
        run
        for run in Run.objects.filter(state=RunState.READY, attempts=1, spec__network=network)
        .select_related("snapshot")
        .order_by("-finished_at")[:LOOKED_AT]
    ]
    regions = Region.objects.filter(image__project=project, image__deleted_at=None).count()
    minutes = [scaled(run, regions) for run in past]
    return {
        "network": network,
        "start": start_of(project),
        "minutes_expected": round(median(minutes), 1) if minutes else None,
        "based_on": len(minutes),
        "device": heartbeats.training_device() or next((run.device for run in past if run.device), ""),
    }


def scaled(run: Run, regions: int) -> float:
    """The minutes of a past run, for the regions there are now."""
    minutes = (runs.seconds_taken(run) or 0.0) / 60
    then = sum(run.snapshot.counts["regions"].values()) or 1
    return minutes * min(MOST_SCALE, max(LEAST_SCALE, regions / then))


def start_of(project: Project) -> str:
    """What the weights start from, and whose characters keep their ids."""
    newest = Version.objects.filter(project=project).order_by("-number").first()
    known = newest is not None and folders.bundle(newest.run_id).is_dir()
    return f"PP-OCRv6 small, with the characters of v{newest.number}" if newest and known else "PP-OCRv6 small"
