from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.engine.drawn import run_folder
from training.engine import records
from training.engine.charset import Charset, MissingSymbols
from training.engine.prepare import prepare

FSNS_KEYS = {
    "image/encoded": "bytes_list",
    "image/format": "bytes_list",
    "image/width": "int64_list",
    "image/orig_width": "int64_list",
    "image/height": "int64_list",
    "image/class": "int64_list",
    "image/unpadded_class": "int64_list",
    "image/text": "bytes_list",
}


def test_records_have_the_keys_and_types_of_fsns(tmp_path: Path) -> None:
    prepared = prepare(run_folder(tmp_path, [("KL 55 R 2473", "train"), ("MH 20", "test")]), tmp_path)
    (raw,) = tf.data.TFRecordDataset([str(tmp_path / "test.tfrecord")]).as_numpy_iterator()
    feature = tf.train.Example.FromString(raw).features.feature
    assert {key: feature[key].WhichOneof("kind") for key in feature} == FSNS_KEYS
    png = feature["image/encoded"].bytes_list.value[0]
    assert png.startswith(b"\x89PNG"), "the file's bytes, not its pixels"
    height, width, _ = tf.io.decode_png(png).shape
    assert feature["image/width"].int64_list.value == [width]
    assert feature["image/orig_width"].int64_list.value == [width]
    assert feature["image/height"].int64_list.value == [height]
    ids = Charset(prepared.charset).encode("MH 20")
    assert feature["image/unpadded_class"].int64_list.value == ids
    assert feature["image/class"].int64_list.value == ids + [0] * (len("KL 55 R 2473") - len(ids))
    assert feature["image/text"].bytes_list.value == [b"MH 20"]


def test_an_fsns_reader_parses_them(tmp_path: Path) -> None:
    prepared = prepare(run_folder(tmp_path, [("KL 55", "train"), ("MH 20 é", "train")]), tmp_path)
    first, second = records.dataset(tmp_path / "train.tfrecord", prepared.max_sequence_length)
    assert first["class"].shape == (7,)
    assert first["image"].shape[1] == int(first["width"][0]) == int(first["orig_width"][0])
    assert first["image"].dtype == tf.uint8
    assert second["text"].numpy().tolist() == ["MH 20 é".encode()]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    png = tf.io.encode_png(np.zeros((4, 9, 3), np.uint8)).numpy()
    written = [records.Record(png, 9, 4, text) for text in ("AB", "", "é A")]
    charset = Charset.of(record.text for record in written)
    assert records.write_records(tmp_path / "x.tfrecord", written, charset, 5) == 3
    assert list(records.read_records(tmp_path / "x.tfrecord")) == written


def test_a_text_too_long_or_of_unknown_symbols_is_refused() -> None:
    record = records.Record(b"", 1, 1, "ABC")
    with pytest.raises(ValueError, match="has 3 characters; the records hold 2"):
        records.example(record, Charset.of(["ABC"]), 2)
    with pytest.raises(MissingSymbols):
        records.example(record, Charset.of(["AB"]), 5)
