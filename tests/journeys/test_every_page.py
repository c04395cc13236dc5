"""Every page as people see it who cannot see it well: axe-core looks at each, light and dark, with its dialogs open."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from runner import layout
from tests.journeys.conftest import Stack

EMAIL, PASSWORD = "ada@example.org", "a long pass phrase for tests"
AXE = layout.FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
LOOK = "() => axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations)"


@dataclass(frozen=True)
class Place:
    """A page, and what is pressed on it before it is looked at."""

    path: str
    shown: str
    press: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ada:
    page: Page
    ids: dict[str, str]

    def at(self, path: str) -> str:
        return path.format(**self.ids)


@pytest.fixture(scope="module")
def ids(stack: Stack) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env |= {"GLYPHSMITH_DATA": str(stack.data), "PYTHONPATH": f"{layout.ROOT / 'platform'}{os.pathsep}{layout.ROOT}"}
    command = [sys.executable, "-m", "tests.journeys.seeds", EMAIL, PASSWORD]
    done = subprocess.run(command, env=env, cwd=layout.ROOT, check=True, stdout=subprocess.PIPE)
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module", params=SCHEMES)
def ada(
    request: pytest.FixtureRequest, stack: Stack, ids: dict[str, str], browser: Browser,
    browser_context_args: dict[str, Any],
) -> Iterator[Ada]:  # fmt: skip
    """A signed-in person whose system wants pages light or dark."""
    # axe is put in beside the page's own scripts, as the page's policy would keep it out.
    context = browser.new_context(
        **browser_context_args, color_scheme=request.param, reduced_motion="reduce", bypass_csp=True
    )
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"{stack.address}/sign-in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    yield Ada(page, ids)
    context.close()


def findings(page: Page) -> list[str]:
    """What axe finds, a line each; none of them is small enough to be left."""
    found = page.evaluate(LOOK)
    return [f"{one['impact']}: {one['help']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


PROJECT = "/projects/{project}"
PLACES = {
    "projects": Place("/", "Receipts of the canteen"),
    "new project": Place("/", "Receipts of the canteen", (("button", "New project"),)),
    "account menu": Place("/", "Receipts of the canteen", (("button", "Your account"),)),
    "images": Place(f"{PROJECT}/images", "three.pdf, page 1 of 3"),
    "images, upload menu": Place(f"{PROJECT}/images", "receipt.png", (("button", "Upload"),)),
    "images, annotations menu": Place(f"{PROJECT}/images", "receipt.png", (("button", "Annotations"),)),
    "images, import": Place(
        f"{PROJECT}/images", "receipt.png", (("button", "Annotations"), ("menuitem", "Import a table…"))
    ),
    "no images": Place("/projects/{empty}/images", "Drop your images here"),
    "annotate": Place(f"{PROJECT}/annotate/{{image}}", "receipt.png"),
    "annotate, shortcuts": Place(f"{PROJECT}/annotate/{{image}}", "receipt.png", (("button", "Shortcuts"),)),
    "train": Place(f"{PROJECT}/train", "Your data"),
    "train, all choices": Place(f"{PROJECT}/train", "Your data", (("summary", "Other networks"),)),
    "runs": Place(f"{PROJECT}/runs", "Run 2"),
    "run": Place(f"{PROJECT}/runs/{{run_1}}", "Worst misses"),
    "comparison": Place(f"{PROJECT}/runs/comparisons/{{comparison}}", "Where they differ"),
    "try": Place(f"{PROJECT}/try", "Drop an image here"),
    "use": Place(f"{PROJECT}/use", "Call it from a program"),
    "settings": Place(f"{PROJECT}/settings", "Delete the project"),
    "keys": Place("/keys", "A new key for"),
    "account": Place("/account", "Your account"),
    "system": Place("/system", "Health"),
    "system, outbox": Place("/system", "Health", (("tab", "Outbox"),)),
    "system, people": Place("/system", "Health", (("tab", "People"),)),
    "not there": Place("/nowhere", "There is nothing here"),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_nothing_on_the_page_keeps_somebody_out(ada: Ada, place: Place) -> None:
    page = ada.page
    page.goto(ada.at(place.path))
    expect(page.get_by_text(place.shown).first).to_be_visible()
    for role, name in place.press:
        press(page, role, name)
    found = findings(page)
    assert not found, "\n".join(found)


def press(page: Page, role: str, name: str) -> None:
    target = page.locator("summary", has_text=name) if role == "summary" else page.get_by_role(role, name=name)  # type: ignore[arg-type]
    target.first.click()


STRANGERS = {"sign in": "/sign-in", "sign up": "/sign-up", "reset": "/reset", "new password": "/reset/x/y"}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", STRANGERS.values(), ids=STRANGERS.keys())
def test_nothing_before_the_sign_in_keeps_somebody_out(
    path: str, scheme: Literal["light", "dark"], ids: dict[str, str], stack: Stack, browser: Browser,
    browser_context_args: dict[str, Any],
) -> None:  # fmt: skip
    context = browser.new_context(**browser_context_args, color_scheme=scheme, bypass_csp=True)
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"{stack.address}{path}")
    expect(page.get_by_role("heading").first).to_be_visible()
    found = findings(page)
    context.close()
    assert not found, "\n".join(found)


def test_what_is_chosen_holds_after_a_reload(ada: Ada) -> None:
    page = ada.page
    page.goto("/account")
    for word, scheme in (("Dark", "dark"), ("Light", "light")):
        page.get_by_text(word, exact=True).click()
        page.reload(wait_until="commit")
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
    page.get_by_text("As the system", exact=True).click()


def test_a_miss_opens_its_image_at_its_region(ada: Ada) -> None:
    page = ada.page
    page.goto(ada.at("/projects/{project}/runs/{run_1}"))
    page.get_by_role("link", name="Open the image of “12.40”").click()
    expect(page).to_have_url(re.compile(ada.at("/annotate/{image}") + r"\?region=" + ada.ids["region"]))


def test_a_project_is_not_made_without_a_label(ada: Ada) -> None:
    page = ada.page
    page.goto("/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("Meters")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Name one field at least")).to_be_visible()
    expect(page.get_by_role("combobox", name="Labels")).to_be_focused()


def test_the_name_below_a_picture_opens_it(ada: Ada) -> None:
    page = ada.page
    page.goto(ada.at("/projects/{project}/images"))
    page.get_by_title("three.pdf, page 2 of 3").click()
    expect(page.locator("footer")).to_contain_text("three.pdf, page 2 of 3")
