"""evaluation.json, read for people. As plain JSON: the engine's own classes would bring ONNX Runtime into the web."""

import math
from dataclasses import dataclass
from typing import Any

from annotations.texts import listed

FEW_FIELDS = 20
"""Below so many held-out fields a single one moves every share by more than five points."""


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
    further = {
        "unfound": unfound_sentence(evaluation),
        "normalised": plainly(evaluation),
        "start": beside_start(evaluation),
        "calibration": calibration(evaluation),
        "parity": parity(evaluation),
        "few": few(evaluation),
        "left_out": " ".join(evaluation.get("remarks", ())),
    }
    return told | {name: said for name, said in further.items() if said}


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


# Beside the untrained start -------------------------------------------------------------------------------------------


def behind_start(evaluation: dict[str, Any]) -> str:
    """How the version reads less than the untrained start: `it reads 31 of 46 held-out fields, the untrained start 33`.

    Letters and digits alone decide, and where they are equal, the texts as typed. Where points, signs or case are part
    of what the texts say, the texts as typed decide: 246 is not 24.6. Empty where it is not behind, and where no start
    was measured.
    """
    start = evaluation.get("start")
    if not start:
        return ""
    ours, theirs = evaluation["overall"]["end_to_end"], start["end_to_end"]
    plain, typed = ("exact_normalised", "counting letters and digits alone, "), ("exact", "")
    by_typing = ("exact", "as typed, with its points, signs and case, ")
    for measure, how in (by_typing, plain) if evaluation.get("typed") else (plain, typed):
        mine, untrained = ours[measure], theirs[measure]
        if mine["right"] > untrained["right"]:
            return ""
        if mine["right"] < untrained["right"]:
            other = plain[0] if measure == "exact" else "exact"
            is_same = (mine["right"], untrained["right"]) == (ours[other]["right"], theirs[other]["right"])
            read = f"it reads {mine['right']} of {counted(mine['of'], 'held-out field')}"
            return f"{'' if is_same else how}{read}, the untrained start reads {untrained['right']}"
    return ""


def unfound(evaluation: dict[str, Any]) -> str:
    """`it finds none of the 10 held-out “address”`. Empty where it finds some of every label that is held out."""
    none = [
        f"{'the one' if finder['regions'] == 1 else 'the ' + str(finder['regions'])} held-out “{name}”"
        for name, scores in sorted(evaluation["labels"].items())  # PostgreSQL keeps an order of its own
        if (finder := scores["finder"])["regions"] and not finder["matched"]
    ]
    return f"it finds none of {listed(none)}" if none else ""


def unfound_sentence(evaluation: dict[str, Any]) -> str:
    """What to know of such a label, and what to do about it."""
    said = unfound(evaluation)
    if not said:
        return ""
    return (
        f"I{said[1:]}: where a label is found on no held-out image, nothing of it is to be expected on others. "
        "Annotate more images that have it, each time around all of its text, and train again."
    )


def beside_start(evaluation: dict[str, Any]) -> str:
    """`The untrained start reads 35 of 46 of the same fields.` Empty where it was not measured."""
    start = evaluation.get("start")
    if not start or not start["end_to_end"]["exact"]["of"]:
        return ""
    typed, plain = start["end_to_end"]["exact"], start["end_to_end"]["exact_normalised"]
    said = f"The untrained start reads {typed['right']} of {typed['of']} of the same fields"
    return f"{said}." if plain["right"] == typed["right"] else f"{said}, {plain['right']} by letters and digits alone."


# How far the numbers can be trusted -----------------------------------------------------------------------------------


def calibration(evaluation: dict[str, Any]) -> str:
    """What a confidence has been worth. Empty where it was not measured."""
    told = evaluation["overall"].get("calibration")
    if not told or not told["of"]:
        return ""
    sure, right, gap = (round(100 * told[name]) for name in ("confidence", "right", "error"))
    points = "less than a point" if gap == 0 else counted(gap, "point")
    said = f"When it says {sure} %, as it does on average, it is right about {right} % of the time"
    little = ": too few to hold it to that" if told["of"] < FEW_FIELDS else ""
    return f"{said}; mean gap {points}, over {counted(told['of'], 'field')}{little}."


def parity(evaluation: dict[str, Any]) -> str:
    """How far the exported networks answer otherwise than the trained ones. Empty where it was not measured."""
    told = evaluation.get("parity")
    if not told:
        return ""
    compared = f"{counted(told['crops'], 'crop')} and {counted(told['photos'], 'photo')}"
    most = decimal(max(told["finder"], told["reader"]))
    return f"The exported model answers as the trained one: largest difference {most} over {compared}."


def few(evaluation: dict[str, Any]) -> str:
    """Said where one held-out field more or less would change the picture."""
    count = end_to_end(evaluation).of
    if not 0 < count < FEW_FIELDS:
        return ""
    return (
        f"There {'is' if count == 1 else 'are'} only {counted(count, 'held-out field')}, and each is worth "
        f"{counted(round(100 / count), 'point')}: the ranges are wide. More annotated images make them narrower."
    )


def counted(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def decimal(value: float) -> str:
    """A small number with one digit that counts and without an exponent: 0.00002."""
    return f"{value:.{max(1, -math.floor(math.log10(value)))}f}" if value > 0 else "0"
