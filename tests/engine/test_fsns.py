"""Records written by TensorFlow, as others write them, read without it: whole ones, and every kind of broken one."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.engine.drawn import crop_of
from training.engine import example, fsns, tfrecord
from training.engine.charset import CharsetError
from training.engine.crops import Picture
from training.engine.evaluate import Evaluation
from training.engine.fsns import Fault, FsnsError, Sample
from training.engine.loop import train
from training.engine.manifest import ManifestImage, read_manifest, write_manifest
from training.engine.predict import Bundle
from training.engine.prepare import prepare
from training.engine.report import Stopped
from training.engine.spec import LabelSpec, TrainSpec
from training.engine.unpack import UnpackError, unpack

CHARACTERS = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NULL = 133
LENGTH = 12
SPEC = TrainSpec(project="Signs", labels=(LabelSpec(name="text"),))


def charset_file(folder: Path, null: int = NULL) -> None:
    lines = [f"{code}\t{name}\n" for code, name in enumerate(CHARACTERS)]
    lines.insert(min(null, len(lines)), f"{null}\t<nul>\n")
    (folder / f"charset_size={len(lines)}.txt").write_text("".join(lines), encoding="utf-8")


def encoded(picture: Picture, form: str = "png") -> bytes:
    stored = io.BytesIO()
    Image.fromarray(picture).save(stored, form)
    return stored.getvalue()


def as_fsns(text: str, picture: Picture, form: str = "png", /, **changed: Any) -> bytes:
    """One serialised record; `changed` features, by their name without `image/`, None leaves one out."""
    ids = [CHARACTERS.index(character) for character in text]
    values: dict[str, Any] = {
        "encoded": encoded(picture, form),
        "format": form.encode(),
        "width": picture.shape[1],
        "orig_width": picture.shape[1],
        "class": ids + [NULL] * (LENGTH - len(ids)),
        "unpadded_class": ids,
        "text": text.encode(),
        **changed,
    }
    told = tf.train.Example()
    for name, value in values.items():
        several = value if isinstance(value, list) else [value]
        feature = told.features.feature[f"image/{name}" if name != "bare_width" else "width"]
        if value is None:
            del told.features.feature[f"image/{name}"]
        elif several and isinstance(several[0], bytes):
            feature.bytes_list.value.extend(several)
        else:
            feature.int64_list.value.extend(several)
    return bytes(told.SerializeToString())


def written(path: Path, *serialised: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for one in serialised:
            writer.write(one)
    return path


def all_of(folder: Path, views: int = 1) -> list[Sample | Fault]:
    return list(fsns.read(fsns.look_into(folder, views)))


def side_by_side(*texts: str) -> Picture:
    views = [np.asarray(Image.fromarray(crop_of(text, letter=24)).resize((60, 60))) for text in texts]
    return np.concatenate(views, axis=1)


# Whole records


@pytest.mark.parametrize("form", ["png", "jpeg"])
def test_records_of_tensorflow_are_read_with_a_null_of_any_id(tmp_path: Path, form: str) -> None:
    charset_file(tmp_path)
    crop = crop_of("KL 55")
    written(tmp_path / "train-00000-of-00512", as_fsns("KL 55", crop, form), as_fsns("A7", crop, form))
    one, two = all_of(tmp_path)
    assert isinstance(one, Sample)
    assert isinstance(two, Sample)
    assert (one.file, one.index, one.text, two.index, two.text) == ("train-00000-of-00512", 0, "KL 55", 1, "A7")
    assert np.abs(one.picture.astype(int) - crop).mean() < (0.1 if form == "png" else 6)


@pytest.mark.parametrize("null", [0, 20, 200])
def test_the_null_may_stand_anywhere_in_the_charset(tmp_path: Path, null: int) -> None:
    names = list(CHARACTERS)
    names.insert(min(null, len(names)), "<nul>")
    codes = [null if name == "<nul>" else place for place, name in enumerate(names)]
    lines = [f"{code}\t{name}\r\n" for code, name in zip(codes, names, strict=True)]
    (tmp_path / "charset-labels.txt").write_text("".join(lines), encoding="utf-8-sig", newline="")
    ids = [codes[names.index(character)] for character in "KL 55"]
    record = as_fsns("KL 55", crop_of("KL 55"), **{"class": ids + [null] * 3, "text": None})
    written(tmp_path / "a.tfrecord", record)
    (sample,) = all_of(tmp_path)
    assert isinstance(sample, Sample)
    assert sample.text == "KL 55", "rebuilt from its ids"


def test_missing_optional_features_are_no_fault(tmp_path: Path) -> None:
    charset_file(tmp_path)
    bare = dict.fromkeys(("format", "width", "orig_width", "unpadded_class", "text"))
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL"), **bare))
    (sample,) = all_of(tmp_path)
    assert isinstance(sample, Sample)
    assert sample.text == "KL"


def test_views_that_are_padding_become_grey(tmp_path: Path) -> None:
    charset_file(tmp_path)
    four = side_by_side("KL", "KL", "7", "7")
    written(tmp_path / "a.tfrecord", as_fsns("KL", four), as_fsns("KL", four, orig_width=120))
    whole, half = all_of(tmp_path, views=4)
    assert isinstance(whole, Sample)
    assert isinstance(half, Sample)
    assert np.array_equal(whole.picture, four)
    assert np.array_equal(half.picture[:, :120], four[:, :120])
    assert (half.picture[:, 120:] == 128).all()


def test_the_first_views_are_taken_where_the_data_set_says_it_has_more(tmp_path: Path) -> None:
    charset_file(tmp_path)
    four = side_by_side("KL", "7", "7", "7")
    written(tmp_path / "a.tfrecord", as_fsns("KL", four))
    (tmp_path / "fsns-dataset.json").write_text(json.dumps({"num_of_views": 4, "name": "FSNS", "splits": {}}))
    (sample,) = all_of(tmp_path)
    assert isinstance(sample, Sample)
    assert np.array_equal(sample.picture, four[:, :60])
    with pytest.raises(FsnsError, match="hold 4 views; 5 are asked for"):
        fsns.look_into(tmp_path, 5)


def test_what_a_run_writes_it_can_read(tmp_path: Path) -> None:
    charset_file(tmp_path)
    written(tmp_path / "a.tfrecord", *(as_fsns(text, crop_of(text)) for text in ("KL 55", "A7", "B 3")))
    unpack(SPEC, tmp_path, tmp_path / "run")
    prepare(SPEC, tmp_path / "run")
    again = [one for one in all_of(tmp_path / "run") if isinstance(one, Sample)]
    assert [one.text for one in again] == ["KL 55", "A7", "B 3"]
    assert {one.picture.shape for one in again} == {again[0].picture.shape}


# Broken records


BROKEN = [
    ({"encoded": None}, "It has no image/encoded, the bytes of its picture."),
    ({"encoded": b"no picture"}, "Its image/encoded is no picture that can be decoded."),
    ({"class": None}, "It has no image/class, the ids of its text."),
    ({"class": [3] * 5}, "Its image/class has 5 ids; it must have 12, padded with 133."),
    ({"class": [99] * 12}, "Its image/class holds the id 99, which charset_size=38.txt does not name."),
    ({"class": [NULL] * 12}, "Its text is empty."),
    ({"class": b"KL"}, "It has no image/class, the ids of its text."),
    ({"text": b"\xff\xfe"}, "Its image/text is not UTF-8."),
    ({"text": b"KL 56"}, "Its image/text is 'KL 56', but its ids spell 'KL 55'."),
]


@pytest.mark.parametrize(("changed", "reason"), BROKEN)
def test_a_malformed_record_is_named_and_the_others_are_read(
    tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    charset_file(tmp_path)
    good = as_fsns("KL 55", crop_of("KL 55"))
    written(tmp_path / "deep/b.tfrecord", good, as_fsns("KL 55", crop_of("KL 55"), **changed), good)
    first, fault, last = all_of(tmp_path)
    assert fault == Fault("deep/b.tfrecord", 1, reason)
    assert isinstance(first, Sample)
    assert isinstance(last, Sample)


def test_bare_pixels_in_the_place_of_a_file_are_recognised(tmp_path: Path) -> None:
    charset_file(tmp_path)
    crop = crop_of("KL 55")
    bare = as_fsns("KL 55", crop, encoded=crop.tobytes(), format=b"PNG", width=None, bare_width=crop.shape[1])
    written(tmp_path / "a.tfrecord", as_fsns("KL 55", crop), bare)
    _, fault = all_of(tmp_path)
    assert str(fault) == (
        "a.tfrecord, record 1: Its image/encoded is no picture that can be decoded. "
        "It seems to hold bare pixels; it must hold a whole PNG or JPEG file."
    )


def test_a_width_that_holds_no_whole_views_is_named(tmp_path: Path) -> None:
    charset_file(tmp_path)
    written(tmp_path / "a.tfrecord", as_fsns("KL", side_by_side("KL", "KL", "KL", "KL")[:, 1:]))
    (fault,) = all_of(tmp_path, views=4)
    assert str(fault) == ("a.tfrecord, record 0: Its picture is 239 pixels wide, which cannot be divided into 4 views.")


def damaged(file: Path, at: int, to: bytes) -> None:
    content = bytearray(file.read_bytes())
    content[at : at + len(to)] = to
    file.write_bytes(content)


def test_a_changed_byte_costs_its_record_alone(tmp_path: Path) -> None:
    charset_file(tmp_path)
    one = as_fsns("KL 55", crop_of("KL 55"))
    file = written(tmp_path / "a.tfrecord", one, one, one)
    damaged(file, 16 + len(one) + 12 + 100, b"????")
    reasons = [one.reason if isinstance(one, Fault) else "" for one in all_of(tmp_path)]
    assert reasons == ["", "Its checksum is wrong: some of its bytes changed.", ""]


@pytest.mark.parametrize(
    ("kept", "reason"),
    [(-1, "The file ends within this record."), (-9_000_000, ""), (6, "The file ends within this record.")],
)
def test_a_cut_file_is_read_up_to_the_cut(tmp_path: Path, kept: int, reason: str) -> None:
    charset_file(tmp_path)
    one = as_fsns("KL 55", crop_of("KL 55"))
    file = written(tmp_path / "a.tfrecord", one, one)
    whole = 16 + len(one)
    file.write_bytes(file.read_bytes()[: max(2 * whole + kept, whole) if kept < 0 else whole + kept])
    first, *rest = all_of(tmp_path)
    assert isinstance(first, Sample)
    assert [one.reason for one in rest if isinstance(one, Fault)] == ([reason] if reason else [])


def test_a_damaged_length_ends_a_file_but_not_the_next(tmp_path: Path) -> None:
    charset_file(tmp_path)
    one = as_fsns("KL 55", crop_of("KL 55"))
    damaged(written(tmp_path / "a.tfrecord", one, one, one), 16 + len(one), b"\xff" * 8)
    written(tmp_path / "b.tfrecord", one)
    _, fault, other = all_of(tmp_path)
    assert fault == Fault("a.tfrecord", 1, "Its length is damaged: what follows cannot be found.")
    assert isinstance(other, Sample)
    assert other.file == "b.tfrecord"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"This is a text file and nothing else.", "This is no TFRecord file."),
        (b"\x1f\x8b\x08\x00 and so on, compressed", "The file is compressed by gzip. Unpack it first."),
        (tfrecord.framed(b"not an example"), "It is not a tf.train.Example."),
        (tfrecord.framed(b""), "It has no image/class, the ids of its text."),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path: Path, content: bytes, reason: str) -> None:
    charset_file(tmp_path)
    (tmp_path / "a.tfrecord").write_bytes(content)
    assert all_of(tmp_path) == [Fault("a.tfrecord", 0, reason)]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    try:
        found = example.parse(data)
    except example.NotAnExample:
        return
    assert all(isinstance(values, list) for values in found.values())


@given(st.data())
def test_a_record_with_changed_bytes_is_an_example_or_none(data: st.DataObject) -> None:
    whole = bytearray(as_fsns("KL 55", np.zeros((4, 8, 3), np.uint8)))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(example.NotAnExample):
        example.parse(bytes(whole))


@given(st.binary(max_size=2000))
def test_checksums_are_those_of_the_definition(data: bytes) -> None:
    assert tfrecord.crc32c(data) == tfrecord._step_by_step(data)


def test_the_checksum_of_the_standards_example() -> None:
    assert tfrecord.crc32c(b"123456789") == 0xE3069283


# Charset files and folders


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("0\t<nul>\n1\n", r"line 2: expected a number, a tab and a character\. Was the character a space\?"),
        ("0\t\n1\t<nul>\n", r"line 1: .*Was the character a space\?"),
        ("0\t<nul>\n1 A\n", "line 2: .*There are spaces instead of the tab"),
        ("0\t<nul>\nA\n", r"line 2: expected a number, a tab and a character\.$"),
        ("0\t<nul>\n1\tA\n1\tB\n", "line 3: the id 1 was there before"),
        ("0\t<nul>\n\n1\tA\n", "line 2: expected"),
        ("0\tA\n1\tB\n", "must name one id <nul>, the one that pads image/class, and names 0"),
        ("0\t<nul>\n1\t<nul>\n", "names 2"),
        ("0\t<nul>\n1\tAB\n", "the id 1 stands for 'AB', which is not one character"),
    ],
)
def test_a_charset_file_that_would_be_misread_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "charset.txt").write_text(content, encoding="utf-8")
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL")))
    with pytest.raises((CharsetError, FsnsError), match=sentence):
        fsns.look_into(tmp_path)


def test_a_folder_without_records_or_charset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FsnsError, match="nowhere is not a folder"):
        fsns.look_into(tmp_path / "nowhere")
    with pytest.raises(FsnsError, match="holds no records"):
        fsns.look_into(tmp_path)
    written(tmp_path / "a.tfrecord", b"")
    with pytest.raises(FsnsError, match="there is none"):
        fsns.look_into(tmp_path)
    for name in ("charset-a.txt", "charset-b.txt"):
        (tmp_path / name).write_text("0\t<nul>\n")
    with pytest.raises(FsnsError, match="there is 2 of them: keep one"):
        fsns.look_into(tmp_path)
    (tmp_path / "fsns-dataset.json").write_text('{"num_of_views": "four"}')
    with pytest.raises(FsnsError, match=r"fsns-dataset\.json cannot be used: num_of_views"):
        fsns.look_into(tmp_path)


# From records to a run


def texts_of(folder: Path) -> dict[str, list[str]]:
    images = read_manifest(folder / "manifest.jsonl")
    return {
        split: [str(image.regions[0].text) for image in images if image.split == split] for split in ("train", "test")
    }


@pytest.mark.parametrize("name", ["test.tfrecord", "validation-00000-of-00001", "my_test/data-1.tfrecord"])
def test_files_named_as_held_out_are_held_out(tmp_path: Path, name: str) -> None:
    charset_file(tmp_path)
    written(tmp_path / "latest.tfrecord", as_fsns("KL", crop_of("KL")))
    written(tmp_path / name, as_fsns("A7", crop_of("A7")))
    told = unpack(SPEC, tmp_path, tmp_path / "run")
    assert (told.train, told.test) == (1, 1)
    assert texts_of(tmp_path / "run") == {"train": ["KL"], "test": ["A7"]}


def test_else_a_tenth_is_held_out_and_equal_pictures_stay_together(tmp_path: Path) -> None:
    charset_file(tmp_path)
    once = [as_fsns(f"A{number}", crop_of(f"A{number}")) for number in range(20)]
    written(tmp_path / "a.tfrecord", *once, *once)
    told = unpack(SPEC, tmp_path, tmp_path / "run")
    assert (told.train, told.test, told.left_out) == (36, 4, 0)
    sides = texts_of(tmp_path / "run")
    assert not set(sides["train"]) & set(sides["test"])


def test_the_manifest_changes_with_the_pixels_of_any_record(tmp_path: Path) -> None:
    charset_file(tmp_path)
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL")), as_fsns("A7", crop_of("A7")))
    run = tmp_path / "run"
    unpack(SPEC, tmp_path, run)
    first = (run / "manifest.jsonl").read_bytes()
    stamps = {path: path.stat().st_mtime_ns for path in (run / "images").iterdir()}
    unpack(SPEC, tmp_path, run)
    assert {path: path.stat().st_mtime_ns for path in (run / "images").iterdir()} == stamps, "nothing is done twice"
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL", degrees=2)), as_fsns("A7", crop_of("A7")))
    unpack(SPEC, tmp_path, run)
    assert (run / "manifest.jsonl").read_bytes() != first
    assert len(list((run / "images").iterdir())) == 2, "the pictures of the older records are gone"


def test_a_manifest_made_by_a_person_is_never_overwritten(tmp_path: Path) -> None:
    charset_file(tmp_path)
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL")))
    (tmp_path / "run").mkdir()
    write_manifest(tmp_path / "run/manifest.jsonl", [ManifestImage(image="mine.png", split="train")])
    with pytest.raises(UnpackError, match="not made of records"):
        unpack(SPEC, tmp_path, tmp_path / "run")
    assert read_manifest(tmp_path / "run/manifest.jsonl")[0].image == "mine.png"


def test_records_of_which_none_can_be_used_are_refused_with_the_first_reason(tmp_path: Path) -> None:
    charset_file(tmp_path)
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL"), encoded=None))
    with pytest.raises(UnpackError, match=r"no record to learn from\. The first of 1 left out: a\.tfrecord, record 0"):
        unpack(SPEC, tmp_path, tmp_path / "run")


@pytest.mark.parametrize("changed", [{"finder": "maps"}, {"labels": (LabelSpec(name="text"), LabelSpec(name="other"))}])
def test_a_finder_cannot_be_learned_from_records(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(UnpackError, match="one label and no finder"):
        unpack(SPEC.model_copy(update=changed), tmp_path, tmp_path / "run")


def test_a_run_in_the_folder_of_its_records_does_not_learn_from_what_it_wrote(tmp_path: Path) -> None:
    charset_file(tmp_path)
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL")))
    told = unpack(SPEC, tmp_path, tmp_path / "run")
    prepare(SPEC, tmp_path / "run")
    assert (tmp_path / "run/train.tfrecord").is_file()
    assert unpack(SPEC, tmp_path, tmp_path / "run") == told
    with pytest.raises(FsnsError, match="is the run folder itself"):
        unpack(SPEC, tmp_path / "run", tmp_path / "run")


def test_reading_records_can_be_stopped(tmp_path: Path) -> None:
    charset_file(tmp_path)
    written(tmp_path / "a.tfrecord", as_fsns("KL", crop_of("KL")))
    with pytest.raises(Stopped):
        unpack(SPEC, tmp_path, tmp_path / "run", lambda done, of: False)
    assert not (tmp_path / "run/manifest.jsonl").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("network", "views"), [("crnn", 1), ("attention", 4)])
def test_a_reader_is_trained_from_records_and_reads_whole_pictures(tmp_path: Path, network: str, views: int) -> None:
    charset_file(tmp_path)
    texts = [f"A{number}" for number in range(12)]
    pictures = [crop_of(text) if views == 1 else side_by_side(*[text] * views) for text in texts]
    stored = [as_fsns(text, picture) for text, picture in zip(texts, pictures, strict=True)]
    written(tmp_path / "train-00000-of-00001", *stored[:10], as_fsns("A1", pictures[0], encoded=b"gone"))
    written(tmp_path / "test-00000-of-00001", *stored[10:])
    run = tmp_path / "run"
    spec = SPEC.model_copy(update={"network": network, "views": views, "reader_epochs": 1})
    told = unpack(spec, tmp_path, run)
    assert (told.train, told.test, told.left_out) == (10, 2, 1)
    if views > 1:
        with pytest.raises(Stopped):
            train(spec, run, lambda report: not (report.part == "reader" and report.held_out_loss is not None))
    assert unpack(spec, tmp_path, run) == told, "the same records are the same run, which goes on"
    train(spec, run, lambda report: True)
    epochs = [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]
    assert [(one["part"], one["epoch"]) for one in epochs] == [("reader", 0), ("reader", 1)]
    evaluation = Evaluation.load(run / "evaluation.json")
    assert (evaluation.images, evaluation.overall.finder.matched) == (2, 2)
    assert evaluation.start is None
    bundle = Bundle.load(run / "bundle", threads=1)
    assert (bundle.spec.finder.kind, bundle.spec.reader.views) == ("whole", views)
    (found,) = bundle.predict(pictures[11])
    assert found.quad[2] == (pictures[11].shape[1], pictures[11].shape[0]), "the picture from corner to corner"
    assert "finds nothing by itself" in (run / "bundle/card.md").read_text(encoding="utf-8")
    assert not (run / "bundle/finder.onnx").exists()
