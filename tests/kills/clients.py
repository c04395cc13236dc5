"""What people and programs do with a server whose processes are killed, and what it told them it had kept."""

import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import requests
from PIL import Image

from annotations.drawn import draw_scene

PATIENCE = 90.0  # seconds after which a call that is sent again and again has failed
TRY_AGAIN = (429, 503)  # a 500 is a fault, whatever was killed
SIZE = (320, 240)
PAUSE = 0.2  # seconds between two acts of one program
BOX = [[10, 10], [90, 10], [90, 40], [10, 40]]
Seconds = float


def until(what: Callable[[], Any], seconds: Seconds, why: str = "") -> Any:
    """Wait until something holds, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain {why}"
        time.sleep(0.1)
    return found


def picture(seed: int) -> bytes:
    file = io.BytesIO()
    draw_scene(seed, SIZE, easy=True).image.save(file, "PNG")
    return file.getvalue()


def archive(seeds: Sequence[int]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for seed in seeds:
            packed.writestr(f"packed-{seed}.png", picture(seed))
    return file.getvalue()


@dataclass
class Server:
    """The server under test, as a program with a key reaches it; its address changes when it is started anew."""

    address: str
    key: str
    project: str = ""
    label: str = ""

    def ask(self, method: str, path: str, **content: Any) -> requests.Response | None:
        """The answer, or None where nobody answered or it said to try again."""
        try:
            answer = requests.request(method, self.address + path, auth=(self.key, ""), timeout=45, **content)
        except requests.RequestException:
            return None
        return None if answer.status_code in TRY_AGAIN else answer

    def insist(self, method: str, path: str, **content: Any) -> Any:
        """The JSON of the answer, asked for until it comes: what a careful program does."""
        answer = until(lambda: given(self.ask(method, path, **content)), PATIENCE, f"for {method} {path}")[0]
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def of_project(self, path: str) -> str:
        return f"/api/v1/projects/{self.project}/{path}"

    def is_well(self) -> bool:
        answer = self.ask("GET", "/healthz")
        return answer is not None and answer.json()["status"] == "ok"


def given(answer: requests.Response | None) -> tuple[requests.Response] | None:
    """In a tuple, as an answer of 400 counts as false and is one all the same."""
    return None if answer is None else (answer,)


@dataclass
class Told:
    """What the server has acknowledged: each of these must be there for ever after."""

    images: dict[str, str] = field(default_factory=dict)  # id: name
    regions: dict[str, tuple[str, str]] = field(default_factory=dict)  # id: image, text
    predictions: list[str] = field(default_factory=list)

    def of(self, work: str) -> Sized:
        kept: dict[str, Sized] = {"upload": self.images, "annotate": self.regions, "predict": self.predictions}
        return kept[work]


class Clients:
    """Programs that work at the same time, one thread each, until they are told to stop."""

    def __init__(self, server: Server, told: Told, seeds: Iterator[int]) -> None:
        self.server, self.told, self.seeds = server, told, seeds
        self.over = threading.Event()
        self.failures: list[BaseException] = []

    @contextmanager
    def at_work(self, *works: Callable[[], None]) -> Iterator[None]:
        threads = [threading.Thread(target=self._repeat, args=(work,), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join(PATIENCE)
        assert not self.failures, self.failures
        assert not any(thread.is_alive() for thread in threads)

    def _repeat(self, work: Callable[[], None]) -> None:
        try:
            while not self.over.wait(PAUSE):
                work()
        except BaseException as error:
            self.failures.append(error)

    def upload(self) -> None:
        seed = next(self.seeds)
        name = f"sent-{seed}.png"
        taken = self.server.insist(
            "POST", self.server.of_project("images"), files={"file": (name, picture(seed), "image/png")}
        )
        # Sent again where the first answer was lost, it is known already.
        ids = [image["id"] for image in taken["images"]] + [double["image_id"] for double in taken["duplicates"]]
        assert len(ids) == 1, taken
        self.told.images[ids[0]] = name

    def annotate(self) -> None:
        if not self.told.images:
            return
        image, region, text = list(self.told.images)[-1], str(uuid4()), f"T{next(self.seeds)}"
        content = {"id": region, "label": self.server.label, "quad": BOX, "text": text}
        self.server.insist("POST", f"/api/v1/images/{image}/regions", json=content)
        self.told.regions[region] = image, text

    def predict(self) -> None:
        file = {"file": ("asked.png", picture(next(self.seeds)), "image/png")}
        answer = self.server.ask("POST", self.server.of_project("predictions"), files=file, data={"wait": "0"})
        if answer is not None and answer.ok:
            self.told.predictions.append(answer.json()["id"])


def numbers() -> Iterator[int]:
    return count(1000)


def send_archive(server: Server, seeds: Sequence[int]) -> str:
    """The id of the import that takes it in."""
    file = {"file": ("packed.zip", archive(seeds), "application/zip")}
    taken = server.insist("POST", server.of_project("images"), files=file)
    return str(taken["import"]["id"])


def progress(server: Server, import_id: str) -> dict[str, Any]:
    found: dict[str, Any] = server.insist("GET", f"/api/v1/imports/{import_id}")
    return found


def all_names(server: Server) -> list[str]:
    """Of every image of the project."""
    names, address = [], server.of_project("images?limit=200")
    while address:
        page = server.insist("GET", address)
        names += [image["name"] for image in page["results"]]
        following = page["next"]
        address = following[following.index("/api/") :] if following else ""
    return names


def check_kept(server: Server, told: Told) -> None:
    """Every image that was acknowledged can be opened, every region holds its text, every prediction is answered."""
    for image_id in told.images:
        whole = server.insist("GET", f"/api/v1/images/{image_id}")
        there = {region["id"]: region["text"] for region in whole["regions"]}
        wanted = {region: text for region, (image, text) in told.regions.items() if image == image_id}
        assert there | wanted == there
        answer = server.ask("GET", f"/media/images/{image_id}/file")
        assert answer is not None
        assert answer.ok
        Image.open(io.BytesIO(answer.content)).load()
    for prediction in told.predictions:
        answered = lambda one=prediction: server.insist("GET", f"/api/v1/predictions/{one}")["state"] != "waiting"  # noqa: E731
        until(answered, PATIENCE, "for a prediction")
        assert server.insist("GET", f"/api/v1/predictions/{prediction}")["state"] == "done"
