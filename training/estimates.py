"""What a training will start from, how long it will probably take, and which texts its network cannot read."""

import os
from collections.abc import Sequence
from statistics import median
from typing import Any

from django.db.models.functions import Length

from annotations.models import Project, Region
from annotations.texts import counted
from runner import heartbeats
from training import folders, networks, runs
from training.engine.zoo import PPOCR, Network
from training.models import Run, RunState, Version

LOOKED_AT = 5
GUESSED_START, GUESSED_IMAGE = 5.0, 0.1  # minutes of one core: for any training, and for each annotated image
FROM_NOTHING = 5.0  # times as long where the reader, or most of it, learns from nothing
GUESS = (0.6, 3.0)  # how far off a guess may be; the machine may do other things besides
JUDGED = (0.7, 1.6)  # the same of what past runs took
LEAST_SCALE, MOST_SCALE = 0.5, 2.0  # time does not follow the number of regions beyond this


def estimate(project: Project, *, network: str | None = None, tower: str | None = None) -> dict[str, Any]:
    """Time is judged by past runs of the same network alone. Raises Refusal for a network that does not exist."""
    chosen = networks.chosen(network)
    past = list(
        Run.objects.filter(state=RunState.READY, attempts=1, spec__network=chosen.name)
        .select_related("snapshot")
        .order_by("-finished_at")[:LOOKED_AT]
    )
    regions = regions_of(project).count()
    minutes = [scaled(run, regions) for run in past]
    low, high = likely(minutes, project, chosen)
    return {
        "network": chosen.name,
        "name": networks.title(chosen.name),
        "start": start_of(project, chosen, tower),
        "minutes_expected": round(median(minutes), 1) if minutes else None,
        "minutes_low": round(low, 1),
        "minutes_high": round(high, 1),
        "based_on": len(minutes),
        "device": heartbeats.training_device() or next((run.device for run in past if run.device), ""),
        "warning": too_long(project, chosen),
    }


def likely(minutes: Sequence[float], project: Project, network: Network) -> tuple[float, float]:
    """From how many minutes to how many: by past runs, else a guess by the cores of this machine and the images."""
    if minutes:
        return JUDGED[0] * median(minutes), JUDGED[1] * median(minutes)
    annotated = regions_of(project).values("image").distinct().count()
    alone = (GUESSED_START + GUESSED_IMAGE * annotated) * (1.0 if network.name == PPOCR else FROM_NOTHING)
    guess = alone / max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    return GUESS[0] * guess, GUESS[1] * guess


def regions_of(project: Project) -> Any:
    return Region.objects.filter(image__project=project, image__deleted_at=None)


def too_long(project: Project, network: Network) -> str | None:
    """A sentence where texts of the project are longer than the network reads."""
    if not network.most:
        return None
    texts = regions_of(project).exclude(text="").order_by()
    longer = texts.annotate(characters=Length("text")).filter(characters__gt=network.most).count()
    if not longer:
        return None
    of = texts.count()
    texts_are = "the only text is" if of == 1 else f"{longer} of the {of} texts {'is' if longer == 1 else 'are'}"
    it = "It is" if longer == 1 else "They are"
    return (
        f"{networks.title(network.name)} reads at most {counted(network.most, 'character')}, and "
        f"{texts_are} longer. {it} not learnt from, and will not be read right."
    )


def scaled(run: Run, regions: int) -> float:
    """The minutes of a past run, for the regions there are now."""
    minutes = (runs.seconds_taken(run) or 0.0) / 60
    then = sum(run.frozen.counts["regions"].values()) or 1
    return minutes * min(MOST_SCALE, max(LEAST_SCALE, regions / then))


def start_of(project: Project, network: Network, tower: str | None = None) -> str:
    """What the weights start from; of the default network, also whose characters keep their ids."""
    if network.name == PPOCR:
        return f"PP-OCRv6 small{characters_of(project)}"
    stands_on = tower if tower in network.towers else next(iter(network.towers), None)
    if stands_on == "pretrained":
        return "PP-OCRv6 small, which sees what stands there; where to look is learned"
    return "Nothing; only the finder from PP-OCRv6 small"


def characters_of(project: Project) -> str:
    newest = Version.objects.filter(project=project).order_by("-number").first()
    known = newest is not None and folders.bundle(newest.run_id).is_dir()
    return f", with the characters of v{newest.number}" if newest and known else ""
