"""Tables of annotations become regions; every row that does not is reported with its number and its reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from annotations import labelling, labels, quads, revisions, tasks, texts
from annotations.formats import FORMATS, Fault, PictureRow, RegionRow, Row
from annotations.matching import Names, Pictured, names_of
from annotations.models import Image, ImageState, Import, ImportState, Label, Origin, Project, Region
from annotations.reports import Report

ROWS_AT_ONCE = 5000  # a longer table is taken in by the default worker
INSIDE = 0.75  # share of a box that must lie inside the image for it to be cut to the edge rather than left out
SAME_BOX = 0.7  # boxes that overlap more mean the same region
DEFAULT_LABEL = "text"


def take_table(
    project: Project, user: User, *, name: str, data: bytes, format_key: str, label: str = "", dry_run: bool = False
) -> Import:
    """A small table at once; a long one is left waiting for the worker. `dry_run`: only the report, nothing kept."""
    rows = parsed(format_key, data)
    made = Import(project=project, user=user, format=format_key, name=texts.file_name(name), total=len(rows))
    made.options, made.report = {"label": label}, Report().as_json()
    if dry_run:
        made.report = place(project, user, rows, label, dry_run=True).as_json()
        made.state, made.done, made.finished_at = ImportState.DONE, len(rows), timezone.now()
        return made
    if len(rows) <= ROWS_AT_ONCE:
        with transaction.atomic():
            made.save()
            finish_table(made, rows)
        return made
    made.file = default_storage.save(f"imports/{project.id}/{uuid4()}", ContentFile(data))
    tasks.hand_over(made)
    return made


def run_table(waiting: Import) -> None:
    """In the worker. Regions and the import's end are one transaction, so running twice imports once."""
    with default_storage.open(waiting.file) as file:
        rows = parsed(waiting.format, file.read())
    with transaction.atomic():
        locked = Import.objects.select_for_update(of=("self",)).get(id=waiting.id)
        if locked.state in (ImportState.WAITING, ImportState.RUNNING):
            finish_table(locked, rows)
    default_storage.delete(waiting.file)


def finish_table(running: Import, rows: list[Row]) -> None:
    report = place(running.project, running.user, rows, running.options.get("label", ""))
    running.report = report.as_json()
    running.state, running.done, running.finished_at = ImportState.DONE, len(rows), timezone.now()
    running.save(update_fields=["report", "state", "done", "finished_at"])


def parsed(format_key: str, data: bytes) -> list[Row]:
    kind = FORMATS.get(format_key)
    if kind is None or kind.read is None:
        known = ", ".join(key for key, each in FORMATS.items() if each.read)
        raise Refusal(f"The format “{format_key}” is not known here. Known are {known}.", code="unknown_format")
    return list(kind.read(data))


@dataclass
class Placement:
    """One import while it runs: what is known of the project, and what will be saved."""

    project: Project
    names: Names
    labels: dict[str, Label]
    default: str
    report: Report
    known: dict[UUID, list[tuple[UUID, quads.Box, str, str]]]  # image: label, box, text, where it is from
    new: dict[UUID, list[labelling.Found]] = field(default_factory=dict)
    pictures: dict[UUID, PictureRow] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)  # labels
    cut: int = 0
    respaced: int = 0


@transaction.atomic
def place(project: Project, user: User, rows: Iterable[Row], label: str, *, dry_run: bool = False) -> Report:
    """Saves every row that can be saved; the report tells of the others."""
    running = started(project, label)
    for row in rows:
        if isinstance(row, Fault):
            running.report.leave_out(row.row, row.name, row.reason)
        elif isinstance(row, PictureRow):
            place_picture(running, row)
        else:
            place_region(running, row)
    save(running, user)
    add_notes(running)
    if dry_run:
        transaction.set_rollback(True)
    return running.report


def started(project: Project, label: str) -> Placement:
    by_name = {each.name: each for each in project.labels.all()}
    default = label or next(iter(by_name), DEFAULT_LABEL)
    known: dict[UUID, list[tuple[UUID, quads.Box, str, str]]] = {}
    regions = Region.objects.filter(image__project=project, image__deleted_at__isnull=True)
    for image_id, label_id, *box, text in regions.values_list(
        "image_id", "label_id", "xmin", "ymin", "xmax", "ymax", "text"
    ):
        known.setdefault(image_id, []).append((label_id, (box[0], box[1], box[2], box[3]), text, "the project"))
    return Placement(project, names_of(project), by_name, default, Report(), known)


def place_picture(running: Placement, row: PictureRow) -> None:
    image = running.names.find(row.name)
    if isinstance(image, str):
        if row.complete:
            running.report.leave_out(row.row, row.name, image)
    else:
        running.pictures[image.id] = row


def place_region(running: Placement, row: RegionRow) -> None:
    image = running.names.find(row.name)
    reason = image if isinstance(image, str) else refused(running, row, image)
    if reason:
        running.report.leave_out(row.row, row.name, reason)


def refused(running: Placement, row: RegionRow, image: Pictured) -> str:
    """Notes the region for saving and returns "", or returns why it is left out."""
    try:
        text = texts.region_text(row.text)
        if row.upright and not text:
            return "The text is empty."
        label = label_of(running, row.label)
        quad, was_cut = inside(row, image)
    except Refusal as refusal:
        return refusal.message
    box = quads.bounding_box(quad)
    there = running.known.get(image.id, [])
    if len(there) >= labelling.MOST_REGIONS:
        return f"An image holds at most {labelling.MOST_REGIONS:,} regions."
    for label_id, other, said, where in there:
        if other[0] < box[2] and box[0] < other[2] and label_id == label.id and quads.overlap(box, other) >= SAME_BOX:
            return duplicate(text, said, where, row.name, image)
    running.known.setdefault(image.id, []).append((label.id, box, text, f"row {row.row}"))
    running.new.setdefault(image.id, []).append((label, quad, text, None))
    running.cut += was_cut
    running.respaced += len(text) != len(row.text.strip())
    return ""


def duplicate(text: str, said: str, where: str, name: str, image: Pictured) -> str:
    other = "" if texts.stem(name) == texts.stem(image.name) else f" {image.name} is the same picture."
    if text == said:
        return f"Duplicate: {where} has this box with the same text.{other}"
    return f"Duplicate: {where} has this box with the text “{said}”.{other}"


def label_of(running: Placement, name: str | None) -> Label:
    wanted = labels.checked_name(name or running.default)
    if wanted not in running.labels:
        running.labels[wanted] = labels.create(running.project, wanted)
        running.made.append(wanted)
    return running.labels[wanted]


def inside(row: RegionRow, image: Pictured) -> tuple[quads.Quad, bool]:
    """The region inside the image, and whether it had to be cut. An upright box that lies mostly inside is cut."""
    if row.upright:
        box = quads.bounding_box(row.quad)
        kept = quads.common_box(box, (0.0, 0.0, float(image.width), float(image.height)))
        share = quads.box_area(kept) / quads.box_area(box)
        if share < INSIDE:
            size = f"{image.width} × {image.height} pixels"
            raise quads.BadQuad(f"The box is outside the image, which is {size}: {share:.0%} of it lies inside.")
        if share < 1:
            far = max(abs(edge - other) for edge, other in zip(box, kept, strict=True))
            return quads.checked(quads.of_box(kept), image.width, image.height), far > quads.OVERHANG
    return quads.checked(row.quad, image.width, image.height), False


def save(running: Placement, user: User) -> None:
    changed = sorted(running.new.keys() | running.pictures.keys())
    for start in range(0, len(changed), 500):
        for image in Image.objects.filter(id__in=changed[start : start + 500]):
            found = running.new.get(image.id, [])
            labelling.save_all(image, user, found, origin=Origin.IMPORT, known_good=True)
            running.report.imported += len(found)
            running.report.images += bool(found)
            if image.id in running.pictures:
                save_picture(image, running.pictures[image.id])


def save_picture(image: Image, row: PictureRow) -> None:
    if row.split:
        Image.objects.filter(id=image.id).update(split=row.split)
    if row.complete:  # a picture that is said to show nothing has been looked at
        Image.objects.filter(id=image.id, state=ImageState.TODO).update(state=ImageState.ANNOTATED)
    revisions.touch(image.project_id)


def add_notes(running: Placement) -> None:
    if running.made:
        running.report.note(f"Labels made: {', '.join(running.made)}.")
    if running.cut:
        boxes = texts.counted(running.cut, "box reached", "boxes reached")
        running.report.note(f"{boxes} over the edge of the image and were cut to it.")
    if running.respaced:
        found = texts.counted(running.respaced, "text")
        running.report.note(f"In {found} white space of several characters became a single blank.")
