"""What to know about a project's data before training: what forbids it, what will hurt, and what is worth a look."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from annotations import patterns, quads, splitting
from annotations.drafts import Draft, gather
from annotations.models import Image, Label, Project, Region
from annotations.texts import counted

Severity = Literal["refuse", "warn", "note"]

MOST_LISTED = 50
TINY = 8.0  # pixels of height below which nothing can be read
LONGEST_SHAPE = 30.0  # width over height of one region
TALLEST_SHAPE = 4.0  # height over width
WHOLE = 0.95  # share of the image
NARROWEST_LETTER = 0.05  # of the region's height: two rows of narrow letters reach 0.08
FEW_IMAGES = 20
PATTERN_SECONDS = 3.0  # for comparing all texts of one label with its pattern
SAME = 0.7  # boxes of one label that overlap more mean the same region


@dataclass(frozen=True)
class Finding:
    """`image_ids`: where to look, at most fifty; `count`: of what the message is about."""

    code: str
    severity: Severity
    message: str
    count: int = 0
    image_ids: list[UUID] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "count": self.count,
            "image_ids": [str(image_id) for image_id in self.image_ids],
        }


@dataclass(frozen=True)
class Check:
    findings: list[Finding]
    summary: dict[str, int]

    @property
    def ready(self) -> bool:
        return not any(finding.severity == "refuse" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        findings = [finding.as_dict() for finding in self.findings]
        return {"ready": self.ready, "summary": self.summary, "findings": findings}


def check(project: Project) -> Check:
    return examine(project, gather(project))


def examine(project: Project, draft: Draft) -> Check:
    """Every finding, gravest first."""
    sizes = draft.sizes()
    summary = {
        "images": len(draft.images) + draft.untouched,
        "annotated": len(draft.images),
        "regions": sum(len(regions) for regions in draft.regions),
        "train": sizes["train"],
        "test": sizes["test"],
    }
    found = [*refusals(project, draft)]
    if not found:
        found = [finding for look in LOOKS for finding in look(draft)]
    found += [*notes(project, draft)]
    order = ("refuse", "warn", "note")
    return Check(sorted(found, key=lambda finding: order.index(finding.severity)), summary)


def refusals(project: Project, draft: Draft) -> Iterator[Finding]:
    sizes = draft.sizes()
    if not project.labels.exists():
        yield Finding("no_labels", "refuse", "The project has no labels. Add one for each field to be read.")
    elif not any(draft.regions):
        yield Finding(
            "no_regions", "refuse", "No image is annotated yet. Draw boxes on some images and type their text."
        )
    elif sum(sizes.values()) < 2 * splitting.LEAST:
        annotated = counted(sum(sizes.values()), "image is", "images are")
        message = (
            f"Only {annotated} annotated. At least {2 * splitting.LEAST} are needed: "
            f"{splitting.LEAST} to learn from and {splitting.LEAST} to measure on."
        )
        yield Finding("too_few_images", "refuse", message, sum(sizes.values()))
    elif min(sizes.values()) < splitting.LEAST:
        message = (
            f"{sizes['train']} annotated images are for training and {sizes['test']} for testing; each side needs at "
            f"least {splitting.LEAST}. Change the side that was chosen for some of them."
        )
        yield Finding("side_too_small", "refuse", message)
    elif not any(region.text for regions in _of_side(draft, "train") for region in regions):
        yield Finding("no_texts", "refuse", "No region to learn from has a text. Type what is written in the boxes.")


def empty_texts(draft: Draft) -> Iterator[Finding]:
    found = [(image, region) for image, region in _each(draft) if not region.text]
    if found:
        message = (
            f"{counted(len(found), 'region has', 'regions have')} no text. "
            "Finding them can be learnt, reading them cannot."
        )
        yield _about("empty_text", "warn", message, found)


def rare_characters(draft: Draft) -> Iterator[Finding]:
    """Characters that occur once, or not at all among what is learnt from."""
    where: dict[str, list[tuple[Image, Region]]] = defaultdict(list)
    learnt: dict[str, int] = defaultdict(int)
    for (image, regions), side in zip(_by_image(draft), draft.sides, strict=True):
        for region in regions:
            for character in region.text.replace(" ", ""):
                where[character].append((image, region))
                learnt[character] += side == "train"
    once = sorted(c for c in where if len(where[c]) == 1)
    if once:
        verb = "occurs only once" if len(once) == 1 else "occur only once each"
        message = (
            f"{_listed(once)} {verb}. See whether that is a typing error; "
            "otherwise a few more examples would help to read it."
        )
        yield _about("rare_character", "warn", message, [pair for c in once for pair in where[c]], len(once))
    unseen = sorted(c for c in where if not learnt[c] and len(where[c]) > 1)
    if unseen:
        verb = "occurs" if len(unseen) == 1 else "occur"
        message = f"{_listed(unseen)} {verb} only on images that are measured on, never on one that is learnt from."
        yield _about("unseen_character", "warn", message, [pair for c in unseen for pair in where[c]], len(unseen))


def near_duplicates(draft: Draft) -> Iterator[Finding]:
    count, positions = splitting.straddling(draft.items, draft.sides, MOST_LISTED)
    if count:
        message = (
            f"{counted(count, 'pair', 'pairs')} of nearly the same picture stand on both sides of the split, so "
            "the measured accuracy will be too good. Delete one of each pair, or put both on the same side."
        )
        yield Finding("near_duplicates", "warn", message, count, [draft.images[i].id for i in positions])


def absurd_boxes(draft: Draft) -> Iterator[Finding]:
    tests: list[tuple[str, Callable[[Image, Region], bool], str, str]] = [
        ("tiny_box", _is_tiny, f"less than {TINY:g} pixels high, too small to be read", "Draw it again or delete it."),
        ("odd_shape", _is_oddly_shaped, "far longer or taller than any text", "Draw it around its text."),
        ("whole_image", _is_whole, "as large as the whole image", "If it is a mistake, draw it around its text."),
        ("text_too_long", _is_too_long, "too narrow for the text typed in it", "Check the box and its text."),
    ]
    for code, is_absurd, what, advice in tests:
        found = [(image, region) for image, region in _each(draft) if is_absurd(image, region)]
        if found:
            regions = counted(len(found), "region is", "regions are")
            yield _about(code, "warn", f"{regions} {what}. {advice}", found)


def repeated_regions(draft: Draft) -> Iterator[Finding]:
    found = []
    for image, regions in _by_image(draft):
        boxes = [(region, (region.xmin, region.ymin, region.xmax, region.ymax)) for region in regions]
        for position, (region, box) in enumerate(boxes):
            twins = (o for other, o in boxes[:position] if other.label_id == region.label_id)
            if any(quads.overlap(box, o) > SAME for o in twins):
                found.append((image, region))
    if found:
        regions_are = counted(len(found), "region lies", "regions lie")
        message = f"{regions_are} on top of another of the same label. Delete one of each pair."
        yield _about("repeated_region", "warn", message, found)


def unlike_their_label(draft: Draft) -> Iterator[Finding]:
    found: dict[UUID, list[tuple[Image, Region]]] = defaultdict(list)
    expected: dict[UUID, patterns.Expected] = {}
    labels: dict[UUID, Label] = {}
    for image, region in _each(draft):
        if region.label_id not in expected:
            labels[region.label_id] = region.label
            expected[region.label_id] = patterns.Expected(region.label, seconds=PATTERN_SECONDS)
        if region.text and expected[region.label_id].unlike(region.text):
            found[region.label_id].append((image, region))
    for label_id, label in labels.items():
        yield from _unusable_pattern(label, expected[label_id])
        if pairs := found[label_id]:
            yield _unlike(label, pairs)


def _unusable_pattern(label: Label, expected: patterns.Expected) -> Iterator[Finding]:
    if expected.fault:
        message = (
            f"The pattern of “{label.name}” cannot be used, so its texts were not compared with it. {expected.fault} "
            "Change the pattern in the project's settings."
        )
        yield Finding("unusable_pattern", "warn", message)
    if expected.uncompared:
        were = counted(expected.uncompared, "text was", "texts were")
        message = (
            f"The pattern of “{label.name}” takes so long that {were} not compared with it. "
            "A simpler pattern, with fewer counted repetitions, is faster."
        )
        yield Finding("slow_pattern", "note", message, expected.uncompared)


def _unlike(label: Label, pairs: list[tuple[Image, Region]]) -> Finding:
    texts = ", ".join(f"“{region.text}”" for _, region in pairs[:3])
    message = (
        f"{counted(len(pairs), 'text')} of “{label.name}” are not as the label says they must be, such as {texts}."
    )
    if patterns.is_latin_only(label.pattern) and any(not region.text.isascii() for _, region in pairs):
        message += f" {patterns.LATIN_ONLY}"
    return _about("unlike_label", "warn", message, pairs)


def thin_labels(draft: Draft) -> Iterator[Finding]:
    """Labels that cannot be learnt, or cannot be measured."""
    sides: dict[str, set[str]] = defaultdict(set)
    for regions, side in zip(draft.regions, draft.sides, strict=True):
        for region in regions:
            sides[region.label.name].add(side)
    for name, seen in sorted(sides.items()):
        if "train" not in seen:
            yield Finding(
                "label_unseen", "warn", f"“{name}” is on no image that is learnt from, so it cannot be found."
            )
        elif "test" not in seen:
            message = f"“{name}” is on no image that is measured on, so how well it is read stays unknown."
            yield Finding("label_untested", "warn", message)


LOOKS: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    empty_texts, rare_characters, near_duplicates, absurd_boxes, repeated_regions, unlike_their_label, thin_labels,
)  # fmt: skip


def notes(project: Project, draft: Draft) -> Iterator[Finding]:
    if draft.untouched:
        message = f"{counted(draft.untouched, 'image is', 'images are')} still to do and will not be used."
        yield Finding("untouched", "note", message, draft.untouched)
    if draft.suggestions:
        message = (
            f"{counted(draft.suggestions, 'suggestion')} nobody has accepted will not be used. "
            "Mark the images reviewed to accept them."
        )
        ids = [image.id for image in draft.left_out]
        yield Finding("suggestions", "note", message, draft.suggestions, ids[:MOST_LISTED])
    annotated = sum(draft.sizes().values())
    if 2 * splitting.LEAST <= annotated < FEW_IMAGES:
        message = f"{annotated} annotated images are few. It will work, but expect clearly better results from 50 on."
        yield Finding("few_images", "note", message, annotated)
    used = {region.label_id for regions in draft.regions for region in regions}
    idle = [label.name for label in project.labels.all() if label.id not in used]
    if used and idle:
        message = f"No region has the label {', '.join(f'“{name}”' for name in idle)} yet; it will not be learnt."
        yield Finding("idle_label", "note", message, len(idle))


# --- the arithmetic of one region -----------------------------------------------------------------------------------


def _is_tiny(image: Image, region: Region) -> bool:
    return quads.sides(quads.parsed(region.quad))[1] < TINY


def _is_oddly_shaped(image: Image, region: Region) -> bool:
    width, height = quads.sides(quads.parsed(region.quad))
    return width > LONGEST_SHAPE * height or (height > TALLEST_SHAPE * max(width, 1e-6) and len(region.text) > 1)


def _is_whole(image: Image, region: Region) -> bool:
    return quads.area(quads.parsed(region.quad)) > WHOLE * image.width * image.height


def _is_too_long(image: Image, region: Region) -> bool:
    width, height = quads.sides(quads.parsed(region.quad))
    letters = len(region.text.replace(" ", ""))
    return letters > 3 and width < NARROWEST_LETTER * height * letters


def _by_image(draft: Draft) -> Iterator[tuple[Image, list[Region]]]:
    return zip(draft.images, draft.regions, strict=True)


def _each(draft: Draft) -> Iterator[tuple[Image, Region]]:
    return ((image, region) for image, regions in _by_image(draft) for region in regions)


def _of_side(draft: Draft, side: str) -> Iterator[list[Region]]:
    return (regions for regions, given in zip(draft.regions, draft.sides, strict=True) if given == side)


def _about(
    code: str, severity: Severity, message: str, found: list[tuple[Image, Region]], count: int | None = None
) -> Finding:
    ids = list(dict.fromkeys(image.id for image, _ in found))
    return Finding(code, severity, message, len(found) if count is None else count, ids[:MOST_LISTED])


def _listed(characters: list[str]) -> str:
    shown = ", ".join(f"“{character}”" for character in characters[:12])
    more = len(characters) - 12
    return f"The characters {shown} and {more} more" if more > 0 else (
        f"The character {shown}" if len(characters) == 1 else f"The characters {shown}"
    )  # fmt: skip
