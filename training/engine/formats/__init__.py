"""What the networks of a bundle can be written as beside ONNX: one file a format and one line here.

Importing this loads neither Keras nor TensorFlow: serving and the model card only name the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from training.engine.bundle import ExportedPart
from training.engine.report import Stopped
from training.engine.spec import Format

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

Part = Literal["finder", "reader"]


@dataclass(frozen=True)
class Kind:
    """`place` is the file or folder of a part inside the bundle; `taken` what it takes at once.

    `module` has `write(model, place)` and `opened(place)`, a function from pixels [N, H, W, 3] to the answer, as NumPy
    arrays. `load` are two lines of Python that ask it; they see `pixels` and are formatted with `place` and `answer`.
    """

    name: Format
    title: str
    place: str
    taken: str
    module: str
    load: tuple[str, str]

    def place_of(self, part: str) -> str:
        return self.place.format(part=part)

    def snippet(self, part: str, answer: str) -> tuple[str, str]:
        first, second = (line.format(place=self.place_of(part), answer=answer) for line in self.load)
        return first, second


_FORMATS = "training.engine.formats"

FORMATS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "litert",
            "LiteRT (TensorFlow Lite)",
            "{part}.tflite",
            "one picture at a time",
            f"{_FORMATS}.litert",
            (
                "from ai_edge_litert.interpreter import Interpreter",
                'answer = Interpreter("{place}").get_signature_runner()(pixels=pixels)["{answer}"]',
            ),
        ),
        Kind(
            "savedmodel",
            "TensorFlow SavedModel",
            "saved_model/{part}",
            "any number of pictures at a time",
            f"{_FORMATS}.savedmodel",
            (
                "import tensorflow as tf",
                'answer = tf.saved_model.load("{place}").signatures["serving_default"](pixels=pixels)["{answer}"]',
            ),
        ),
    )
}
ANSWERS: dict[str, str] = {"finder": "maps", "reader": "logits"}


def check(names: Sequence[Format]) -> None:
    """Raises ConversionError where any are asked for and Keras does not run on TensorFlow, which writes them all."""
    if names:
        from training.engine.formats import savedmodel

        savedmodel.needs_tensorflow(FORMATS[names[0]].title)


def write_all(
    names: Sequence[Format],
    model: keras.Model,
    folder: Path,
    part: Part,
    samples: Sequence[NDArray[np.float32]],
    tick: Callable[[int, int], bool] = lambda done, of: True,
) -> tuple[ExportedPart, ...]:
    """`write` in each of the formats. `tick(done, of)` is called before each; Stopped is raised where it says False."""
    written: list[ExportedPart] = []
    for name in dict.fromkeys(names):
        if not tick(len(written), len(names)):
            raise Stopped("Stopped while exporting.")
        written.append(write(name, model, folder, part, samples))
    return tuple(written)


def write(
    name: Format, model: keras.Model, folder: Path, part: Part, samples: Sequence[NDArray[np.float32]]
) -> ExportedPart:
    """Writes `model` (pixels float32[N, H, W, 3] in) below `folder`, opens the file again and compares both.

    The file's one input is named `pixels`, its one output `maps` or `logits`. Raises ConversionError where it cannot
    be written, ExportError where any probability of any of `samples` differs by more than `export.TOLERANCE`.
    """
    from training.engine import export

    kind = FORMATS[name]
    module, place = import_module(kind.module), folder / kind.place_of(part)
    place.parent.mkdir(parents=True, exist_ok=True)
    module.write(model, place, ANSWERS[part])
    ask = module.opened(place)
    trained = (export.trained(model, sample) for sample in samples)
    parity = max(
        export.difference(kind.place_of(part), ask(sample), answer)
        for sample, answer in zip(samples, trained, strict=True)
    )
    return ExportedPart(format=name, part=part, path=kind.place_of(part), bytes=size_of(place), parity=parity)


def size_of(place: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files: Iterable[Path] = place.rglob("*") if place.is_dir() else (place,)
    return sum(file.stat().st_size for file in files if file.is_file())
