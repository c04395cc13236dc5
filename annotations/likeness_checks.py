"""Pictures that look nearly the same on both sides of the split: what that means depends on what is written on them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from annotations import splitting
from annotations.drafts import Draft, DraftImage, DraftRegion
from annotations.findings import MOST_LISTED, Finding
from annotations.texts import counted

Places = list[int]  # in the draft's images


class NearDuplicates:
    """Pairs by their look, told apart by their labels and texts: the same picture twice, or forms of one layout."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.contents: list[bytes] = []  # of each image in the draft's order: what is written on it, and as what

    def see(self, image: DraftImage, side: str, regions: Sequence[DraftRegion]) -> None:
        self.contents.append(content_of(regions))

    def findings(self) -> Iterator[Finding]:
        pairs, places = splitting.straddling(self.draft.items, self.draft.sides, MOST_LISTED)
        if not pairs:
            return
        same, of_same = self.with_equal_contents()
        if same:
            message = (
                f"{counted(same, 'pair')} of nearly the same picture with the same texts "
                f"{'stands' if same == 1 else 'stand'} on both sides of the split, so the measured accuracy will be "
                "too good. Delete one of each pair, or put both on the same side."
            )
            yield self._finding("near_duplicates", message, same, of_same)
        different = pairs - same
        if different and self.draft.by_likeness:
            message = (
                f"{counted(different, 'pair')} of nearly the same picture with different texts "
                f"{'stands' if different == 1 else 'stand'} on both sides of the split. Where both show the same "
                "thing, one of the texts is wrong: correct it, and put both on the same side. Where they show "
                "different things, leave them as they are."
            )
            yield self._finding("alike_otherwise_read", message, different, [i for i in places if i not in of_same])
        elif different:
            message = (
                "Most images look alike, as forms of one layout and pictures of a fixed camera do. Those with "
                "different texts count as different images. Nothing is to be done."
            )
            yield Finding("alike_layout", "note", message)

    def _finding(self, code: str, message: str, count: int, places: Places) -> Finding:
        return Finding(code, "warn", message, count, [self.draft.images[i].id for i in places])

    def with_equal_contents(self) -> tuple[int, Places]:
        groups: dict[bytes, Places] = defaultdict(list)
        for place, content in enumerate(self.contents):
            groups[content].append(place)
        total, found = 0, Places()
        for among in groups.values():
            if len({self.draft.sides[place] for place in among}) > 1:
                count, places = splitting.straddling(self.draft.items, self.draft.sides, MOST_LISTED, among)
                total += count
                found += places[: MOST_LISTED - len(found)]
        return total, found


def content_of(regions: Sequence[DraftRegion]) -> bytes:
    """Of the labels and texts on an image, wherever they stand: another crop of a photo moves them all."""
    written = sorted((str(region.label.id), region.text) for region in regions)
    return hashlib.blake2b(repr(written).encode(), digest_size=8).digest()
