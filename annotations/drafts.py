"""What a snapshot would hold now: the annotated images of a project with their side of the split."""

from dataclasses import dataclass, field

from annotations import splitting
from annotations.models import Image, ImageState, Origin, Project, Region


@dataclass(frozen=True)
class Draft:
    """`images[i]` with its regions, without suggestions nobody has accepted, goes to `sides[i]`."""

    images: list[Image]
    regions: list[list[Region]]
    items: list[splitting.Item]
    sides: list[str]
    untouched: int = 0  # images still to do
    suggestions: int = 0  # regions left out, on images that are in
    left_out: list[Image] = field(default_factory=list)  # images those stand on

    def sizes(self) -> dict[str, int]:
        """Images with regions on each side."""
        return splitting.sizes(self.items, self.sides)


def gather(project: Project, seed: int = 0) -> Draft:
    live = Image.objects.filter(project=project, deleted_at__isnull=True)
    images = list(live.exclude(state=ImageState.TODO).order_by("created_at", "id"))
    by_image: dict[object, list[Region]] = {image.id: [] for image in images}
    waiting: set[object] = set()
    suggestions = 0
    found = Region.objects.filter(image__in=live.exclude(state=ImageState.TODO)).select_related("label")
    for region in found.order_by("image_id", "ymin", "xmin", "id"):
        if region.origin == Origin.SUGGESTION:
            suggestions += 1
            waiting.add(region.image_id)
        else:
            by_image[region.image_id].append(region)
    regions = [by_image[image.id] for image in images]
    documents = {image.name for image in images if image.page > 0}
    items = [
        splitting.Item(
            key=image.sha256,
            document=image.name if image.name in documents else "",
            phash=image.phash,
            has_regions=bool(on_it),
            chosen=image.split,
            before=image.side,
        )
        for image, on_it in zip(images, regions, strict=True)
    ]
    return Draft(
        images=images,
        regions=regions,
        items=items,
        sides=splitting.split(items, seed),
        untouched=live.filter(state=ImageState.TODO).count(),
        suggestions=suggestions,
        left_out=[image for image in images if image.id in waiting],
    )
