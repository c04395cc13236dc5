"""What will hurt the training of single labels: too little to learn from or to measure on, images that lack them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from annotations.drafts import DraftImage, DraftRegion
from annotations.findings import Finding, Tally
from annotations.models import Label
from annotations.texts import counted

FEW_EXAMPLES = 10  # regions to learn from, below which a field is hardly found
USUAL = 0.75  # share of the annotated images that have a label, from which the others seem unfinished
FEWEST = 3  # images that have it


class ThinLabels:
    """Labels that cannot be learnt, can hardly be, or cannot be measured."""

    def __init__(self) -> None:
        self.labels: dict[UUID, tuple[Label, Counter[str], Tally]] = {}

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        for region in regions:
            _, sides, where = self.labels.setdefault(region.label.id, (region.label, Counter(), Tally()))
            sides[side] += 1
            where.add(image.id)

    def findings(self) -> Iterator[Finding]:
        most = max((sides["train"] for _, sides, _ in self.labels.values()), default=0)
        for label, sides, where in sorted(self.labels.values(), key=lambda each: each[0].name):
            learnt, held = sides["train"], sides["test"]
            if not learnt:
                message = f"“{label.name}” is on no image that is learnt from, so it cannot be found."
                yield where.finding("label_unseen", "warn", message)
            elif not held:
                message = (
                    f"“{label.name}” is on no image that is measured on, so how well it is read stays unknown. "
                    f"It has {counted(learnt, 'region')} to learn from. Annotate more images that have it."
                )
                yield where.finding("label_untested", "warn", message)
            elif learnt < FEW_EXAMPLES and 2 * learnt < most:  # where all have few it is the images that are few
                message = (
                    f"“{label.name}” has {counted(learnt, 'region')} to learn from and {held:,} to measure on. That is "
                    "too few to find it reliably, and to know how well it is found. Annotate "
                    f"{counted(FEW_EXAMPLES - learnt, 'more image')} that have it, or do not count on it."
                )
                yield where.finding("few_examples", "warn", message)


class PartlyAnnotated:
    """Images that lack what most others have, while nobody said that it is not on them.

    What is left out is learnt as not being there, and what is found there counts as a mistake.
    """

    def __init__(self, labels: Mapping[UUID, Label]) -> None:
        self.labels = labels
        self.having: Counter[UUID] = Counter()
        self.lacking: dict[UUID, Tally] = defaultdict(Tally)

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        if not regions:  # there is nothing on it, or nothing yet
            return
        there = {region.label.id for region in regions}
        self.having.update(there)
        for label in self.labels.keys() - there - image.absent:
            self.lacking[label].add(image.id)

    def findings(self) -> Iterator[Finding]:
        for label in self.labels.values():
            having, lacking = self.having[label.id], self.lacking[label.id]
            if lacking.count and having >= max(FEWEST, USUAL * (having + lacking.count)):
                one = lacking.count == 1
                message = (
                    f"{counted(lacking.count, 'annotated image')} {'has' if one else 'have'} no “{label.name}”, which "
                    f"{having:,} others have. Draw it there, or say on the annotation page that it is not on the "
                    "image: what is left out is learnt as not being there."
                )
                yield lacking.finding("partly_annotated", "warn", message)
