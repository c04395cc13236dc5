"""A training worker is killed in the middle of a run: the real stack, a real training, as a program sees it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from subprocess import run as start
from typing import Any

import psutil
import pytest
import requests

from annotations.drawn import draw_scene
from runner import layout
from tests.journeys.conftest import Stack, _start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

PLATES = 12


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.setenv("RUN_LEASE_SECONDS", "15")
    running = _start(tmp_path)
    yield running
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=30) == 0, running.said()[-3000:]


class Program:
    """What a person's script does with its API key."""

    def __init__(self, stack: Stack) -> None:
        command = [str(layout.ROOT / "script" / "manage"), "apikey", "alice@example.org"]
        environment = {**os.environ, "GLYPHSMITH_DATA": str(stack.data), "DJANGO_SETTINGS_MODULE": "server.settings"}
        key = start(command, env=environment, capture_output=True, check=True, text=True).stdout.strip()
        self.address = stack.address
        self.auth = requests.auth.HTTPBasicAuth(key, "")

    def get(self, path: str) -> Any:
        answer = requests.get(self.address + path, auth=self.auth, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, path: str, **content: Any) -> Any:
        answer = requests.post(self.address + path, auth=self.auth, timeout=90, **content)
        assert answer.ok, answer.text
        return answer.json()


def upload(program: Program, model: str, seed: int) -> None:
    scene = draw_scene(seed, (320, 240), easy=True)
    objects = []
    for region in scene.regions:
        xs, ys = [x for x, _ in region.quad], [y for _, y in region.quad]
        box = {"xmin": min(xs), "ymin": min(ys), "xmax": max(xs), "ymax": max(ys)}
        objects.append({"name": "number_plate", "ocr_text": region.text, "bndbox": box})
    data = json.dumps([{"filename": f"{seed}.png", "object": objects}])
    files = {"file": (f"{seed}.png", png(scene.image), "image/png"), "data": ("", data), "modelId": ("", model)}
    program.post(f"/api/v2/ObjectDetection/Model/{model}/UploadFile/", files=files)


def png(image: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def until(what: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.5)
    return found


def kill_training_worker(stack: Stack) -> None:
    status = json.loads((stack.data / "run" / "processes.json").read_text())
    worker = next(process for process in status["processes"] if process["name"] == "worker-training")
    parent = psutil.Process(worker["pid"])
    for process in [parent, *parent.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)


def epochs(program: Program, run: str) -> list[tuple[str, int]]:
    return [(line["part"], line["epoch"]) for line in program.get(f"/api/v1/runs/{run}/epochs")]


def test_a_killed_run_goes_on_from_its_checkpoint_once(stack: Stack) -> None:
    program = Program(stack)
    body = {"categories": ["number_plate"], "model_type": "ocr"}
    model = program.post("/api/v2/ObjectDetection/Model/", json=body)["model_id"]
    for seed in range(PLATES):
        upload(program, model, seed)
    options = {"finder_epochs": 1, "reader_epochs": 1}
    run = program.post(f"/api/v1/projects/{model}/runs", json={"options": options})["id"]

    until(lambda: ("finder", 1) in epochs(program, run), 400)
    kill_training_worker(stack)
    assert program.get(f"/api/v1/runs/{run}")["finished_at"] is None
    until(lambda: program.get(f"/api/v1/runs/{run}")["attempts"] == 2, 90)

    ended = until(lambda: (told := program.get(f"/api/v1/runs/{run}"))["finished_at"] and told, 600)
    assert ended["state"] == "ready", (ended["failure"], program.get(f"/api/v1/runs/{run}/log")["text"][-3000:])
    assert ended["attempts"] == 2
    assert epochs(program, run).count(("finder", 1)) == 1
    assert program.get(f"/api/v2/ObjectDetection/Model/{model}")["state"] == 5
    assert len(until(stack.mails, 30)) == 1

    scene = draw_scene(99, (320, 240), easy=True)
    files = {"file": ("99.png", png(scene.image), "image/png")}
    told = program.post(f"/api/v2/OCR/Model/{model}/LabelFile/", files=files)
    assert [box["ocr_text"] for box in told["result"][0]["prediction"]] == [scene.regions[0].text]
