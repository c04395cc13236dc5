"""Which entry of `data` belongs to which of the files and addresses that were sent with it.

By what was sent: the whole address or name; then an address without its query; then the last part of a name; and by
place, where there are as many entries as files and the names do not say otherwise. A name that occurs twice is never
guessed. An entry that fits nothing is told, and what it was meant for gets no other one's fields.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from training.api.nanonets.parsing import Entry, basename

Key = Callable[[str], str]


@dataclass
class Pairs:
    """`entries`: of each file that was sent, or None. `errors`: about entries that fit nothing. `notes`: what was
    taken by its place though it has another name."""

    entries: list[Entry | None]
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def paired(sent: Sequence[str], listed: Sequence[Entry]) -> Pairs:
    """`sent`: the names of files, or whole addresses, in their order."""
    found: dict[int, int] = {}  # by the place of the entry: the place of what was sent
    for key in (whole, without_query, last_part):
        pair_by(key, sent, listed, found)
    pairs = Pairs([None] * len(sent))
    by_place = places(sent, listed, found)
    for at in by_place:
        if listed[at].filename and last_part(listed[at].filename) != last_part(sent[at]):
            pairs.notes.append(f"The entry {listed[at].filename} of `data` was taken for {sent[at]}, by its place.")
    for place, at in (found | by_place).items():
        pairs.entries[at] = listed[place]
    left = [entry for place, entry in enumerate(listed) if place not in found and place not in by_place]
    pairs.errors += [why_not(entry, sent, listed) for entry in left if entry.filename]
    return pairs


def pair_by(key: Key, sent: Sequence[str], listed: Sequence[Entry], found: dict[int, int]) -> None:
    """Pairs what one file and one entry alone have as their key."""
    of_sent, of_listed = places_by(key, sent), places_by(key, [entry.filename for entry in listed])
    for value, places in of_listed.items():
        there = of_sent.get(value, [])
        if not value or len(places) != 1 or len(there) != 1:
            continue
        place, at = places[0], there[0]
        if place not in found and at not in found.values() and not differ(listed[place].filename, sent[at]):
            found[place] = at


def places_by(key: Key, names: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        places[key(name)].append(place)
    return places


def places(sent: Sequence[str], listed: Sequence[Entry], found: dict[int, int]) -> dict[int, int]:
    """The rest by place: all of it where no name of the entries was sent, else what has the same name there."""
    if len(sent) != len(listed):
        return {}
    of_sent, of_listed = places_by(last_part, sent), places_by(last_part, [entry.filename for entry in listed])
    names_count = not of_sent.keys().isdisjoint(of_listed)
    taken = set(found.values())
    fitting = {}
    for at, entry in enumerate(listed):
        name = last_part(entry.filename)
        if at in found or at in taken or differ(entry.filename, sent[at]):
            continue
        if not entry.filename or not names_count or of_sent.get(name) == of_listed[name]:
            fitting[at] = at
    return fitting


def differ(one: str, other: str) -> bool:
    """Two whole addresses, of different files: as clear as a name can be. One of them may lack its query."""
    if not (is_address(one) and is_address(other)) or whole(one) == whole(other):
        return False
    bare = {without_query(one), without_query(other)}
    return len(bare) > 1 or bare.isdisjoint((whole(one), whole(other)))


def why_not(entry: Entry, sent: Sequence[str], listed: Sequence[Entry]) -> str:
    name = entry.filename
    same = [one for one in sent if last_part(one) == last_part(name) and not differ(one, name)]
    if len(same) > 1:
        return (
            f"{name} in `data` may mean {len(same)} of the files that were sent, so its fields were not taken. "
            "Name each by its whole address, or send one entry for each file, in the same order."
        )
    if same and sum(last_part(one.filename) == last_part(name) for one in listed) > 1:
        return f"{name} occurs more than once in `data`, so its fields were not taken. Send one entry for each file."
    return f"Nothing that was sent is named {name}, so its fields in `data` were not taken."


def is_address(name: str) -> bool:
    return "://" in name


def whole(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def without_query(name: str) -> str:
    return whole(name).partition("#")[0].partition("?")[0] if is_address(name) else whole(name)


def last_part(name: str) -> str:
    return whole(basename(unquote(without_query(name)) if is_address(name) else name))
