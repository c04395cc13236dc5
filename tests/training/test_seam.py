"""The web knows nothing of what computes; the one task that does measures an earlier bundle on a new run's images."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

import pytest

from accounts.models import User
from annotations.models import Project
from runner import layout
from tests.training.conftest import evaluation_of
from training import evaluations, execution, folders, runs, tasks
from training.engine.manifest import read_manifest
from training.models import Run, RunState

HEAVY = ("tensorflow", "keras", "onnxruntime", "onnx")


def test_the_web_imports_neither_tensorflow_nor_keras_nor_onnx_runtime() -> None:
    code = (
        "import django, sys; django.setup()\n"
        "import training.tasks, server.urls\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    path = os.pathsep.join([str(layout.ROOT), str(layout.ROOT / "platform")])
    environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "server.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.usefixtures("valkey")
def test_an_earlier_bundle_is_measured_on_a_new_runs_held_out_images(
    annotated_project: Project, alice: User, published_bundle: Path
) -> None:
    run = runs.start(annotated_project, alice)
    folder = folders.of(run.pk)
    folder.mkdir(parents=True)
    execution.prepare_folder(run, folder)
    score = evaluations.end_to_end(tasks.evaluate_on(published_bundle, folder))
    assert score.of == run.frozen.counts["regions"]["test"]
    assert 0 <= score.right <= score.of
    assert not (folder / "evaluation.json").exists()
    tests = [image.image for image in read_manifest(folder / "manifest.jsonl") if image.split == "test"]
    for_want_of_time = evaluation_of(1, left_out=tuple(tests[1:]))
    (folder / "evaluation.json").write_text(json.dumps(for_want_of_time))
    assert tasks.evaluate_on(published_bundle, folder)["images"] == 1  # the one that both have seen


class Absent(MetaPathFinder):
    """The engine cannot be imported; remembers how the run stood when that was tried."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.state = ""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if name == "training.engine.loop":
            self.state = Run.objects.get(pk=self.run.pk).state
            raise ImportError(name)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
def test_a_run_is_claimed_before_the_engine_is_imported(
    annotated_project: Project, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.start(annotated_project, alice)
    absent = Absent(run)
    monkeypatch.setattr(sys, "meta_path", [absent, *sys.meta_path])
    monkeypatch.delitem(sys.modules, "training.engine.loop", raising=False)
    tasks.train(str(run.pk))
    assert absent.state == RunState.PREPARING
    run.refresh_from_db()
    assert (run.state, "ImportError" in run.failure) == (RunState.FAILED, True)
