"""Annotations given out in any format that can be written."""

from collections.abc import Iterator

from accounts.errors import Refusal
from annotations.formats import FORMATS, Format, Written
from annotations.matching import shown_name
from annotations.models import Image, ImageState, Origin, Project
from annotations.quads import parsed


def export(project: Project, format_key: str) -> tuple[Format, bytes]:
    """Suggestions nobody has accepted stay at home."""
    kind = FORMATS.get(format_key)
    if kind is None or kind.write is None:
        known = ", ".join(key for key, each in FORMATS.items() if each.write)
        raise Refusal(f"The format “{format_key}” cannot be written. These can: {known}.", code="unknown_format")
    return kind, kind.write(pictures(project))


def pictures(project: Project) -> Iterator[Written]:
    """In the order of upload; images still to do are left out."""
    found = Image.objects.filter(project=project, deleted_at__isnull=True).exclude(state=ImageState.TODO)
    for image in found.order_by("created_at", "id").prefetch_related("regions__label"):
        regions = (region for region in image.regions.all() if region.origin != Origin.SUGGESTION)
        kept = tuple((region.label.name, parsed(region.quad), region.text) for region in regions)
        yield Written(shown_name(image.name, image.page), image.split or image.side, kept)


def file_name(project: Project, kind: Format) -> str:
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in project.name.lower()).strip("-")
    return f"{safe or 'annotations'}.{kind.extension}"
