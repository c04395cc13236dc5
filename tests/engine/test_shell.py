import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.drawn import crop_of, run_folder, sign
from training.engine.charset import Charset
from training.engine.progress import duration, line
from training.engine.records import Shape, example, stored
from training.engine.spec import LabelSpec, TrainSpec
from training.engine.tfrecord import framed

ROOT = Path(__file__).resolve().parents[2]


def engine(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training.engine", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_a_picture_is_read_from_the_shell(published_bundle: Path, tmp_path: Path) -> None:
    for name, text in (("a.png", "KL 55 R 2473"), ("b.png", "MH 20 BY 3665")):
        sign(text)[0].save(tmp_path / name)
    plain = engine("predict", published_bundle, tmp_path / "a.png")
    assert plain.stdout.split("\t")[1:3] == ["sign", "KL 55 R 2473"]
    told = engine("predict", published_bundle, tmp_path / "a.png", tmp_path / "b.png", "--json", "--threads", "1")
    answers = json.loads(told.stdout)
    assert [answer["regions"][0]["text"] for answer in answers] == ["KL 55 R 2473", "MH 20 BY 3665"]
    beamed = engine("predict", published_bundle, tmp_path / "b.png", "--beam", "4")
    assert beamed.stdout.split("\t")[1:3] == ["sign", "MH 20 BY 3665"]


def test_a_bundle_is_measured_from_the_shell(published_bundle: Path, tmp_path: Path) -> None:
    run_folder(tmp_path / "run", [("KL 55 R 2473", "test")])
    plain = engine("evaluate", published_bundle, tmp_path / "run/manifest.jsonl", "--into", tmp_path / "run")
    assert "reads 1 of 1 held-out field exactly" in plain.stdout
    assert (tmp_path / "run/evaluation.json").is_file()


def test_preparing_says_what_was_left_out(tmp_path: Path) -> None:
    run_folder(tmp_path / "run", [("KL 55", "train"), (" ", "train")])
    plain = engine("prepare", tmp_path / "run")
    assert plain.stdout.splitlines() == [
        "finder only: images/1.png, region 1: Its text is empty.",
        "1 crops to train on, 0 held out; 38 symbols.",
    ]
    assert json.loads(engine("prepare", tmp_path / "run", "--json").stdout)["null_code"] == 0


def test_records_are_taken_and_each_one_left_out_is_named(tmp_path: Path) -> None:
    charset = Charset.of(["KL 57"])
    charset.save_fsns(tmp_path / "charset-labels.txt")
    whole = [example(stored(crop_of(text), text, Shape(64, 200)), charset, 5) for text in ("KL 5", "KL 7")]
    frames = [framed(whole[0]), framed(b"no example"), framed(whole[1])]
    (tmp_path / "train.tfrecord").write_bytes(b"".join(frames) + frames[0][:50])
    spec = TrainSpec(project="Signs", labels=(LabelSpec(name="text"),))
    (tmp_path / "run").mkdir()
    spec.save(tmp_path / "run/spec.json")
    plain = engine("prepare", tmp_path / "run", "--records", tmp_path)
    assert plain.stderr.splitlines() == [
        "left out: train.tfrecord, record 1: It is not a tf.train.Example.",
        "left out: train.tfrecord, record 3: The file ends within this record.",
        "2 records to train on, 0 held out, 2 left out.",
    ]
    assert plain.stdout == "2 crops to train on, 0 held out; 38 symbols.\n"
    refused = engine("train", tmp_path / "run", "--records", tmp_path / "run/images")
    assert refused.returncode == 2
    assert "holds no records: no file is named *.tfrecord" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["predict", "nowhere", "a.png"], "nowhere is not a bundle: it has no readable bundle.json."),
        (["prepare", "nowhere"], "nowhere/spec.json cannot be read: No such file or directory."),
        (["train", "nowhere"], "nowhere/spec.json cannot be read: No such file or directory."),
        (["evaluate", "nowhere", "manifest.jsonl"], "manifest.jsonl cannot be read: No such file or directory."),
    ],
)
def test_what_is_refused_is_said_in_one_sentence(arguments: list[str], sentence: str) -> None:
    refused = engine(*arguments)
    assert refused.returncode == 2
    assert refused.stderr.strip() == sentence
    assert refused.stdout == ""


def test_the_zoo_lists_every_network() -> None:
    listed = json.loads(engine("zoo", "--json").stdout)
    assert {"ppocr", "finder"} <= {network["name"] for network in listed}
    assert all(network["parameters"] > 0 and network["paper"] for network in listed)
    assert "ppocr" in engine("zoo").stdout


def test_sigterm_stops_cleanly(published_bundle: Path, tmp_path: Path) -> None:
    run_folder(tmp_path / "run", [("KL 55 R 2473", "test")])
    manifest = tmp_path / "run/manifest.jsonl"
    manifest.write_text(manifest.read_text(encoding="utf-8") * 1000, encoding="utf-8")
    command = [sys.executable, "-m", "training.engine", "evaluate", str(published_bundle), str(manifest)]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    time.sleep(8)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert errors.strip() == "Stopped. Everything so far is kept; the same command goes on from there."


@pytest.mark.parametrize("step", ["predict", "evaluate", "zoo"])
def test_serving_imports_neither_training_libraries_nor_the_web(step: str, published_bundle: Path) -> None:
    script = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'django', 'celery', 'redis'):\n"
        "    sys.modules[name] = None\n"  # importing it now raises ImportError
        "import training.engine.__main__ as shell\n"
        f"from training.engine import {step}\n"
        "from training.engine.predict import Bundle\n"
        f"print(Bundle.load({str(published_bundle)!r}, 1).spec.project)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "Published", done.stderr


def test_preparing_needs_no_training_library(tmp_path: Path) -> None:
    run_folder(tmp_path / "run", [("KL 55", "train"), ("MH 20", "test")])
    script = (
        "import sys\n"
        "for name in ('tensorflow', 'keras'):\n"
        "    sys.modules[name] = None\n"
        "from training.engine.__main__ import main\n"
        f"sys.exit(main(['prepare', {str(tmp_path / 'run')!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "1 crops to train on, 1 held out; 38 symbols.\n", done.stderr


def test_the_bar_fills_its_line_and_no_more() -> None:
    assert (
        line(0.5, "training reader 3/20", 190.0, 80).rstrip()
        == "██████████··········  50 %  training reader 3/20  3 min left"
    )
    assert len(line(2.0, "x" * 200, None, 40)) == 39


@pytest.mark.parametrize(("seconds", "told"), [(-1, "0 s"), (42, "42 s"), (90, "2 min"), (7500, "2 h 5 min")])
def test_durations_are_told_in_words(seconds: float, told: str) -> None:
    assert duration(seconds) == told
