"""`card.md`: what a bundle is and how well it does, for whoever opens the folder."""

from pathlib import Path

from training.engine.bundle import BundleSpec
from training.engine.evaluate import Evaluation, summary

CARD_FILE = "card.md"


def write_card(folder: Path, spec: BundleSpec, evaluation: Evaluation) -> None:
    (folder / CARD_FILE).write_text(card(spec, evaluation), encoding="utf-8")


def card(spec: BundleSpec, evaluation: Evaluation) -> str:
    symbols = "".join(spec.charset)
    lines = [
        f"# {spec.project}",
        "",
        f"Finds and reads {', '.join(spec.label_names)} in pictures. Made {spec.created} on {spec.device}.",
        "",
        "## How well",
        "",
        summary(evaluation) if evaluation.images else "It was not measured: there were no held-out images.",
        "",
        "| field | found | exact, given the region | exact, whole picture |",
        "| --- | --- | --- | --- |",
        *(_row(name, evaluation) for name in spec.label_names),
        "",
        "## What it is",
        "",
        f"- `{spec.finder.file}`: where the fields are, in pictures scaled to {spec.finder.side} pixels.",
        f"- `{spec.reader.file}`: what they say; it writes `{symbols}`.",
        f"- `{spec.lines.file}`: the rows of a field, as published with PP-OCRv6.",
        "- Finder and reader started from PP-OCRv6 small (PaddleOCR, Apache-2.0).",
        f"- Made with {', '.join(f'{name} {number}' for name, number in spec.libraries.items())}.",
        "",
    ]
    return "\n".join(lines)


def _row(name: str, evaluation: Evaluation) -> str:
    scores = evaluation.labels[name]
    found, reading, whole = scores.finder, scores.reading.exact, scores.end_to_end.exact
    return (
        f"| {name} | {found.matched} of {found.regions} | {reading.right} of {reading.of} "
        f"| {whole.right} of {whole.of} |"
    )
