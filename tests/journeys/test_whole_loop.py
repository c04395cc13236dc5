"""A newcomer's afternoon: account, project, upload, draw and type, train, mail, predict, in a browser and by REST."""

import email
import email.policy
import io
import re
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import requests
from playwright.sync_api import FilePayload, Page, expect

from annotations.drawn import Scene, draw_scene
from tests.journeys import every_door
from tests.journeys.conftest import Stack, started

SIZE = (320, 240)
MARGIN = 24  # between the picture and the edges of the stage when the whole of it is shown
PERSON = "newcomer@example.org"
SCENES = {f"car-{number:02}.png": draw_scene(number, SIZE, easy=True) for number in range(12)}
UNSEEN = draw_scene(99, SIZE, easy=True)
TRAINING_MINUTES = 12  # much more than it takes: a busy machine is no reason to fail


@pytest.fixture(scope="module")
def fresh() -> Iterator[Stack]:
    with started(FETCH_PRIVATE="yes") as running:
        yield running


def as_file(name: str, scene: Scene) -> FilePayload:
    file = io.BytesIO()
    scene.image.save(file, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def test_from_an_empty_installation_to_an_endpoint_of_ones_own(fresh: Stack, page: Page) -> None:
    make_the_first_account(page, fresh.address)
    make_a_project(page, "Plates of my street")
    upload(page)
    annotate(page)
    train(page)
    letter = the_mail(fresh)
    assert letter["To"] == PERSON
    assert "Plates of my street" in letter["Subject"]
    try_it(page)
    project, key = call_the_endpoint(page, fresh)
    read_the_same_at_every_door(page, fresh, project, key)


def make_the_first_account(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Your name").fill("New Comer")
    page.get_by_label("Email").fill(PERSON)
    page.get_by_label("Password").first.fill("correct horse battery staple")
    page.get_by_role("button", name="Make the first account").click()


def make_a_project(page: Page, name: str) -> None:
    page.get_by_role("button", name="New project").first.click()
    page.get_by_label("Name").fill(name)
    labels = page.get_by_role("combobox", name="Labels")
    labels.fill("number_plate")
    labels.press("Enter")
    page.get_by_role("button", name="Make the project").click()
    expect(page).to_have_url(re.compile("/projects/[0-9a-f-]+/images"))


def upload(page: Page) -> None:
    page.locator("input[type=file]").first.set_input_files([as_file(name, scene) for name, scene in SCENES.items()])
    expect(page.get_by_label("car-11.png, to do")).to_be_visible(timeout=30_000)
    expect(page.get_by_label(re.compile(r"^car-\d\d\.png, to do"))).to_have_count(len(SCENES))


def annotate(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Annotate")).click()
    for number in range(len(SCENES)):
        expect(page.locator("[data-stage] canvas").first).to_be_visible()
        name = page.locator("footer").get_by_text(re.compile(r"^car-\d\d\.png$")).inner_text()
        draw_and_type(page, SCENES[name])
        if number + 1 < len(SCENES):
            expect(page.locator("footer").get_by_text(name, exact=True)).to_be_hidden()
    expect(page.get_by_test_id("save-state")).to_have_text("All changes saved", timeout=15_000)


def draw_and_type(page: Page, scene: Scene) -> None:
    ((quad, text),) = scene.regions
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    page.mouse.move(*on_screen(page, min(xs), min(ys)))
    page.mouse.down()
    page.mouse.move(*on_screen(page, max(xs), max(ys)), steps=4)
    page.mouse.up()
    expect(page.get_by_label("Text of region 1", exact=True)).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    width, height = SIZE
    scale = min((stage["width"] - 2 * MARGIN) / width, (stage["height"] - 2 * MARGIN) / height)
    left, top = stage["x"] + (stage["width"] - width * scale) / 2, stage["y"] + (stage["height"] - height * scale) / 2
    return left + x * scale, top + y * scale


def train(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Train")).first.click()
    # The annotation page offers a button of this name as well, once all is annotated.
    page.get_by_role("region", name=re.compile("^Train ")).get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="Run 1")).to_be_visible()
    result = page.get_by_text(re.compile(r"reads \d+ of \d+ held-out fields exactly", re.IGNORECASE)).first
    expect(result.or_(page.get_by_text("This run failed"))).to_be_visible(timeout=TRAINING_MINUTES * 60_000)
    expect(result).to_be_visible()


def the_mail(stack: Stack) -> EmailMessage:
    for _ in range(60):
        for path in stack.mails():
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = letter.get_body(("plain",))
            if body is not None and "held-out" in body.get_content():
                return letter
        time.sleep(0.5)
    raise AssertionError(f"No mail tells of the run: {stack.mails()}")


def try_it(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Use")).first.click()
    page.locator("input[type=file]").first.set_input_files([as_file("unseen.png", UNSEEN)])
    expect(page.get_by_text(UNSEEN.regions[0].text).first).to_be_visible(timeout=60_000)


def call_the_endpoint(page: Page, stack: Stack) -> tuple[str, str]:
    """With a key made in the browser, as a client of Nanonets' API sends it. The project's id, and the key."""
    project = re.search("/projects/([0-9a-f-]+)", page.url)
    assert project is not None
    page.goto(f"{stack.address}/keys")
    page.get_by_label("A new key for").fill("The gate camera")
    page.keyboard.press("Enter")
    key = page.get_by_text(re.compile("^gs_[A-Za-z0-9_-]{20,}$")).first.inner_text()
    file = as_file("unseen.png", UNSEEN)
    answer = requests.post(
        f"{stack.address}/api/v2/ObjectDetection/Model/{project[1]}/LabelFile/",
        auth=(key, ""),
        files={"file": (file["name"], file["buffer"])},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["result"][0]["prediction"]
    assert (found["label"], found["ocr_text"]) == ("number_plate", UNSEEN.regions[0].text)
    return project[1], key


def read_the_same_at_every_door(page: Page, stack: Stack, project: str, key: str) -> None:
    """The same bytes give the same texts, whichever way they come."""
    files = every_door.draw_files(stack.data.parent / "pictures", SIZE)
    (bundle,) = (stack.data / "runs").glob("*/bundle")
    from_a_shell = every_door.from_a_shell(bundle, files)
    assert sum(map(len, from_a_shell.values())) >= len(files) - 1, "too little was found for a comparison"
    assert every_door.by_the_native_api(stack.address, key, project, files) == from_a_shell
    assert every_door.by_the_compatible_api(stack.address, key, project, files) == from_a_shell
    assert every_door.by_a_web_address(stack.address, key, project, files) == from_a_shell
    assert every_door.on_the_page(page, f"{stack.address}/projects/{project}", files) == from_a_shell
