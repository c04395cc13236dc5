"""What to know about a project's data before training: what forbids it, what will hurt, and what is worth a look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.errors import Refusal
from annotations import corner_checks, drafts, label_checks, likeness_checks, region_checks, splitting, text_checks
from annotations.drafts import Draft, DraftImage, DraftRegion, OnProgress, quietly
from annotations.findings import MOST_LISTED, Finding
from annotations.models import Project
from annotations.region_checks import Look, Totals
from annotations.texts import counted

FEW_IMAGES = 20


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


def check(project: Project, on_progress: OnProgress = quietly) -> Check:
    with drafts.opened(project) as draft:
        return examine(draft, on_progress)


def refuse_unready(found: dict[str, Any]) -> None:
    """Raises Refusal with the reasons where a check, as a dict, says that the data cannot be trained."""
    if not found["ready"]:
        refusals = (each["message"] for each in found["findings"] if each["severity"] == "refuse")
        raise Refusal(" ".join(refusals), code="not_ready", detail={"findings": found["findings"]})


def examine(draft: Draft, on_progress: OnProgress = quietly) -> Check:
    """Every finding, gravest first. The regions of an open draft are read once, and none of them is kept."""
    examiner = Examiner(draft)
    for image, side, regions in draft.annotated(on_progress):
        examiner.see(image, side, regions)
    return examiner.check()


class Examiner:
    """Is shown every image of a draft once, by whoever reads them, and then tells what it found."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.totals = region_checks.Totals()
        self.looks: tuple[Look, ...] = (
            region_checks.EmptyTexts(),
            region_checks.RareCharacters(),
            likeness_checks.NearDuplicates(draft),
            region_checks.AbsurdBoxes(),
            region_checks.RepeatedRegions(),
            region_checks.UnlikeTheirLabel(),
            corner_checks.StartCorners(),
            text_checks.OddTexts(),
            text_checks.MixedAlphabets(),
            label_checks.ThinLabels(),
            label_checks.PartlyAnnotated(draft.labels),
        )

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        self.totals.see(image, side, regions)
        for look in self.looks:
            look.see(image, side, regions)

    def check(self) -> Check:
        found = [*refusals(self.draft, self.totals)]
        if not found:
            found = [finding for look in self.looks for finding in look.findings()]
        found += [*notes(self.draft, self.totals)]
        order = ("refuse", "warn", "note")
        findings = sorted(found, key=lambda finding: order.index(finding.severity))
        sizes = self.draft.sizes()
        summary = {
            "images": len(self.draft.images) + self.draft.untouched,
            "annotated": len(self.draft.images),
            "regions": self.totals.regions.total(),
            "train": sizes["train"],
            "test": sizes["test"],
        }
        return Check(findings, summary)


def refusals(draft: Draft, totals: Totals) -> Iterator[Finding]:
    sizes = draft.sizes()
    if not draft.labels:
        yield Finding("no_labels", "refuse", "The project has no labels. Add one for each field to be read.")
    elif not totals.regions.total():
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
    elif not totals.texts["train"]:
        yield Finding("no_texts", "refuse", "No region to learn from has a text. Type what is written in the boxes.")


def notes(draft: Draft, totals: Totals) -> Iterator[Finding]:
    if draft.untouched:
        message = f"{counted(draft.untouched, 'image is', 'images are')} still to do and will not be used."
        yield Finding("untouched", "note", message, draft.untouched)
    if draft.suggestions:
        message = (
            f"{counted(draft.suggestions, 'suggestion')} nobody has accepted will not be used. "
            "Mark the images reviewed to accept them."
        )
        yield Finding("suggestions", "note", message, draft.suggestions, draft.left_out[:MOST_LISTED])
    annotated = sum(draft.sizes().values())
    if 2 * splitting.LEAST <= annotated < FEW_IMAGES:
        message = f"{annotated} annotated images are few. It will work, but expect clearly better results from 50 on."
        yield Finding("few_images", "note", message, annotated)
    idle = [label.name for label in draft.labels.values() if not totals.labels[label.name]]
    if totals.labels and idle:
        message = f"No region has the label {', '.join(f'“{name}”' for name in idle)} yet; it will not be learnt."
        yield Finding("idle_label", "note", message, len(idle))
