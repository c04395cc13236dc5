"""The images that several versions may be measured on side by side: held out by all of them, learnt from by none."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage

from accounts.errors import Refusal
from annotations import snapshots, texts
from annotations.models import Image, Snapshot
from annotations.texts import counted
from training.models import Version

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """`entries`: lines of a manifest, `{image, split, regions}`, with the texts as the newest version knows them.

    `some_only` images were held out by some of the versions and not by all; `gone` are no longer stored.
    """

    project_id: UUID
    spec: dict[str, Any]  # of the newest version: its labels have the names and ids that the entries go by
    entries: list[Entry]
    some_only: int
    gone: int

    def write(self, folder: Path) -> None:
        """spec.json, manifest.jsonl and images/, as a run's folder has them. Raises Refusal where a picture is gone."""
        (folder / "images").mkdir(parents=True, exist_ok=True)
        for entry in self.entries:
            snapshots.place_picture(key_of(self.project_id, entry), folder / entry["image"])
        lines = (json.dumps(entry, ensure_ascii=False) + "\n" for entry in self.entries)
        (folder / "manifest.jsonl").write_text("".join(lines), encoding="utf-8")
        (folder / "spec.json").write_text(json.dumps(self.spec), encoding="utf-8")


def shared(versions: Sequence[Version]) -> Shared:
    """Raises Refusal where there is no such image, or where the versions know no label in common; it says why."""
    oldest_first = sorted(versions, key=lambda version: version.number)
    newest = oldest_first[-1]
    manifests = {version.number: manifest(version.run.frozen) for version in oldest_first}
    held = {number: of_side(entries, "test") for number, entries in manifests.items()}
    in_all = set.intersection(*held.values())
    if not in_all:
        raise Refusal(none_shared(newest, manifests), code="nothing_shared", status=409)
    labels = shared_labels(oldest_first)
    project_id = newest.project_id
    stored = stored_names(project_id, in_all)
    entries = [with_labels(entry, labels) for entry in manifests[newest.number] if entry["image"] in stored]
    if not any(region["text"] for entry in entries for region in entry["regions"]):
        raise Refusal(
            f"{listed(oldest_first)} share {counted(len(in_all), 'held-out image')}, but no text on "
            f"{'it' if len(in_all) == 1 else 'them'} that could be compared: the pictures were deleted, "
            "or hold no typed field that all of the versions read.",
            code="nothing_shared",
            status=409,
        )
    return Shared(
        project_id, newest.run.spec, entries, len(set.union(*held.values()) - in_all), len(in_all) - len(stored)
    )


def manifest(snapshot: Snapshot) -> list[Entry]:
    try:
        with default_storage.open(snapshot.manifest) as file:
            content: bytes = file.read()
    except FileNotFoundError:
        raise Refusal(
            "The snapshot of one of these versions is no longer stored.", code="damaged", status=409
        ) from None
    return [json.loads(line) for line in content.decode().splitlines()]


def of_side(entries: Sequence[Entry], side: str) -> set[str]:
    return {entry["image"] for entry in entries if entry["split"] == side}


def shared_labels(versions: Sequence[Version]) -> set[str]:
    """By the names of the newest version; the others may know them under earlier ones."""
    newest = max(versions, key=lambda version: version.number)
    others = [version.run.spec["labels"] for version in versions if version is not newest]
    labels = {
        label["name"]
        for label in newest.run.spec["labels"]
        if all(any(is_same(label, other) for other in known) for known in others)
    }
    if not labels:
        raise Refusal(f"{listed(versions)} read no field in common.", code="nothing_shared", status=409)
    return labels


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Two labels of specs: the same by their ids, or where an earlier release has kept none, by their names."""
    if one.get("id") and other.get("id"):
        return bool(one["id"] == other["id"])
    return bool(one["name"] == other["name"])


def with_labels(entry: Entry, labels: set[str]) -> Entry:
    return entry | {"regions": [region for region in entry["regions"] if region["label"] in labels]}


def stored_names(project_id: UUID, names: set[str]) -> set[str]:
    """Those of a manifest's image names whose picture has not been deleted."""
    ids = {name: id_of(name) for name in names}
    kept = set(
        Image.objects.filter(project_id=project_id, deleted_at=None, id__in=ids.values()).values_list("id", flat=True)
    )
    return {name for name, image_id in ids.items() if image_id in kept}


def id_of(name: str) -> UUID:
    """A manifest names pictures by their image's id."""
    return UUID(name.rpartition("/")[2].partition(".")[0])


def key_of(project_id: UUID, entry: Entry) -> str:
    return f"images/{project_id}/{entry['image'].rpartition('/')[2]}"


def none_shared(newest: Version, manifests: dict[int, list[Entry]]) -> str:
    """Why: what the other versions did with the images that the newest one was measured on."""
    own = of_side(manifests[newest.number], "test")
    others = [number for number in manifests if number != newest.number]
    told = []
    for number in others:
        learnt = len(own & of_side(manifests[number], "train"))
        absent = len(own - {entry["image"] for entry in manifests[number]})
        parts = [f"learnt from {learnt}"] * bool(learnt) + [f"did not have {absent}"] * bool(absent)
        if parts:
            told.append(f"v{number} {' and '.join(parts)} of them")
    held = counted(len(own), "image")
    why = "; ".join(told) or "each pair of them shares some, but all together share none"
    return (
        f"These versions share no held-out images: v{newest.number} was measured on {held}, and {why}. "
        "Train the older ones again with the images as they are now, then they can be compared."
    )


def listed(versions: Sequence[Version]) -> str:
    return texts.listed([f"v{version.number}" for version in versions])
