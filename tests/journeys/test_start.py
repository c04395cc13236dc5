"""What script/server promises when it prints the address."""

import json
import stat
import urllib.request

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Stack


def test_everything_is_well_when_the_address_is_printed(stack: Stack) -> None:
    with urllib.request.urlopen(f"{stack.address}/healthz", timeout=10) as answer:  # noqa: S310
        report = json.load(answer)
    assert report["status"] == "ok", report
    assert {"worker_default", "worker_predict", "worker_training"} <= set(report["checks"])


def test_the_page_opens_in_a_browser(page: Page, stack: Stack) -> None:
    page.goto("/")
    expect(page).to_have_title("Glyphsmith")
    expect(page.get_by_role("heading").first).to_be_visible()


def test_the_data_folder_says_which_processes_run(stack: Stack) -> None:
    status = json.loads((stack.data / "run" / "processes.json").read_text())
    running = {process["name"] for process in status["processes"] if process["state"] == "running"}
    assert running == {"broker", "worker-default", "worker-predict", "worker-training", "web"}
    assert status["address"] == stack.address


def test_what_is_kept_is_its_owners_alone(stack: Stack) -> None:
    """The database holds hashed passwords, and the outbox links that set new ones."""
    kept = [stack.data, stack.data / "glyphsmith.sqlite3", stack.data / "logs", stack.data / "outbox"]
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode) & 0o077) for path in kept} == {
        path.name: "0o0" for path in kept
    }
