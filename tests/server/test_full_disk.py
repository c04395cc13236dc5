"""A disk that is really full: what can still be done, what is refused and how, and that it is well again afterwards."""

import json
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from PIL import Image

from tests import small_disk
from tests.small_disk import Server

SIZE = "160m"
LEAST_FREE, RESERVE = 40_000_000, 8_000_000
EMAIL, PASSWORD = "alice@example.org", "a-long-enough-password"
WORKERS = ("worker-default", "worker-predict", "worker-training")

pytestmark = pytest.mark.timeout(240)


class Person:
    """Alice, by the browser's session."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.get("/api/v1/session")

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.address + path, timeout=30)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        token = {"X-CSRFToken": self.session.cookies["csrftoken"]}
        return self.session.post(self.address + path, json=body, headers=token, timeout=30, **more)

    def upload(self, project: str, shade: int) -> requests.Response:
        files = {"file": (f"{shade}.png", picture(shade), "image/png")}
        return self.post(f"/api/v1/projects/{project}/images", files=files)


def picture(shade: int) -> bytes:
    buffer = BytesIO()
    Image.effect_noise((400, 300), shade).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def until(true: Callable[[], Any], seconds: float = 40) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"MIN_FREE_BYTES": str(LEAST_FREE), "RESERVE_BYTES": str(RESERVE)}
    with small_disk.started(tmp_path_factory.mktemp("disk"), SIZE, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def alice(server: Server) -> Person:
    person = Person(server.address)
    made = person.post("/api/v1/session/first-account", {"email": EMAIL, "password": PASSWORD, "name": "Alice"})
    assert made.ok, made.text
    return person


@pytest.fixture(scope="module")
def project(alice: Person) -> str:
    return str(alice.post("/api/v1/projects", {"name": "Plates", "labels": ["number_plate"]}).json()["id"])


@pytest.fixture(scope="module")
def images(alice: Person, project: str) -> list[str]:
    answers = [alice.upload(project, shade) for shade in range(20, 24)]
    return [answer.json()["images"][0]["id"] for answer in answers]


@pytest.fixture(scope="module")
def key(alice: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {alice.post('/api/v1/keys', {'name': 'script'}).json()['key']}"}


def processes(server: Server) -> dict[str, dict[str, Any]]:
    written = json.loads((server.disk / "run" / "processes.json").read_text())
    return {each["name"]: each for each in written["processes"]}


def files(server: Server) -> set[Path]:
    return {path for path in (server.disk / "media").rglob("*") if path.is_file()}


def waits_for_the_broker(server: Server, worker: str) -> bool:
    return any(line.startswith(worker) and "Trying again in" in line for line in server.said().splitlines())


@pytest.fixture(scope="module")
def nearly_full(server: Server, images: list[str], key: dict[str, str]) -> dict[str, Any]:
    """Its processes, as they were when little room was left."""
    before = processes(server)
    server.fill(leave=RESERVE)
    return before


@pytest.fixture(scope="module")
def full(server: Server, nearly_full: dict[str, Any]) -> dict[str, Any]:
    """Another program has written until nothing more could be written, and has stopped."""
    server.fill()
    until(lambda: not (server.disk / "reserve").exists(), 5)
    assert "the disk is full: the reserve of 8 MB is given up" in server.said()
    return nearly_full


@pytest.fixture(scope="module")
def not_a_byte_left(server: Server, full: dict[str, Any]) -> dict[str, Any]:
    """The other program has eaten the reserve too."""
    while server.free():
        server.fill()
    return full


def test_below_the_floor_an_upload_is_refused_in_a_sentence_and_leaves_nothing(
    server: Server, alice: Person, project: str, nearly_full: dict[str, Any]
) -> None:
    before = files(server)
    answer = alice.upload(project, 30)
    assert answer.status_code == 507
    error = answer.json()["error"]
    assert error["code"] == "no_room"
    assert error["message"].startswith("The server's disk is nearly full: 8 MB are free; 40 MB must stay free.")
    assert files(server) == before


def test_the_other_api_says_it_in_its_own_shape(
    server: Server, project: str, key: dict[str, str], nearly_full: dict[str, Any]
) -> None:
    address = f"{server.address}/api/v2/ObjectDetection/Model/{project}/UploadFile/"
    sent = {"file": ("31.png", picture(31), "image/png")}
    answer = requests.post(address, files=sent, headers=key, timeout=30)
    assert answer.status_code == 507
    told = answer.json()
    assert told["message"].startswith("The server's disk is nearly full")
    assert told["errors"] == [told["message"]]


def test_the_page_and_the_health_are_told(server: Server, alice: Person, nearly_full: dict[str, Any]) -> None:
    assert alice.get("/api/v1/session").json()["disk_short"] is True
    until(lambda: "uploads and trainings are refused" in server.said(), 5)
    checks = alice.get("/healthz").json()["checks"]
    assert "40 MB are needed" in checks["disk"]["message"]
    assert "(too little since 20" in checks["disk"]["message"]
    assert alice.get("/api/v1/system").json()["health"]["checks"]["disk"]["ok"] is False


def test_on_a_full_disk_people_still_sign_in_read_save_and_delete(
    server: Server, alice: Person, project: str, images: list[str], full: dict[str, Any]
) -> None:
    again = Person(server.address)
    assert again.post("/api/v1/session/sign-in", {"email": EMAIL, "password": PASSWORD}).status_code == 200
    listed = again.get(f"/api/v1/projects/{project}/images").json()["results"]
    assert {image["id"] for image in listed} == set(images)
    label = again.get(f"/api/v1/projects/{project}").json()["labels"][0]["id"]
    region = {"label": label, "quad": [[10, 10], [90, 10], [90, 40], [10, 40]], "text": "AB 12"}
    assert again.post(f"/api/v1/images/{images[1]}/regions", region).status_code == 201
    assert again.post(f"/api/v1/projects/{project}/images/delete", {"ids": images[:1]}).json()["deleted"] == 1
    assert again.post("/api/v1/session/sign-out").ok


def test_with_not_a_byte_left_everything_can_be_read(
    server: Server, alice: Person, project: str, images: list[str], key: dict[str, str], not_a_byte_left: Any
) -> None:
    paths = [
        "/api/v1/session",
        "/api/v1/projects",
        f"/api/v1/projects/{project}/images",
        f"/api/v1/images/{images[2]}",
        f"/media/images/{images[2]}/file",
        f"/media/images/{images[2]}/thumbnail",
        f"/api/v1/projects/{project}/export",
        "/api/v1/system",
    ]
    assert {path: alice.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    by_key = requests.get(f"{server.address}/api/v1/projects", headers=key, timeout=30)
    assert by_key.status_code == 200


def test_with_not_a_byte_left_nothing_is_an_unexpected_error(
    alice: Person, project: str, images: list[str], not_a_byte_left: Any
) -> None:
    statuses = {
        alice.upload(project, 32).status_code,
        alice.post("/api/v1/projects", {"name": "Another", "labels": ["total"]}).status_code,
        alice.post("/api/v1/session/sign-in", {"email": EMAIL, "password": PASSWORD}).status_code,
        alice.post(f"/api/v1/projects/{project}/images/delete", {"ids": images[1:2]}).status_code,
    }
    assert statuses <= {200, 201, 507}
    assert 507 in statuses


def test_no_process_ends_for_it(server: Server, not_a_byte_left: dict[str, Any]) -> None:
    until(lambda: all(waits_for_the_broker(server, worker) for worker in WORKERS))
    was = {name: each["pid"] for name, each in not_a_byte_left.items()}
    assert all(psutil.pid_exists(pid) for pid in was.values())
    assert "starting it again" not in server.said()


def test_when_there_is_room_again_all_is_well_without_a_restart(
    server: Server, alice: Person, project: str, not_a_byte_left: dict[str, Any]
) -> None:
    server.make_room()
    assert until(lambda: (answer := alice.upload(project, 33)).status_code == 201 and answer, 10)
    until(lambda: (server.disk / "reserve").exists(), 5)
    assert alice.get("/api/v1/session").json()["disk_short"] is False
    until(lambda: alice.get("/healthz").json()["status"] == "ok")
    assert {name: each["pid"] for name, each in processes(server).items()} == {
        name: each["pid"] for name, each in not_a_byte_left.items()
    }
    assert (server.disk / "logs" / "supervisor.log").read_text().count("there is room on the disk again") == 1
