"""TFRecords in the layout of the FSNS data set (`datasets/fsns.py` of TensorFlow's attention_ocr), one view an image.

| key | type | holds |
| --- | --- | --- |
| image/encoded | bytes | the encoded file: PNG, never raw pixels |
| image/format | bytes | `png` |
| image/width, image/orig_width | int64[1] | the stored width; equal, as there is one view and no padding |
| image/height | int64[1] | the stored height, which FSNS readers ignore |
| image/class | int64[max_sequence_length] | ids, padded with the null id |
| image/unpadded_class | int64[n] | ids |
| image/text | bytes[1] | UTF-8 transcription |

TensorFlow is imported where a file is written or read: networks learn on JAX where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.engine.charset import BLANK_ID, Charset

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True, slots=True)
class Record:
    """One crop as stored: the bytes of its PNG file, its size, and its text in one line."""

    png: bytes
    width: int
    height: int
    text: str


def example(record: Record, charset: Charset, length: int) -> tf.train.Example:
    """The record as FSNS has it. Raises MissingSymbols, or ValueError for a text longer than `length`."""
    import tensorflow as tf

    ids = charset.encode(record.text)
    if len(ids) > length:
        raise ValueError(f"{record.text!r} has {len(ids)} characters; the records hold {length}.")
    features = {
        "image/encoded": _bytes(record.png),
        "image/format": _bytes(b"png"),
        "image/width": _ints([record.width]),
        "image/orig_width": _ints([record.width]),
        "image/height": _ints([record.height]),
        "image/class": _ints(ids + [BLANK_ID] * (length - len(ids))),
        "image/unpadded_class": _ints(ids),
        "image/text": _bytes(record.text.encode()),
    }
    return tf.train.Example(features=tf.train.Features(feature=features))


def _bytes(value: bytes) -> tf.train.Feature:
    import tensorflow as tf

    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _ints(values: list[int]) -> tf.train.Feature:
    import tensorflow as tf

    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def write_records(path: Path, records: Iterable[Record], charset: Charset, length: int) -> int:
    """Writes a TFRecord file and says how many records it holds."""
    import tensorflow as tf

    count = 0
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(example(record, charset, length).SerializeToString())
            count += 1
    return count


def features(length: int) -> dict[str, tf.io.FixedLenFeature | tf.io.VarLenFeature]:
    """What an FSNS reader parses: its keys, shapes, types and defaults."""
    import tensorflow as tf

    return {
        "image/encoded": tf.io.FixedLenFeature((), tf.string, default_value=""),
        "image/format": tf.io.FixedLenFeature((), tf.string, default_value="png"),
        "image/width": tf.io.FixedLenFeature([1], tf.int64, default_value=tf.zeros([1], dtype=tf.int64)),
        "image/orig_width": tf.io.FixedLenFeature([1], tf.int64, default_value=tf.zeros([1], dtype=tf.int64)),
        "image/class": tf.io.FixedLenFeature([length], tf.int64),
        "image/unpadded_class": tf.io.VarLenFeature(tf.int64),
        "image/text": tf.io.FixedLenFeature([1], tf.string, default_value=""),
    }


def dataset(path: Path, length: int) -> tf.data.Dataset:
    """Dictionaries of `image` uint8[h, w, 3], `class` int64[length], `text` string[1], `width` and `orig_width`."""
    import tensorflow as tf

    def parse(serialised: tf.Tensor) -> dict[str, tf.Tensor]:
        parsed = tf.io.parse_single_example(serialised, features(length))
        return {
            "image": tf.io.decode_image(parsed["image/encoded"], channels=3, expand_animations=False),
            "class": parsed["image/class"],
            "text": parsed["image/text"],
            "width": parsed["image/width"],
            "orig_width": parsed["image/orig_width"],
        }

    return tf.data.TFRecordDataset([str(path)]).map(parse)


def read_records(path: Path) -> Iterator[Record]:
    """The records of a file as they were written."""
    import tensorflow as tf

    for serialised in tf.data.TFRecordDataset([str(path)]).as_numpy_iterator():
        feature = tf.train.Example.FromString(serialised).features.feature
        yield Record(
            png=feature["image/encoded"].bytes_list.value[0],
            width=feature["image/width"].int64_list.value[0],
            height=feature["image/height"].int64_list.value[0],
            text=feature["image/text"].bytes_list.value[0].decode(),
        )
