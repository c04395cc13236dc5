"""The nine steps of the number-plate walk-through, with `requests` against a real server, as its scripts send them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from accounts import keys
from accounts.models import User
from annotations.models import Region
from tests.training.conftest import MakeVersion, picture_of_text
from training.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auth(alice: User) -> requests.auth.HTTPBasicAuth:
    return requests.auth.HTTPBasicAuth(keys.make(alice, "script")[1], "")


def test_create_upload_train_and_ask_for_the_state(
    live_server: LiveServer, auth: requests.auth.HTTPBasicAuth, data_dir: Any, valkey: Any
) -> None:
    host = live_server.url
    # create-model.py
    url = f"{host}/api/v2/ObjectDetection/Model/"
    payload = json.dumps({"categories": ["number_plate"], "model_type": "ocr"})
    response = requests.request(
        "POST", url, headers={"Content-Type": "application/json"}, auth=auth, data=payload, timeout=60
    )
    model_id = json.loads(response.text)["model_id"]
    # upload-training.py
    url = f"{host}/api/v2/ObjectDetection/Model/{model_id}/UploadFile/"
    for number in range(8):
        box = {"xmin": 30, "ymin": 80, "xmax": 300, "ymax": 150}
        field = {"name": "number_plate", "bndbox": box, "ocr_text": f"GLYPH {number}"}
        data = {
            "file": (f"{number}.jpg", picture_of_text(f"GLYPH {number}")),
            "data": ("", json.dumps([{"filename": f"{number}.jpg", "object": [field]}])),
            "modelId": ("", model_id),
        }
        response = requests.post(url, auth=auth, files=data, timeout=60)
        assert 200 <= response.status_code <= 250, response.text
    assert Region.objects.count() == 8
    # train-model.py
    url = f"{host}/api/v2/ObjectDetection/Model/{model_id}/Train/"
    response = requests.request(
        "POST", url, headers={"authorization": "Basic %s"}, auth=auth, params={"modelId": model_id}, timeout=60
    )
    assert response.status_code == 200, response.text
    assert Run.objects.get().state == "queued"
    # model-state.py
    response = requests.request("GET", f"{host}/api/v2/ObjectDetection/Model/{model_id}", auth=auth, timeout=60)
    assert (response.json()["state"], response.json()["status"]) == (3, "Model in training queue")


def test_ask_the_model(
    live_server: LiveServer, auth: requests.auth.HTTPBasicAuth, make_version: MakeVersion, predict_worker: None
) -> None:
    model_id = make_version(live=True).project_id
    # prediction.py
    url = f"{live_server.url}/api/v2/ObjectDetection/Model/{model_id}/LabelFile/"
    data: dict[str, Any] = {"file": ("151.jpg", picture_of_text("GLYPH 42")), "modelId": ("", str(model_id))}
    response = requests.post(url, auth=auth, files=data, timeout=60)
    assert response.json()["result"][0]["prediction"][0]["ocr_text"] == "GLYPH 42"


class Pictures(BaseHTTPRequestHandler):
    """A web server with one picture, one redirect to it, and one redirect without end."""

    def do_GET(self) -> None:
        if self.path == "/picture.png":
            body = picture_of_text("GLYPH 42")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/picture.png")
            self.end_headers()
        elif self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        else:
            self.send_error(404)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def pictures() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_pictures_are_fetched_where_the_own_network_is_allowed(
    live_server: LiveServer,
    auth: requests.auth.HTTPBasicAuth,
    make_version: MakeVersion,
    predict_worker: None,
    pictures: str,
    settings: Any,
) -> None:
    settings.FETCH_PRIVATE = True
    url = f"{live_server.url}/api/v2/OCR/Model/{make_version(live=True).project_id}/LabelUrls/"
    urls = [f"{pictures}/{name}" for name in ("picture.png", "moved", "round", "gone")]
    response = requests.post(url, auth=auth, data={"urls": urls}, timeout=60)
    assert response.status_code == 202, response.text
    told = response.json()
    assert [entry["prediction"][0]["ocr_text"] for entry in told["result"]] == ["GLYPH 42", "GLYPH 42"]
    assert told["errors"] == [f"{urls[2]} is redirected too often.", f"{urls[3]} answered with status 404."]
