"""Rows of a table become regions, some hundred at a time.

Each batch is read and compared outside of any transaction; then a short one saves it, together with the import's
counter. Where an image or the labels have changed between the two, the batch is judged again inside. So nobody's saves
wait for a long table, and a table that breaks off goes on at the next batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F

from accounts.errors import Refusal
from annotations import absences, importing, labelling, labels, quads, texts, turns
from annotations.formats import Fault, PictureRow, RegionRow, Row
from annotations.matching import Names, Pictured, names_of
from annotations.models import Image, ImageState, Import, Label, Origin, Project, Region, RegionEdit
from annotations.reports import Report

ROWS_A_BATCH = 200  # one short transaction: others save between two
ON_FILE, ON_UPRIGHT = (
    "file",
    "upright",
)  # which picture a table's boxes were drawn on: as it lies in its file, or upright
HELD = (
    "The box seems to be drawn on the photo as it lies in its file, and the photo was turned upright. "
    "Say on which it was drawn, and import the table again."
)
UNKNOWN_TURN = (
    "How this photo lies in its file is not known, as it was stored before that was kept. "
    "Upload it again, then import the table again."
)


class Held(Exception):
    """A region that waits for a person's word."""


class Known(NamedTuple):
    """A region that is there already: `where` is it from, "the project" or "row 7"."""

    label: str
    box: quads.Box
    text: str
    where: str


class Placed(NamedTuple):
    """A region that is to be saved. Its id follows from the import and its row's place in the file."""

    id: UUID
    label: str
    quad: quads.Quad
    text: str


@dataclass
class Placing:
    """A table while it is taken in."""

    running: Import
    rows: Sequence[Row]
    names: Names
    own: dict[UUID, str]  # the regions of the rows before `running.done`, and where they are from: "row 7"
    placed: set[UUID]  # the images that these rows have given regions

    def id_of(self, index: int) -> UUID:
        return uuid5(self.running.id, str(index))

    def count(self, start: int, end: int) -> None:
        self.own.update((self.id_of(index), f"row {self.rows[index].row}") for index in range(start, end))


@dataclass
class Batch:
    """Some rows, judged: what will be saved, what it was judged by, and what the report says afterwards."""

    report: Report
    versions: dict[UUID, int]  # of the images, as they were read
    labels: set[str]
    words: dict[str, list[str]]  # of the labels that have some
    known: dict[UUID, list[Known]]
    new: dict[UUID, list[Placed]] = field(default_factory=dict)
    pictures: dict[UUID, PictureRow] = field(default_factory=dict)


def place(running: Import, rows: Sequence[Row]) -> None:
    """Take in the rows from `running.done` on. Raises Overtaken and MakeWay, see `annotations.importing`."""
    placing = started(running, rows)
    while running.done < len(rows):
        end = min(running.done + ROWS_A_BATCH, len(rows))
        start = running.done
        batch = judged(placing, start, end)
        with transaction.atomic():
            if not still_holds(batch, running.project):
                batch = judged(placing, start, end)
            save(placing, batch)
            importing.move(running, batch.report, done=end)
        placing.count(start, end)
        placing.placed |= batch.new.keys()
        importing.make_way(running)
    importing.finish(running)


def rehearsed(running: Import, rows: Sequence[Row]) -> Report:
    """The report of an import that keeps nothing."""
    return judged(started(running, rows), 0, len(rows)).report


def started(running: Import, rows: Sequence[Row]) -> Placing:
    asked = (row.name for row in rows if not isinstance(row, Fault))
    placing = Placing(running, rows, names_of(running.project, asked), {}, set())
    if running.done:  # an earlier worker has come so far
        placing.count(0, running.done)
        edits = RegionEdit.objects.filter(image__project=running.project, created_at__gte=running.created_at)
        pairs = edits.order_by().values_list("region_id", "image_id")
        placing.placed = {image_id for region_id, image_id in pairs.iterator() if region_id in placing.own}
    return placing


# Judging: reads, and writes nothing -----------------------------------------------------------------------------------


def judged(placing: Placing, start: int, end: int) -> Batch:
    found = [placing.names.find(row.name) if not isinstance(row, Fault) else "" for row in placing.rows[start:end]]
    ids = {image.id for image in found if isinstance(image, Pictured)}
    batch = Batch(
        report=Report.of(placing.running.report),
        versions=dict(versions(ids)),
        labels=label_names(placing.running.project),
        words=dict(placing.running.project.labels.exclude(words=[]).values_list("name", "words")),
        known=known(placing, ids),
    )
    for index, image in enumerate(found, start):
        row = placing.rows[index]
        if isinstance(image, Pictured) and image.id not in batch.versions:
            image = "The image was deleted in the meantime."
        if isinstance(row, Fault):
            batch.report.leave_out(row.row, row.name, row.reason)
        elif isinstance(row, PictureRow):
            judge_picture(batch, row, image)
        elif reason := image if isinstance(image, str) else refused(placing, batch, index, row, image):
            batch.report.leave_out(row.row, row.name, reason)
    batch.report.images += len(batch.new.keys() - placing.placed)
    return batch


def versions(ids: Iterable[UUID]) -> Iterator[tuple[UUID, int]]:
    for some in portions(ids):
        yield from Image.objects.filter(id__in=some, deleted_at__isnull=True).values_list("id", "version")


def label_names(project: Project) -> set[str]:
    return set(project.labels.values_list("name", flat=True))


def known(placing: Placing, ids: Iterable[UUID]) -> dict[UUID, list[Known]]:
    """The regions that are on the images; those of the table's earlier rows by their row."""
    found: dict[UUID, list[Known]] = {}
    for some in portions(ids):
        regions = Region.objects.filter(image__in=some).order_by()
        for region_id, image_id, label, *box, text in regions.values_list(
            "id", "image_id", "label__name", "xmin", "ymin", "xmax", "ymax", "text"
        ):
            where = placing.own.get(region_id, "the project")
            found.setdefault(image_id, []).append(Known(label, (box[0], box[1], box[2], box[3]), text, where))
    return found


def portions(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    ordered = sorted(ids)
    yield from (ordered[start : start + ROWS_A_BATCH] for start in range(0, len(ordered), ROWS_A_BATCH))


def judge_picture(batch: Batch, row: PictureRow, image: Pictured | str) -> None:
    if not isinstance(image, str):
        batch.pictures[image.id] = replace(row, absent=tuple(judged_absent(batch, row, image)))
    elif row.complete or row.absent:
        batch.report.leave_out(row.row, row.name, image)


def judged_absent(batch: Batch, row: PictureRow, image: Pictured) -> Iterator[str]:
    """The labels that can be said not to be on the picture; one that is not there yet is made as for a region."""
    there = {region.label for region in batch.known.get(image.id, ())}
    for name in row.absent:
        try:
            label = labels.checked_name(name)
        except Refusal as refusal:
            reason = refusal.message
        else:
            has_region = f"“{label}” has a region on this image, so it is not absent."
            reason = has_region if label in there else unknown_label(batch, label)
            if not reason:
                yield label
                continue
        batch.report.leave_out(row.row, row.name, reason)


def unknown_label(batch: Batch, label: str) -> str:
    """Notes a label that is not there yet for making, or says why it cannot be made."""
    if label not in batch.labels:
        if len(batch.labels) >= labels.MOST_LABELS:
            return labels.TOO_MANY
        batch.labels.add(label)
        if label not in batch.report.labels:
            batch.report.labels.append(label)
    return ""


def refused(placing: Placing, batch: Batch, index: int, row: RegionRow, image: Pictured) -> str:
    """Notes the region for saving and returns "", or returns why it is left out."""
    try:
        label = labels.checked_name(row.label or placing.running.options["label"])
        text = labels.text_of(batch.words.get(label, ()), row.text)
        if row.upright and not text:
            return "The text is empty."
        quad, was_cut = standing(row.quad, image, placing.running.options)
    except Held:
        batch.report.held += 1
        return HELD
    except Refusal as refusal:
        return refusal.message
    box = quads.bounding_box(quad)
    there = batch.known.setdefault(image.id, [])
    if len(there) >= labelling.MOST_REGIONS:
        return f"An image holds at most {labelling.MOST_REGIONS:,} regions."
    for other in there:
        beside = other.box[2] <= box[0] or box[2] <= other.box[0]
        if label == other.label and not beside and quads.overlap(box, other.box) >= quads.SAME:
            return duplicate(text, other, row.name, image)
    if reason := unknown_label(batch, label):
        return reason
    there.append(Known(label, box, text, f"row {row.row}"))
    batch.new.setdefault(image.id, []).append(Placed(placing.id_of(index), label, quad, text))
    batch.report.imported += 1
    batch.report.cut += was_cut
    batch.report.respaced += texts.was_respaced(row.text)
    batch.report.unmarked += texts.was_marked(row.text)
    if turns.is_turned(image.turn):
        batch.report.turned += placing.running.options.get("drawn_on") == ON_FILE
        batch.report.upright += placing.running.options.get("drawn_on") != ON_FILE
    return ""


def standing(quad: quads.Quad, image: Pictured, options: dict[str, Any]) -> tuple[quads.Quad, bool]:
    """The region on the upright image, and whether it was cut. Raises Held where a person must say what was meant."""
    size, drawn_on = (image.width, image.height), options.get("drawn_on")
    if drawn_on == ON_FILE:
        if image.turn is None:
            raise Refusal(UNKNOWN_TURN)
        return quads.fitted(turns.to_upright(quad, image.turn, size), *size)
    if not drawn_on and options.get("held") and turns.is_turned(image.turn):
        raise Held
    return turns.fitted(quad, image.turn, size)


def duplicate(text: str, other: Known, name: str, image: Pictured) -> str:
    same = "" if texts.stem(texts.file_name(name)) == texts.stem(image.name) else f" {image.name} is the same picture."
    if text == other.text:
        return f"Duplicate: {other.where} has this box with the same text.{same}"
    return f"Duplicate: {other.where} has this box with the text “{other.text}”.{same}"


# Saving: inside a transaction -----------------------------------------------------------------------------------------


def still_holds(batch: Batch, project: Project) -> bool:
    """Whether nobody has touched the batch's images and labels since it was judged. Locks the images.

    A label that this table has made, or would make now, counts as there.
    """
    there = sorted(batch.versions)
    locked = dict(
        Image.objects.select_for_update()
        .filter(id__in=there, deleted_at__isnull=True)
        .order_by("id")
        .values_list("id", "version")
    )
    return locked == batch.versions and label_names(project) | set(batch.report.labels) == batch.labels


def save(placing: Placing, batch: Batch) -> None:
    running = placing.running
    by_name = {each.name: each for each in running.project.labels.all()}
    needed = {each.label for found in batch.new.values() for each in found}
    needed |= {name for row in batch.pictures.values() for name in row.absent}
    for name in batch.report.labels:
        if name in needed and name not in by_name:
            by_name[name] = labels.create(running.project, name)
    made = {image_id: [region_of(each, by_name) for each in found] for image_id, found in batch.new.items()}
    labelling.save_on_many(running.user, made, origin=Origin.IMPORT)
    for image_id, row in batch.pictures.items():
        save_picture(image_id, row)
    save_absent(batch, by_name)


def region_of(each: Placed, by_name: dict[str, Label]) -> Region:
    region = Region(id=each.id, label=by_name[each.label], text=each.text, origin=Origin.IMPORT)
    labelling.place(region, each.quad)
    return region


def save_picture(image_id: UUID, row: PictureRow) -> None:
    if row.split:
        Image.objects.filter(id=image_id).update(split=row.split)
    if row.complete or row.absent:  # a picture that is said to show nothing has been looked at
        Image.objects.filter(id=image_id, state=ImageState.TODO).update(state=ImageState.ANNOTATED)


def save_absent(batch: Batch, by_name: dict[str, Label]) -> None:
    said = absences.labels_of(batch.pictures)
    new: dict[UUID, set[UUID]] = {}
    for image_id, row in batch.pictures.items():
        drawn = {each.label for each in batch.new.get(image_id, ())}
        absent = {by_name[name].id for name in row.absent if name not in drawn} - said.get(image_id, set())
        if absent:
            new[image_id] = absent
    absences.add(new)
    Image.objects.filter(id__in=list(new)).update(version=F("version") + 1)
