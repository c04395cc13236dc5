"""The worst misses of an evaluation, each with the image and the region they are about, where these are still there."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from annotations.models import Image, Project, Region
from training import shared_images

SAME = 1.5  # pixels by which corners may differ and still be those of one region: a manifest rounds them

Corners = Sequence[Sequence[float]]


def shown(project: Project, evaluation: dict[str, Any], crop_url: str) -> Iterator[dict[str, Any]]:
    """Their crops get an address below `crop_url`; `image_id` and `region` are None where nothing is left to open."""
    misses = evaluation["misses"]
    ids = {miss["image"]: image_id for miss in misses if (image_id := id_of(miss["image"]))}
    kept = {image.pk: image for image in Image.objects.filter(project=project, deleted_at=None, pk__in=ids.values())}
    regions = list(Region.objects.filter(image__in=kept).select_related("label"))
    for miss in misses:
        crop = (miss["crop"] or "").rpartition("/")[2]
        image = kept.get(ids[miss["image"]]) if miss["image"] in ids else None
        yield miss | {
            "crop": f"{crop_url}{crop}" if crop else None,
            "image_id": image and image.pk,
            "region": image and region_of(miss, [region for region in regions if region.image_id == image.pk]),
        }


def id_of(name: str) -> UUID | None:
    try:
        return shared_images.id_of(name)
    except ValueError:  # of a bundle that was measured elsewhere
        return None


def region_of(miss: dict[str, Any], regions: Sequence[Region]) -> UUID | None:
    """The region that was missed or misread; of what was found where nothing is there is none."""
    if miss["kind"] == "invented":
        return None
    found = (region.pk for region in regions if region.label.name == miss["label"] and alike(region.quad, miss["quad"]))
    return next(found, None)


def alike(one: Corners, other: Corners) -> bool:
    pairs = zip((number for corner in one for number in corner), (n for corner in other for n in corner), strict=True)
    return all(abs(number - beside) <= SAME for number, beside in pairs)
