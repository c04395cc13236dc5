"""`card.md`: what a bundle is and how well it does, for whoever opens the folder."""

from pathlib import Path

from training.engine.attribution import LICENSE, LICENSE_FILE, NOTICE_FILE, SOURCE, modified
from training.engine.bundle import BundleSpec, ReaderPart
from training.engine.evaluate import Evaluation, summary
from training.engine.formats import ANSWERS, FORMATS

CARD_FILE = "card.md"


def write_card(folder: Path, spec: BundleSpec, evaluation: Evaluation) -> None:
    (folder / CARD_FILE).write_text(card(spec, evaluation), encoding="utf-8")


def card(spec: BundleSpec, evaluation: Evaluation) -> str:
    symbols = "".join(spec.charset)
    lines = [
        f"# {spec.project}",
        "",
        f"{_does(spec)} Made {spec.created} on {spec.device}.",
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
        *_finder(spec),
        f"- `{spec.reader.file}`: what they say, read by {_reader(spec.reader)}; it writes `{symbols}`.",
        f"- `{spec.lines.file}`: the rows of a field, by the published PP-OCRv6 detector.",
        f"- {_passed_on(spec)}",
        f"- Made with {', '.join(f'{name} {number}' for name, number in spec.libraries.items())}.",
        "",
        *_elsewhere(spec),
    ]
    return "\n".join(lines)


def _does(spec: BundleSpec) -> str:
    names = ", ".join(spec.label_names)
    if spec.finder.kind == "whole":
        return f"Reads pictures that are cut out already and show nothing but one {names}: it finds nothing by itself."
    return f"Finds and reads {names} in pictures."


def _finder(spec: BundleSpec) -> list[str]:
    if spec.finder.kind == "whole":
        return []
    return [f"- `{spec.finder.file}`: where the fields are, in pictures scaled to {spec.finder.side} pixels."]


def _reader(part: ReaderPart) -> str:
    """`the network attention on the pretrained tower, after a rectifier (affine)`"""
    below = f" on the {part.tower} tower" if part.tower else ""
    before = f", after a rectifier ({part.rectifier})" if part.rectifier else ""
    return f"the network {part.network}{below}{before}"


def _passed_on(spec: BundleSpec) -> str:
    files = [f"`{file}`" for file in modified(spec)]
    named = files[0] if len(files) == 1 else f"{', '.join(files[:-1])} and {files[-1]}"
    verb = "contains" if len(files) == 1 else "contain"
    return f"{named} {verb} modified weights of {SOURCE} ({LICENSE}): see `{NOTICE_FILE}` and `{LICENSE_FILE}`."


def _elsewhere(spec: BundleSpec) -> list[str]:
    """How the reader is asked without this project, in each of the formats that are in the bundle."""
    files = [(one.path, FORMATS[one.format], one) for one in spec.exports]
    lines = [
        "## In programs of your own",
        "",
        "Each takes `pixels`, float32 RGB from 0 to 255, as `crops.fit` and `crops.fit_image` of the engine make them. "
        "The reader answers `logits` for each step and symbol; the finder, where there is one, `maps`.",
        "",
        f"`{spec.reader.file}`: ONNX, any number of pictures at a time; its metadata lists its symbols as `character`. "
        "OpenVINO computes in bfloat16 by itself on newer Xeons and then reads otherwise: set "
        "`INFERENCE_PRECISION_HINT=f32`. OpenCV reads it from 5.0 on.",
        "",
        *_code(
            "import onnxruntime",
            f'(answer,) = onnxruntime.InferenceSession("{spec.reader.file}").run(None, {{"pixels": pixels}})',
        ),
    ]
    for path, kind, one in files:
        lines += [
            f"`{path}`: {kind.title}, {kind.taken}; {one.bytes / 1e6:.1f} MB, and no probability differs by more than "
            f"{one.parity:.1g} from the trained network.",
            "",
            *_code(*kind.snippet(one.part, ANSWERS[one.part])),
        ]
    return lines


def _code(*lines: str) -> list[str]:
    return ["```python", *lines, "```", ""]


def _row(name: str, evaluation: Evaluation) -> str:
    scores = evaluation.labels[name]
    found, reading, whole = scores.finder, scores.reading.exact, scores.end_to_end.exact
    return (
        f"| {name} | {found.matched} of {found.regions} | {reading.right} of {reading.of} "
        f"| {whole.right} of {whole.of} |"
    )
