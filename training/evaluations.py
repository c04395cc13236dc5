"""evaluation.json, read for people. As plain JSON: the engine's own classes would bring ONNX Runtime into the web."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Score:
    """`right` of `of` held-out fields, as a share with its likely range; `verb` is what was counted."""

    right: int
    of: int
    share: float
    low: float
    high: float
    verb: str = "reads"


def end_to_end(evaluation: dict[str, Any]) -> Score:
    """Whole pictures: found and read exactly. Where no held-out text is known, how many regions are found."""
    overall = evaluation["overall"]
    exact = overall["end_to_end"]["exact"]
    if exact["of"]:
        return _score(exact)
    finder = overall["finder"]
    return Score(finder["matched"], finder["regions"], finder["recall"], 0.0, 1.0, verb="finds")


def given_region(evaluation: dict[str, Any]) -> Score:
    return _score(evaluation["overall"]["reading"]["exact"])


def _score(rate: dict[str, Any], verb: str = "reads") -> Score:
    return Score(rate["right"], rate["of"], rate["share"], rate["low"], rate["high"], verb)


def percent(score: Score) -> str:
    return f"{round(100 * score.share)} %"


def sentence(score: Score) -> str:
    """`reads 43 of 46 held-out fields exactly (93 %, likely between 83 and 98 %)`"""
    if not score.of:
        return "was not measured: there are no held-out fields"
    fields = "field" if score.of == 1 else "fields"
    if score.verb == "finds":
        return f"finds {score.right} of {score.of} held-out {fields} ({percent(score)})"
    low, high = round(100 * score.low), round(100 * score.high)
    return (
        f"reads {score.right} of {score.of} held-out {fields} exactly "
        f"({percent(score)}, likely between {low} and {high} %)"
    )


def sentences(evaluation: dict[str, Any]) -> dict[str, str]:
    """What a person reads above the numbers."""
    finder = evaluation["overall"]["finder"]
    told = {
        "end_to_end": f"On whole pictures it {sentence(end_to_end(evaluation))}.",
        "given_region": f"Given the region, it {sentence(given_region(evaluation))}.",
        "finder": f"It finds {finder['matched']} of {finder['regions']} fields, and {extra(finder)}.",
    }
    if plain := plainly(evaluation):
        told["normalised"] = plain
    return told


def extra(finder: dict[str, Any]) -> str:
    beyond = finder["found"] - finder["matched"]
    return "none where there is none" if not beyond else f"{beyond} where there {'is' if beyond == 1 else 'are'} none"


def plainly(evaluation: dict[str, Any]) -> str:
    """Where spaces, dots and case make a difference: what is right without them. Empty where they make none."""
    text = evaluation["overall"]["end_to_end"]
    typed, plain = text["exact"], text["exact_normalised"]
    if typed["right"] == plain["right"]:
        return ""
    return f"Counting letters and digits alone: {plain['right']} of {plain['of']} ({round(100 * plain['share'])} %)."


def misses(evaluation: dict[str, Any], crop_url: str) -> Iterator[dict[str, Any]]:
    """The worst misses; their crops get an address below `crop_url`."""
    for miss in evaluation["misses"]:
        name = (miss["crop"] or "").rpartition("/")[2]
        yield miss | {"crop": f"{crop_url}{name}" if name else None}
