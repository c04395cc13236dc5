"""Requests that wait for a predict worker or a foreign server never take all of the web's threads, nor for ever."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from rest_framework.test import APIClient

from runner import heartbeats, web
from tests import web_process
from tests.cast import database_url
from tests.training.conftest import MakeVersion, model, picture_of_text
from training.api.nanonets import fetching
from training.models import Prediction, Version

SECONDS = 6


@pytest.fixture
def live(make_version: MakeVersion) -> Version:
    return make_version(live=True)


@pytest.fixture
def hanging_worker(valkey: redis.Redis) -> None:
    """A predict worker that is held alive, and answers nothing."""
    valkey.set(heartbeats.key("predict"), "cpu", ex=600)


@pytest.fixture
def site(data_dir: Path, hanging_worker: None) -> Iterator[str]:
    """The web as the product starts it, in one process."""
    with web_process.running(data_dir, database_url(), PREDICT_WAIT_SECONDS=str(SECONDS)) as address:
        yield address


@pytest.mark.django_db(transaction=True)
def test_waiting_predictions_leave_room_for_everybody_else(live: Version, site: str, key: str) -> None:
    doors = [f"/api/v1/projects/{live.project_id}/predictions", model(live.project, "/LabelFile/")]
    picture = picture_of_text("A 1")

    def ask(number: int) -> tuple[float, requests.Response]:
        begun = time.monotonic()
        files = {"file": ("a.png", picture, "image/png")}
        answer = requests.post(site + doors[number % 2], files=files, auth=(key, ""), timeout=60)
        return time.monotonic() - begun, answer

    asked = web.THREADS + 4
    with ThreadPoolExecutor(asked) as people:
        answers = people.map(ask, range(asked))
        until = time.monotonic() + 30
        while Prediction.objects.count() <= web.MAX_WAITING:
            assert time.monotonic() < until
            time.sleep(0.05)
        begun = time.monotonic()
        assert requests.get(f"{site}/healthz", timeout=60).status_code == 200
        assert time.monotonic() - begun < SECONDS / 2
        told = list(answers)
    assert [answer.status_code for _, answer in told] == [202] * asked
    waited = [seconds for seconds, _ in told if seconds >= SECONDS]
    assert web.MAX_WAITING <= len(waited) < asked
    for _, answer in told[::2]:
        assert "The answer will be at /api/v1/predictions/" in answer.json()["message"]
        assert answer.headers["Location"].startswith("/api/v1/predictions/")
    for _, answer in told[1::2]:
        assert "Ask for it later" in answer.json()["message"]
        assert answer.json()["result"][0]["request_file_id"]


@pytest.fixture(params=["headers", "body"])
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """A web server that goes on answering, a letter at a time, without an end in sight."""
    end = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            start = b"HTTP/1.1 200 OK\r\n" + (b"X-Slow: " if request.param == "headers" else b"\r\n")
            try:
                connection.sendall(start)
                while not end.wait(0.1):
                    connection.sendall(b"x")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=[listener], daemon=True)
        thread.start()
        timer = threading.Timer(6, end.set)  # so that nobody is held for ever
        timer.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/a.png"
        timer.cancel()
        end.set()
        thread.join(5)


def test_a_foreign_server_that_never_ends_holds_no_request_for_ever(
    dripping: str, live: Version, script: APIClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FETCH_PRIVATE = True
    monkeypatch.setattr(fetching, "MOST_SECONDS", 1)
    begun = time.monotonic()
    response = script.post(model(live.project, "/UploadUrls/"), {"urls": [dripping]}, format="json")
    assert time.monotonic() - begun < 4
    assert response.status_code == 400
    assert response.json()["message"] == f"{dripping} was not fetched: it takes too long to answer."
