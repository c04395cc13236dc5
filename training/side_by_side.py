"""Several evaluations of the same images beside one another: a line a version, and the texts they read differently.

Plain JSON in and out, as the engine wrote it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotations.texts import listed
from training import evaluations

MOST_SHOWN = 60
Key = tuple[str, str, str]
"""A field: its image, its label and its corners as text."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A version's number and its evaluation, with every miss."""

    number: int
    evaluation: dict[str, Any]


def line(one: Measured, labels: Sequence[str]) -> dict[str, Any]:
    """A version's numbers; what it found where there is nothing is counted for the `labels` that all of them know."""
    overall = one.evaluation["overall"]
    finders = [scores["finder"] for name, scores in one.evaluation["labels"].items() if name in labels]
    return {
        "number": one.number,
        "exact": overall["end_to_end"]["exact"],
        "exact_normalised": overall["end_to_end"]["exact_normalised"],
        "cer": overall["end_to_end"]["cer"],
        "given_region": overall["reading"]["exact"],
        "cer_given_region": overall["reading"]["cer"],
        "found": overall["finder"]["matched"],
        "regions": overall["finder"]["regions"],
        "invented": sum(finder["found"] - finder["matched"] for finder in finders),
        "milliseconds": one.evaluation["milliseconds"],
    }


def differences(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """The fields that the versions read differently on whole pictures.

    `{image, label, quad, truth, readings: {number: text or null}, right: [number], crop: [number, file]}`; null where a
    version found nothing there. First those that the most versions read right: there the others are behind.
    """
    missed = [(one.number, _missed(one.evaluation)) for one in measured]
    found: dict[Key, dict[str, Any]] = {}
    for number, misses in missed:
        for key, miss in misses.items():
            if key not in found:
                readings = {str(other): _reading(key, misses, miss["truth"]) for other, misses in missed}
                if len(set(readings.values())) > 1:
                    found[key] = _difference(miss, readings, number)
    return sorted(found.values(), key=lambda one: (-len(one["right"]), one["image"], one["quad"][0][1]))


def counts(measured: Sequence[Measured]) -> dict[str, int]:
    """Of the fields with a text: how many all of the versions read right, some of them, none of them."""
    missed = [set(_missed(one.evaluation)) for one in measured]
    fields = measured[0].evaluation["overall"]["end_to_end"]["exact"]["of"]
    none = len(set.intersection(*missed))
    every = fields - len(set.union(*missed))
    return {"fields": fields, "all_right": every, "some_right": fields - every - none, "none_right": none}


def sentence(lines: Sequence[dict[str, Any]]) -> str:
    """`v3 reads the most of the same 46 held-out fields: 44. v2 reads 30, v1 reads 12.` and whether that means much."""
    ranked = sorted(lines, key=lambda told: (-told["exact"]["right"], told["number"]))
    fields = evaluations.counted(ranked[0]["exact"]["of"], "held-out field")
    best = ranked[0]["exact"]
    if all(told["exact"]["right"] == best["right"] for told in ranked):
        return f"All of them read {best['right']} of the same {fields}."
    leaders = [told for told in ranked if told["exact"]["right"] == best["right"]]
    others = [told for told in ranked if told["exact"]["right"] < best["right"]]
    verb = "reads" if len(leaders) == 1 else "read"
    said = f"{_listed(leaders)} {verb} the most of the same {fields}: {best['right']}. "
    said += ", ".join(f"v{told['number']} reads {told['exact']['right']}" for told in others) + "."
    close = [told for told in others if told["exact"]["high"] >= best["low"]]
    if close:
        said += f" Other images might turn the order of {_listed([*leaders, *close])}: their likely ranges overlap."
    return said


def _listed(lines: Sequence[dict[str, Any]]) -> str:
    return listed([f"v{told['number']}" for told in lines])


def _missed(evaluation: dict[str, Any]) -> dict[Key, dict[str, Any]]:
    """The misses of fields whose text is known, by field."""
    return {
        (miss["image"], miss["label"], str(miss["quad"])): miss
        for miss in evaluation["misses"]
        if miss["truth"] is not None
    }


def _reading(key: Key, misses: dict[Key, dict[str, Any]], truth: str) -> str | None:
    reading: str | None = misses[key]["reading"] if key in misses else truth
    return reading


def _difference(miss: dict[str, Any], readings: dict[str, str | None], number: int) -> dict[str, Any]:
    return {
        "image": miss["image"],
        "label": miss["label"],
        "quad": miss["quad"],
        "truth": miss["truth"],
        "readings": readings,
        "right": [int(other) for other, reading in readings.items() if reading == miss["truth"]],
        "crop": [number, miss["crop"]],
    }
