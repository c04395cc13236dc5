"""From field to field and image to image on the annotation page: nothing is lost, misnamed or typed over on the way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Stack
from tests.journeys.hands import PLATE, Desk, Server, signed_in, upload

FIELDS = ("company", "date", "total")
LEFT, TOP, RIGHT, BOTTOM = PLATE


@dataclass(frozen=True)
class Receipts:
    """A project of three labels and two images, opened by its way in."""

    server: Server
    desk: Desk
    project: str
    images: tuple[str, str]  # in the order of the walk

    @property
    def page(self) -> Page:
        return self.desk.page

    def draw(self, row: int, text: str) -> None:
        """A field of its own: a row of the picture."""
        self.desk.drag((100, 60 + 120 * row), (500, 130 + 120 * row))
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def expect_at(self, image: int) -> None:
        expect(self.page).to_have_url(re.compile(rf"/annotate/{self.images[image]}\?order=oldest&state=todo$"))
        expect(self.page.locator("[data-stage] canvas").first).to_be_visible()

    def fields(self, image: int) -> dict[str, str]:
        labels = self.labels()
        return {labels[region["label"]]: region["text"] for region in self.server.regions(self.images[image])}

    def labels(self) -> dict[str, str]:
        found = self.server.ask("GET", f"/api/v1/projects/{self.project}")["labels"]
        return {label["id"]: label["name"] for label in found}


@pytest.fixture
def receipts(person: str, browser: Browser, browser_context_args: dict[str, Any], stack: Stack) -> Iterator[Receipts]:
    context = browser.new_context(**browser_context_args)
    server = signed_in(context, stack.address, person)
    project = server.ask("POST", "/api/v1/projects", data={"name": "Receipts", "labels": FIELDS})["id"]
    first, second = (upload(server, project, name) for name in ("One", "Two"))
    desk = Desk(context.new_page())
    desk.open(f"{stack.address}/projects/{project}/annotate")
    yield Receipts(server, desk, project, (first, second))
    context.close()


def test_enter_loses_no_field_of_a_receipt_and_the_end_tells_what_is_left(receipts: Receipts) -> None:
    page = receipts.page
    for row, text in enumerate(("Acme", "12 JUN", "9.50")):
        receipts.expect_at(0)
        receipts.draw(row, text)
    receipts.expect_at(1)
    receipts.draw(0, "Bolt")
    expect(page.get_by_test_id("told")).to_contain_text("Still missing: date, total.")
    receipts.draw(1, "13 JUN")
    page.keyboard.press("x")
    expect(page.get_by_text("not on this image", exact=True)).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Enter")
    end = page.get_by_role("alert").filter(has_text="All 2 images are annotated.")
    expect(end).to_have_count(1)
    expect(end.get_by_role("button", name="Train")).to_be_visible()
    toast, footer = end.bounding_box(), page.locator("footer").bounding_box()
    assert toast is not None
    assert footer is not None
    assert toast["y"] + toast["height"] <= footer["y"]
    receipts.desk.expect_saved()
    assert receipts.fields(0) == {"company": "Acme", "date": "12 JUN", "total": "9.50"}
    assert receipts.fields(1) == {"company": "Bolt", "date": "13 JUN"}
    absent = receipts.server.ask("GET", f"/api/v1/images/{receipts.images[1]}")["absent"]
    assert [receipts.labels()[label] for label in absent] == ["total"]


def test_the_way_back_leads_to_the_image_i_came_from_though_it_left_the_list(receipts: Receipts) -> None:
    page = receipts.page
    receipts.draw(0, "Acme")
    receipts.desk.expect_saved()
    page.keyboard.press("n")
    receipts.expect_at(1)
    page.reload()
    receipts.expect_at(1)
    page.keyboard.press("p")
    receipts.expect_at(0)
    expect(receipts.desk.text()).to_have_value("Acme")
    page.keyboard.press("p")
    expect(page.get_by_text("This is the first image.")).to_have_count(1)


def test_marking_twice_at_once_is_no_change_elsewhere(receipts: Receipts) -> None:
    page = receipts.page
    receipts.draw(0, "Acme")
    for _ in range(5):
        page.keyboard.press("r")
    receipts.desk.expect_saved()
    expect(page.get_by_role("button", name="Reviewed", exact=True)).to_be_visible()
    assert receipts.server.ask("GET", f"/api/v1/images/{receipts.images[0]}")["state"] == "reviewed"
    expect(page.get_by_text("changed elsewhere")).to_have_count(0)


def test_a_key_after_clicks_on_a_box_turns_it_and_leaves_its_text(receipts: Receipts) -> None:
    page = receipts.page
    receipts.draw(0, "Acme")
    receipts.desk.expect_saved()
    before = receipts.server.regions(receipts.images[0])[0]
    for _ in range(2):
        page.mouse.click(*receipts.desk.at(300, 95))
    expect(page.get_by_test_id("selected-region")).to_have_text("Region 1 of 1, company: Acme")
    page.keyboard.press("]")
    receipts.desk.expect_saved()
    after = receipts.server.regions(receipts.images[0])[0]
    assert after["text"] == "Acme"
    assert after["quad"] != before["quad"]
    page.mouse.dblclick(*receipts.desk.at(300, 95))
    page.keyboard.type("]")
    expect(receipts.desk.text()).to_have_value("Acme]")


def test_the_sheet_of_keys_is_closed_by_the_key_that_opened_it(receipts: Receipts) -> None:
    page = receipts.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Annotate One.png")
    for count in (1, 0):
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Shortcuts")).to_have_count(count)
