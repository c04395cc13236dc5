"""TFRecords in the layout of the FSNS data set (`datasets/fsns.py` of TensorFlow's attention_ocr).

| key | type | holds |
| --- | --- | --- |
| image/encoded | bytes | the encoded file: PNG, never raw pixels |
| image/format | bytes | `png` |
| image/width, image/orig_width | int64[1] | the stored width; equal, as no view is missing |
| image/height | int64[1] | the stored height, which FSNS readers ignore |
| image/class | int64[max_sequence_length] | ids, padded with the null id |
| image/unpadded_class | int64[n] | ids |
| image/text | bytes[1] | UTF-8 transcription |

All pictures of a data set have one size, which its reader is told beside the records, in `fsns-dataset.json`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.engine.bundle import CHARSET_FILE
from training.engine.charset import BLANK_ID, Charset
from training.engine.crops import Picture, fit
from training.engine.example import serialise
from training.engine.tfrecord import framed

DATASET_FILE = "fsns-dataset.json"
HEIGHTS = (64, 152)
"""Of stored pictures: less shows attention_ocr's Inception tower too few rows of cells, more only costs memory."""
MOST_ASPECT = 4.0
"""Of one view, as that of the four views of FSNS together."""
STEP = 8


@dataclass(frozen=True, slots=True)
class Record:
    """One crop as stored: the bytes of its PNG file, its size, and its text in one line."""

    png: bytes
    width: int
    height: int
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of every stored picture, of all its views side by side."""

    height: int
    width: int
    views: int = 1

    @classmethod
    def of(cls, sizes: Sequence[tuple[int, int]], views: int = 1) -> "Shape":
        """In which nine of ten crops of these sizes (height, width) keep their height.

        Where all crops have one size, that is kept, unless it is too low or cannot be divided into the views.
        """
        if len(set(sizes)) == 1 and sizes[0][0] >= HEIGHTS[0] and sizes[0][1] % views == 0:
            return cls(*sizes[0], views)
        heights, widths = np.array(sizes, float).T
        height = _up(float(np.clip(np.percentile(heights, 90), *HEIGHTS)))
        aspect = min(float(np.percentile(widths / views / heights, 90)), MOST_ASPECT)
        return cls(height, views * _up(max(HEIGHTS[0], height * aspect)), views)


def _up(value: float) -> int:
    return -(-round(value) // STEP) * STEP


def stored(crop: Picture, text: str, shape: Shape) -> Record:
    """The crop scaled as a whole into the shape, each view for itself, grey around it."""
    pixels = fit(crop, shape.height, None, shape.width, boxed=True, views=shape.views)
    _, encoded = cv2.imencode(".png", np.rint(pixels[:, :, ::-1]).astype(np.uint8))
    return Record(encoded.tobytes(), shape.width, shape.height, text)


def example(record: Record, charset: Charset, length: int) -> bytes:
    """The record as FSNS has it, serialised. Raises MissingSymbols, or ValueError for a text longer than `length`."""
    ids = charset.encode(record.text)
    if len(ids) > length:
        raise ValueError(f"{record.text!r} has {len(ids)} characters; the records hold {length}.")
    return serialise(
        {
            "image/encoded": [record.png],
            "image/format": [b"png"],
            "image/width": [record.width],
            "image/orig_width": [record.width],
            "image/height": [record.height],
            "image/class": ids + [BLANK_ID] * (length - len(ids)),
            "image/unpadded_class": ids,
            "image/text": [record.text.encode()],
        }
    )


def write_records(path: Path, records: Iterable[Record], charset: Charset, length: int) -> int:
    """Writes a TFRecord file and says how many records it holds."""
    count = 0
    with path.open("wb") as file:
        for record in records:
            file.write(framed(example(record, charset, length)))
            count += 1
    return count


def save_dataset(folder: Path, name: str, counts: Mapping[str, int], shape: Shape, length: int) -> None:
    """`fsns-dataset.json`: what attention_ocr wants to be told of the records beside it, its `DEFAULT_CONFIG`."""
    described = {
        "image": f"A [{shape.height} x {shape.width} x 3] color image.",
        "label": "Characters codes.",
        "text": "A unicode string.",
        "length": "A length of the encoded text.",
        "num_of_views": "A number of different views stored within the image.",
    }
    told = {
        "name": name,
        "splits": {split: {"size": count, "pattern": f"{split}.tfrecord"} for split, count in counts.items()},
        "charset_filename": CHARSET_FILE,
        "image_shape": [shape.height, shape.width, 3],
        "num_of_views": shape.views,
        "max_sequence_length": length,
        "null_code": BLANK_ID,
        "items_to_descriptions": described,
    }
    (folder / DATASET_FILE).write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
