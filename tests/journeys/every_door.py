"""One model asked for the same files from a shell, by both APIs, by a web address and on the page."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from PIL import Image
from playwright.sync_api import Page

from annotations.drawn import draw_scene
from runner import layout

TURNED_BY_A_QUARTER = 6  # EXIF: the stored rows are the upright picture's columns
ORIENTATION = 0x0112

# What a door answers: label, text, box in whole pixels, and confidence, which tells a lossy step that no text tells.
Field = tuple[str, str, tuple[int, int, int, int], float]
Answers = dict[str, list[Field]]


def draw_files(folder: Path, size: tuple[int, int]) -> list[Path]:
    """Pictures as people have them: turned by a note, lossy, grey, with grain."""
    folder.mkdir()
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_BY_A_QUARTER
    files = {
        "turned.jpg": partial(_saved, form="JPEG", quality=60, exif=exif),
        "grain.png": partial(_saved, form="PNG"),
        "phone.webp": partial(_saved, form="WEBP", quality=50),
        "scan.tif": partial(_saved, form="TIFF", compression="tiff_lzw"),
    }
    for seed, (name, save) in enumerate(files.items(), 200):
        picture = _grained(draw_scene(seed, size, easy=True).image)
        if name.startswith("turned"):
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        if name.startswith("scan"):
            picture = picture.convert("L")
        (folder / name).write_bytes(save(picture))
    return sorted(folder.iterdir())


def _grained(picture: Image.Image) -> Image.Image:
    grain = Image.effect_noise(picture.size, 40).convert("RGB")
    return Image.blend(picture.convert("RGB"), grain, 0.15)


def _saved(picture: Image.Image, *, form: str, **how: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def from_a_shell(bundle: Path, files: list[Path]) -> Answers:
    told = subprocess.run(
        [sys.executable, "-m", "training.engine", "predict", bundle, *files, "--json"],
        cwd=layout.ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return {Path(one["image"]).name: _fields(one["regions"]) for one in json.loads(told.stdout)}


def by_the_native_api(address: str, key: str, project: str, files: list[Path]) -> Answers:
    url = f"{address}/api/v1/projects/{project}/predictions"
    headers = {"Authorization": f"Bearer {key}"}
    answers: Answers = {}
    for path in files:
        told = requests.post(url, headers=headers, files={"file": (path.name, path.read_bytes())}, timeout=60)
        assert told.status_code == 200, told.text
        answers[path.name] = _fields(told.json()["pages"][0]["regions"])
    return answers


def by_the_compatible_api(address: str, key: str, project: str, files: list[Path]) -> Answers:
    url = f"{address}/api/v2/OCR/Model/{project}/LabelFile/"
    sent = [("file", (path.name, path.read_bytes())) for path in files]
    told = requests.post(url, auth=(key, ""), files=sent, timeout=60)
    assert told.status_code == 200, told.text
    return {one["input"]: _boxes(one["prediction"]) for one in told.json()["result"]}


def by_a_web_address(address: str, key: str, project: str, files: list[Path]) -> Answers:
    url = f"{address}/api/v2/OCR/Model/{project}/LabelUrls/"
    with _served(files[0].parent) as site:
        told = requests.post(url, auth=(key, ""), data={"urls": [f"{site}/{path.name}" for path in files]}, timeout=60)
    assert told.status_code == 200, told.text
    return {Path(one["input"]).name: _boxes(one["prediction"]) for one in told.json()["result"]}


def on_the_page(page: Page, project_address: str, files: list[Path]) -> Answers:
    """The answers that the page got, once it shows each of their texts."""
    answers: Answers = {}
    for path in files:
        page.goto(f"{project_address}/try")
        with page.expect_response(lambda answer: "/predictions" in answer.url and "regions" in answer.text()) as got:
            page.get_by_test_id("choose-try").set_input_files(path)
        regions = got.value.json()["pages"][0]["regions"]
        for region in regions:
            page.get_by_role("main").get_by_text(region["text"] or "no text", exact=True).first.wait_for()
        answers[path.name] = _fields(regions)
    return answers


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def _fields(regions: list[Mapping[str, Any]]) -> list[Field]:
    found = []
    for region in regions:
        xs, ys = zip(*region["quad"], strict=True)
        box = (round(min(xs)), round(min(ys)), round(max(xs)), round(max(ys)))
        found.append((region["label"], region["text"], box, round(region["confidence"], 3)))
    return found


def _boxes(prediction: list[Mapping[str, Any]]) -> list[Field]:
    return [
        (
            one["label"],
            one["ocr_text"],
            (one["xmin"], one["ymin"], one["xmax"], one["ymax"]),
            round(one["score"], 3),
        )
        for one in prediction
    ]
