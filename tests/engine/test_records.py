"""Records as the tutorial's own reader would parse them, with TensorFlow as the judge."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.engine.drawn import run_folder
from training.engine import records
from training.engine.charset import Charset, MissingSymbols
from training.engine.prepare import load_prepared, prepare
from training.engine.records import Shape

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


def features(length: int) -> dict[str, Any]:
    """What attention_ocr's datasets/fsns.py parses: keys, shapes, types and defaults."""
    zero = tf.zeros([1], dtype=tf.int64)
    return {
        "image/encoded": tf.io.FixedLenFeature((), tf.string, default_value=""),
        "image/format": tf.io.FixedLenFeature((), tf.string, default_value="png"),
        "image/width": tf.io.FixedLenFeature([1], tf.int64, default_value=zero),
        "image/orig_width": tf.io.FixedLenFeature([1], tf.int64, default_value=zero),
        "image/class": tf.io.FixedLenFeature([length], tf.int64),
        "image/unpadded_class": tf.io.VarLenFeature(tf.int64),
        "image/text": tf.io.FixedLenFeature([1], tf.string, default_value=""),
    }


def as_the_tutorial_reads(folder: Path, split: str) -> list[dict[str, Any]]:
    """Every record of a split, by nothing but what `fsns-dataset.json` says."""
    told = json.loads((folder / "fsns-dataset.json").read_text(encoding="utf-8"))
    found = []
    for raw in tf.data.TFRecordDataset([str(folder / told["splits"][split]["pattern"])]):
        parsed = tf.io.parse_single_example(raw, features(told["max_sequence_length"]))
        pixels = tf.io.decode_image(parsed["image/encoded"], channels=3)
        image = tf.reshape(pixels, told["image_shape"])
        views = tf.split(image, told["num_of_views"], axis=1)
        real = told["num_of_views"] * parsed["image/orig_width"] // parsed["image/width"]
        found.append({**parsed, "image": image.numpy(), "views": views, "real": int(real[0])})
    assert len(found) == told["splits"][split]["size"]
    return found


def charset_as_the_tutorial_reads(path: Path) -> dict[int, str]:
    """Lines that do not match are skipped there, and the network then has one class too few."""
    matches = [re.match(r"(\d+)\t(.+)", line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    assert all(matches)
    return {int(match[1]): match[2] for match in matches if match}


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


def test_the_tutorials_reader_gets_pictures_of_one_size_and_the_texts(tmp_path: Path) -> None:
    signs = [("KL 55", "train"), ("MH 20 é", "train"), ("A\nB", "test")]
    prepare(run_folder(tmp_path, signs), tmp_path)  # type: ignore[arg-type]
    told = json.loads((tmp_path / "fsns-dataset.json").read_text(encoding="utf-8"))
    charset = charset_as_the_tutorial_reads(tmp_path / told["charset_filename"])
    assert charset[told["null_code"]] == "<nul>"
    assert " " in charset.values()
    first, second = as_the_tutorial_reads(tmp_path, "train")
    assert first["real"] == told["num_of_views"] == 1
    assert second["image/text"].numpy().tolist() == ["MH 20 é".encode()]
    spelt = [charset[int(code)] for code in second["image/class"] if int(code) != told["null_code"]]
    assert "".join(spelt) == "MH 20 é"
    (other,) = as_the_tutorial_reads(tmp_path, "test")
    assert other["image/text"].numpy().tolist() == [b"A B"]
    assert all(one["image"].mean() > 50 for one in (first, second, other))


def test_each_view_lies_in_its_own_part_of_the_stored_picture() -> None:
    crop = np.concatenate([np.full((40, 30, 3), value, np.uint8) for value in (10, 90, 170, 250)], axis=1)
    record = records.stored(crop, "A", Shape(80, 4 * 72, views=4))
    pixels = tf.io.decode_png(record.png).numpy()
    assert pixels.shape == (80, 288, 3)
    assert [int(view[40, 20, 0]) for view in np.split(pixels, 4, axis=1)] == [10, 90, 170, 250]
    assert (pixels[:, 60:72] == 128).all(), "what a view leaves free is grey"


@pytest.mark.parametrize(
    ("sizes", "views", "shape"),
    [
        ([(150, 600)] * 3, 4, (150, 600)),
        ([(150, 602)] * 3, 4, (152, 640)),
        ([(20, 70), (30, 110), (28, 100)], 1, (64, 240)),
        ([(900, 1000)], 1, (900, 1000)),
        ([(900, 1000), (800, 9000)], 1, (152, 608)),
        ([(100, 20), (90, 20)], 1, (104, 64)),
    ],
)
def test_stored_pictures_have_a_size_most_crops_fill(
    sizes: list[tuple[int, int]], views: int, shape: tuple[int, int]
) -> None:
    assert Shape.of(sizes, views) == Shape(*shape, views)


def test_records_are_read_by_tensorflow_as_they_were_written(tmp_path: Path) -> None:
    png = tf.io.encode_png(np.zeros((4, 9, 3), np.uint8)).numpy()
    written = [records.Record(png * 40, 9, 4, text) for text in ("AB", "", "é A")]
    charset = Charset.of(record.text for record in written)
    assert records.write_records(tmp_path / "x.tfrecord", written, charset, 5) == 3
    read = list(tf.data.TFRecordDataset([str(tmp_path / "x.tfrecord")]).as_numpy_iterator())
    assert read == [records.example(record, charset, 5) for record in written]
    assert tf.io.parse_single_example(read[1], features(5))["image/unpadded_class"].shape == (0,)
    again = tf.train.Example.FromString(read[2])
    assert again.SerializeToString(deterministic=True) == read[2]


def test_a_text_too_long_or_of_unknown_symbols_is_refused() -> None:
    record = records.Record(b"", 1, 1, "ABC")
    with pytest.raises(ValueError, match="has 3 characters; the records hold 2"):
        records.example(record, Charset.of(["ABC"]), 2)
    with pytest.raises(MissingSymbols):
        records.example(record, Charset.of(["AB"]), 5)


def test_a_run_prepared_before_there_was_a_data_sets_file_is_prepared_again(tmp_path: Path) -> None:
    spec = run_folder(tmp_path, [("KL 55", "train")])
    before = prepare(spec, tmp_path)
    (tmp_path / "fsns-dataset.json").unlink()
    assert prepare(spec, tmp_path) == before == load_prepared(tmp_path)
    assert (tmp_path / "fsns-dataset.json").is_file()
