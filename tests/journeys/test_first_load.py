"""What a browser that has never been here fetches before it shows somebody's projects."""

import os
import subprocess
import sys
from typing import Any

from playwright.sync_api import Page, expect

from runner import layout
from tests.journeys.conftest import Stack

EMAIL, PASSWORD = "visitor@example.org", "a long pass phrase for tests"
MOST_BYTES = 400_000


def test_the_first_load_of_the_projects_page_stays_small(stack: Stack, page: Page) -> None:
    sign_in(stack, page)
    browser = page.context.new_cdp_session(page)
    browser.send("Network.enable")
    browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}
    browser.on("Network.responseReceived", lambda told: names.update({told["requestId"]: told["response"]["url"]}))
    browser.on(
        "Network.loadingFinished", lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])})
    )
    page.goto("/")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.wait_for_load_state("networkidle")
    fetched = {names[request]: size for request, size in sizes.items() if request in names}
    assert any("/static/assets/index" in name for name in fetched)
    largest = sorted(fetched.items(), key=lambda pair: -pair[1])[:5]
    assert sum(fetched.values()) < MOST_BYTES, (sum(fetched.values()), largest)


def sign_in(stack: Stack, page: Page) -> None:
    environment = {**os.environ, "GLYPHSMITH_DATA": str(stack.data), "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    environment.pop("DJANGO_SETTINGS_MODULE", None)  # of this process's tests
    command = [sys.executable, str(layout.ROOT / "manage.py"), "createsuperuser", "--noinput", "--email", EMAIL]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    page.context.request.get(f"{stack.address}/api/v1/session")
    given: dict[str, Any] = {"email": EMAIL, "password": PASSWORD}
    headers = {"X-CSRFToken": token(page), "Referer": stack.address}
    answer = page.context.request.post(f"{stack.address}/api/v1/session/sign-in", data=given, headers=headers)
    assert answer.ok, answer.text()


def token(page: Page) -> str:
    return next(str(cookie["value"]) for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
