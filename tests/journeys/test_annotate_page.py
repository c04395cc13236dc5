"""Drawing, typing and saving on the annotation page, in a real browser against the real stack."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.journeys.conftest import Stack
from tests.journeys.hands import PASSWORD, PLATE, Desk, Server, signed_in, upload


@dataclass(frozen=True)
class Work:
    """A fresh project with one label and two images, the first of them open."""

    server: Server
    desk: Desk
    address: str
    image: str
    next_image: str

    def regions(self) -> list[dict[str, Any]]:
        return self.server.regions(self.image)


@pytest.fixture
def work(person: str, browser: Browser, browser_context_args: dict[str, Any], stack: Stack) -> Iterator[Work]:
    context = browser.new_context(**browser_context_args)
    server = signed_in(context, stack.address, person)
    project = server.ask("POST", "/api/v1/projects", data={"name": "Plates", "labels": ["number_plate", "date"]})["id"]
    images = [upload(server, project, name) for name in ("KL 55 R 2473", "MH 12 DE 1433")]
    address = f"{stack.address}/projects/{project}/annotate/{images[1]}"
    desk = Desk(context.new_page())
    desk.open(address)
    yield Work(server, desk, address, image=images[1], next_image=images[0])
    context.close()


def test_a_box_is_drawn_typed_and_saved_and_enter_goes_to_the_next_image(work: Work) -> None:
    work.desk.draw_plate()
    work.desk.page.keyboard.type("KL 55 R 2473")
    work.desk.page.keyboard.press("Enter")
    work.desk.page.keyboard.press("x")  # no date on it
    work.desk.page.keyboard.press("Enter")
    expect(work.desk.page).to_have_url(work.address.replace(work.image, work.next_image))
    work.desk.expect_saved()
    (region,) = work.regions()
    assert region["text"] == "KL 55 R 2473"
    corners = [value for corner in region["quad"] for value in corner]
    left, top, right, bottom = PLATE
    assert corners == pytest.approx([left, top, right, top, right, bottom, left, bottom], abs=2)


def test_a_reload_shows_what_was_saved(work: Work) -> None:
    complaints: list[str] = []  # the content security policy's among them
    work.desk.page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    work.desk.page.on("pageerror", lambda error: complaints.append(str(error)))
    work.desk.draw_plate()
    work.desk.page.keyboard.type("KL 55")
    work.desk.expect_saved()
    work.desk.page.reload()
    expect(work.desk.text()).to_have_value("KL 55")
    assert complaints == []


def test_moving_resizing_and_deleting_can_be_undone(work: Work) -> None:
    desk = work.desk
    desk.draw_plate()
    desk.page.keyboard.type("KL 55")
    desk.page.keyboard.press("Tab")  # the last region: the key leaves the stage
    desk.expect_saved()
    drawn = work.regions()[0]["quad"]
    desk.drag((580, 550), (480, 350))
    desk.expect_saved()
    moved = work.regions()[0]["quad"]
    assert moved[0] == pytest.approx([drawn[0][0] - 100, drawn[0][1] - 200], abs=2)
    desk.drag((moved[2][0], moved[2][1]), (moved[2][0] + 60, moved[2][1] + 40))
    desk.expect_saved()
    assert work.regions()[0]["quad"][2] == pytest.approx([moved[2][0] + 60, moved[2][1] + 40], abs=2)
    desk.page.keyboard.press("Delete")
    desk.expect_saved()
    assert work.regions() == []
    for _ in range(3):
        desk.page.keyboard.press("Control+z")
    desk.expect_saved()
    (region,) = work.regions()
    assert (region["quad"], region["text"]) == (drawn, "KL 55")
    desk.page.keyboard.press("Control+Shift+z")
    desk.expect_saved()
    assert work.regions()[0]["quad"] == moved


def test_everything_goes_by_keyboard(work: Work) -> None:
    keys = work.desk.page.keyboard
    keys.press("b")
    keys.press("Shift+ArrowDown")
    keys.press("Alt+ArrowRight")
    keys.press("2")
    keys.press("Enter")
    expect(work.desk.text()).to_be_focused()
    keys.type("12 JUN 2026")
    keys.press("Escape")  # of a box drawn before: the text is as it was
    expect(work.desk.text()).to_have_value("")
    keys.press("Enter")
    keys.type("12 JUN")
    keys.press("Control+Enter")
    expect(work.desk.page).to_have_url(work.address.replace(work.image, work.next_image))
    work.desk.expect_saved()
    image = work.server.ask("GET", f"/api/v1/images/{work.image}")
    project = work.server.ask("GET", f"/api/v1/projects/{work.address.split('/')[4]}")
    assert image["state"] == "reviewed"
    assert image["regions"][0]["text"] == "12 JUN"
    assert image["regions"][0]["label"] == project["labels"][1]["id"]
    keys.press("?")
    expect(work.desk.page.get_by_role("dialog", name="Shortcuts")).to_be_visible()


@pytest.mark.parametrize(("answer", "kept"), [("Keep mine", "FIRST"), ("Take theirs", "SECOND")])
def test_a_second_tab_does_not_overwrite_the_first_silently(work: Work, answer: str, kept: str) -> None:
    first = work.desk
    first.draw_plate()
    first.page.keyboard.type("KL 55")
    first.expect_saved()
    second = Desk(work.server.context.new_page())
    second.open(work.address)
    second.text().fill("SECOND")
    second.expect_saved()
    first.text().fill("FIRST")
    expect(first.page.get_by_text("Changed in another tab or by someone else.")).to_be_visible()
    assert work.regions()[0]["text"] == "SECOND"
    first.page.get_by_role("button", name=answer).click()
    first.expect_saved()
    expect(first.text()).to_have_value(kept)
    assert work.regions()[0]["text"] == kept


def test_without_a_connection_nothing_is_lost_even_over_a_reload(work: Work) -> None:
    desk = work.desk
    desk.draw_plate()
    desk.page.keyboard.type("KL")
    desk.expect_saved()

    def unplugged(route: Route) -> None:
        route.abort()

    desk.page.route("**/api/v1/regions/**", unplugged)
    desk.text().fill("KL 55 R 2473")
    desk.expect_saving("Not saved yet: no connection, retrying")
    desk.page.on("dialog", lambda dialog: dialog.accept())  # the browser asks before it leaves unsaved work
    desk.page.reload()
    expect(desk.text()).to_have_value("KL 55 R 2473")
    assert work.regions()[0]["text"] == "KL"
    desk.page.unroute("**/api/v1/regions/**", unplugged)
    desk.expect_saved()
    assert work.regions()[0]["text"] == "KL 55 R 2473"


def test_an_expired_sign_in_loses_nothing(work: Work) -> None:
    desk = work.desk
    desk.draw_plate()
    desk.expect_saved()
    work.server.context.clear_cookies(name="sessionid")
    desk.page.keyboard.type("KL 55")
    desk.expect_saving("Not saved yet: signed out")
    desk.page.get_by_role("textbox", name="Password").fill(PASSWORD)
    desk.page.get_by_role("button", name="Sign in again").click()
    desk.expect_saved()
    assert work.regions()[0]["text"] == "KL 55"


def test_a_project_without_labels_gets_its_first_one_here(work: Work, stack: Stack) -> None:
    project = work.server.ask("POST", "/api/v1/projects", data={"name": "Bare"})["id"]
    image = upload(work.server, project, "TN 07")
    work.desk.open(f"{stack.address}/projects/{project}/annotate")
    expect(work.desk.page.get_by_text("Drag a box around a text, then type it")).to_be_visible()
    work.desk.draw_plate()
    work.desk.page.keyboard.type("TN 07")
    work.desk.expect_saving("Not saved yet: name the label")
    work.desk.page.get_by_label("What do the boxes hold?").fill("number_plate")
    work.desk.page.get_by_role("button", name="Create the label").click()
    work.desk.expect_saved()
    assert [region["text"] for region in work.server.regions(image)] == ["TN 07"]
