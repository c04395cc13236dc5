"""What is written beside ONNX answers as the trained network, or is refused: before training where it is known."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from training.engine import checkpoint, export, formats, readers, zoo
from training.engine.bundle import BundleSpec, ExportedPart
from training.engine.charset import Charset
from training.engine.conversion import ConversionError
from training.engine.formats import FORMATS, afterwards, litert
from training.engine.loop import train
from training.engine.report import Report, Stopped
from training.engine.spec import Format, LabelSpec, Rectifier, TrainSpec
from training.engine.zoo.form import Form
from training.engine.zoo.reader import Options

from .test_loop import drawn_run

ROOT = Path(__file__).resolve().parents[2]
READERS = [network.name for network in zoo.NETWORKS.values() if network.part == "reader"]
SYMBOLS = Charset.of(["AB7 "])


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)


def samples_for(form: Form) -> list[NDArray[np.float32]]:
    """Two crops in two widths; boxes have but one."""
    widths = (form.max_width,) if form.whole else (form.min_width, form.min_width + 64)
    return [noise(2, form.height, width, 3) for width in widths]


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("name", READERS)
def test_every_reader_is_written_or_says_before_training_why_not(name: str, form: Format, tmp_path: Path) -> None:
    network = zoo.network(name, "reader")
    reader = network.reader(SYMBOLS.symbols, Options(length=6, pretrained_start=False))
    samples = samples_for(reader.form)
    if form in dict(network.not_as):
        with pytest.raises((ConversionError, export.ExportError)):
            formats.write(form, reader.model, tmp_path, "reader", samples)
        return
    written = formats.write(form, reader.model, tmp_path, "reader", samples)
    place = tmp_path / written.path
    assert written.parity <= export.TOLERANCE
    assert written.bytes == formats.size_of(place) > 3 * reader.model.count_params()


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_finder_takes_pictures_of_any_size(form: Format, tmp_path: Path) -> None:
    model = zoo.network(zoo.FINDER, "finder").build(2, pretrained_start=False)
    written = formats.write(form, model, tmp_path, "finder", [noise(1, 64, 96, 3), noise(1, 96, 32, 3)])
    assert written.part == "finder"
    assert written.parity <= export.TOLERANCE


@pytest.mark.parametrize("rectifier", get_args(Rectifier))
def test_a_rectified_reader_is_written_in_the_narrower_format(rectifier: Rectifier, tmp_path: Path) -> None:
    spec = TrainSpec(
        project="Signs", labels=(LabelSpec(name="sign"),), network="crnn", rectifier=rectifier, exports=("litert",)
    )
    readers.check(spec)
    reader = readers.build(spec, SYMBOLS, 4, pretrained_start=False)
    written = formats.write("litert", reader.model, tmp_path, "reader", [noise(1, reader.form.height, 104, 3)])
    assert written.parity <= export.TOLERANCE


def test_a_litert_file_is_asked_by_its_names_and_takes_any_width(tmp_path: Path) -> None:
    import tensorflow as tf

    pixels = keras.Input((8, None, 3), name="pixels")
    logits = keras.layers.Dense(5, name="logits")(keras.ops.mean(pixels, axis=1))
    model = keras.Model(pixels, logits)
    litert.write(model, tmp_path / "small.tflite", "logits")
    ask = tf.lite.Interpreter(str(tmp_path / "small.tflite")).get_signature_runner()
    for width in (16, 40):
        sample = noise(1, 8, width, 3)
        answer = ask(pixels=sample)["logits"]
        assert answer.shape == (1, width, 5)
        assert np.abs(answer - keras.ops.convert_to_numpy(model(sample))).max() < 1e-3


class Fickle(keras.layers.Layer):  # type: ignore[misc]
    """Answers otherwise each time it is called: what was written is not what is there afterwards."""

    calls = 0

    def call(self, x: Any) -> Any:
        self.calls += 1
        return x / 255.0 * self.calls


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_file_that_answers_otherwise_than_the_network_is_refused(form: Format, tmp_path: Path) -> None:
    pixels = keras.Input((None, None, 3), name="pixels")
    model = keras.Model(pixels, Fickle(name="maps")(pixels))
    with pytest.raises(export.ExportError, match="differs from the trained network"):
        formats.write(form, model, tmp_path, "finder", [noise(1, 32, 32, 3)])


def test_operations_that_litert_lacks_are_refused_in_a_sentence(tmp_path: Path) -> None:
    pixels = keras.Input((4, 4, 3), name="pixels")
    model = keras.Model(pixels, keras.ops.qr(keras.ops.reshape(pixels, (-1, 12, 4)))[0], name="odd")
    with pytest.raises(ConversionError, match="The network odd cannot be written as LiteRT: "):
        litert.write(model, tmp_path / "odd.tflite", "logits")


def test_what_cannot_be_written_is_said_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfit = replace(zoo.NETWORKS["crnn"], not_as=(("litert", "it needs an operation that LiteRT lacks."),))
    monkeypatch.setitem(zoo.NETWORKS, "crnn", unfit)
    spec = TrainSpec(project="Signs", labels=(LabelSpec(name="sign"),), network="crnn", exports=("litert",))
    with pytest.raises(readers.UnfitNetwork, match="crnn cannot be exported as litert: it needs an operation"):
        train(spec, tmp_path, lambda report: True)
    assert list(tmp_path.iterdir()) == []
    readers.check(spec.model_copy(update={"exports": ("savedmodel",)}))


def test_bundles_of_earlier_releases_have_no_other_formats(published_bundle: Path) -> None:
    told = json.loads((published_bundle / "bundle.json").read_text(encoding="utf-8"))
    del told["exports"]
    assert BundleSpec.model_validate(told).exports == ()


def test_serving_loads_no_tensorflow_where_its_files_lie_in_the_bundle(published_bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(published_bundle, folder)
    part = {"part": "reader", "bytes": 4, "parity": 0.0}
    exports = tuple(ExportedPart(format=kind.name, path=kind.place_of("reader"), **part) for kind in FORMATS.values())
    BundleSpec.load(folder).model_copy(update={"exports": exports}).save(folder)
    (folder / "reader.tflite").write_bytes(b"TFL3")
    (folder / "saved_model/reader").mkdir(parents=True)
    script = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'ai_edge_litert'):\n"
        "    sys.modules[name] = None\n"
        "from training.engine import card\n"
        "from training.engine.predict import Bundle\n"
        "import numpy as np\n"
        f"bundle = Bundle.load({str(folder)!r}, 1)\n"
        "bundle.predict(np.zeros((64, 64, 3), np.uint8))\n"
        "print(len(bundle.spec.exports))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "2", done.stderr


# A run, and what is added to it


def engine(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training.engine", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Report]]:
    """A run that taught nothing but asked for a SavedModel."""
    folder = tmp_path_factory.mktemp("runs") / "drawn"
    spec = drawn_run(folder, finder_epochs=0, reader_epochs=0)
    spec = spec.model_copy(update={"exports": ("savedmodel",), "finder_side": 320})
    spec.save(folder / "spec.json")
    reports: list[Report] = []

    def noted(report: Report) -> bool:
        reports.append(report)
        return True

    train(spec, folder, noted)
    return folder, reports


@pytest.fixture
def run(finished: tuple[Path, list[Report]], tmp_path: Path) -> Path:
    shutil.copytree(finished[0], tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.slow
def test_a_run_writes_what_its_specification_asks_for(finished: tuple[Path, list[Report]]) -> None:
    folder, reports = finished
    bundle = BundleSpec.load(folder / "bundle")
    assert [(one.path, one.format) for one in bundle.exports] == [
        ("saved_model/finder", "savedmodel"),
        ("saved_model/reader", "savedmodel"),
    ]
    for one in bundle.exports:
        assert one.parity <= export.TOLERANCE
        assert formats.size_of(folder / "bundle" / one.path) == one.bytes
    assert 'tf.saved_model.load("saved_model/reader")' in (folder / "bundle/card.md").read_text(encoding="utf-8")
    assert [report.fraction for report in reports] == sorted(report.fraction for report in reports)


@pytest.mark.slow
def test_a_finished_run_is_exported_from_the_shell(run: Path) -> None:
    told = engine("export", run, "--as", "litert", "--json")
    assert told.returncode == 0, told.stderr
    written = json.loads(told.stdout)
    assert [one["path"] for one in written] == ["finder.tflite", "reader.tflite"]
    bundle = BundleSpec.load(run / "bundle")
    assert sorted(one.path for one in bundle.exports) == [
        "finder.tflite",
        "reader.tflite",
        "saved_model/finder",
        "saved_model/reader",
    ]
    assert all((run / "bundle" / one.path).exists() for one in bundle.exports)
    assert 'Interpreter("reader.tflite")' in (run / "bundle/card.md").read_text(encoding="utf-8")
    assert not list(run.glob("bundle.*"))


@pytest.mark.slow
def test_an_export_that_is_stopped_leaves_the_bundle_as_it_was(run: Path) -> None:
    before = (run / "bundle/bundle.json").read_bytes()
    with pytest.raises(Stopped):
        afterwards.add(run, ("litert",), lambda done, of: False)
    assert (run / "bundle/bundle.json").read_bytes() == before
    assert not list(run.glob("bundle.*"))


@pytest.mark.slow
def test_a_run_without_its_checkpoint_cannot_be_exported(run: Path) -> None:
    checkpoint.clear(run)
    refused = engine("export", run, "--as", "litert", "savedmodel")
    assert refused.returncode == 2
    assert "no longer has the checkpoint" in refused.stderr.strip().splitlines()[-1]
    assert refused.stdout == ""


@pytest.mark.slow
def test_a_checkpoint_of_another_training_than_the_bundles_is_refused(run: Path) -> None:
    found = checkpoint.load(run, "finder")
    assert found is not None
    last = max((key for key in found.arrays if key.startswith("best/")), key=lambda key: int(key.split("/")[1]))
    found.arrays[last] = found.arrays[last] + 1.0
    checkpoint.save(run, "finder", found)
    with pytest.raises(afterwards.NotFinished, match="of another training than its bundle"):
        afterwards.add(run, ("savedmodel",))
    assert [one.format for one in BundleSpec.load(run / "bundle").exports] == ["savedmodel", "savedmodel"]


def test_a_folder_without_a_bundle_is_refused_in_a_sentence(tmp_path: Path) -> None:
    TrainSpec(project="Signs", labels=(LabelSpec(name="sign"),)).save(tmp_path / "spec.json")
    refused = engine("export", tmp_path, "--as", "litert")
    assert refused.returncode == 2
    assert refused.stderr.strip().splitlines()[-1] == (
        f"{tmp_path / 'bundle'} is not a bundle: it has no readable bundle.json."
    )
