"""Outside the API and the pages' own addresses there is nothing, and probes of other servers are told so."""

from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from server.frontend import ADDRESSES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OF_OTHERS = [
    "/metrics",
    "/health",
    "/v2/health/ready",
    "/v2/models",
    "/predict",
    "/openapi.json",
    "/.env",
    "/wp-login.php",
    "/projects/1/nothing",
    "/sign-in/more",
    "/projects//images",
]


@pytest.fixture(autouse=True)
def _built(settings: Settings, tmp_path: Path) -> None:
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "index.html").write_text("<title>Built</title>")


@pytest.mark.parametrize("address", OF_OTHERS)
def test_an_address_of_another_kind_of_server_is_not_there(address: str, anyone: APIClient) -> None:
    for answer in (anyone.get(address), anyone.get(address, headers={"Accept": "application/json"})):
        assert answer.status_code == 404
        assert answer.json()["error"]["message"] == "There is nothing here under this address."
    assert anyone.post(address, {}).status_code == 404


@pytest.mark.parametrize("address", ["/metrics", "/projects/1/nothing", "/.env"])
def test_a_person_in_a_browser_gets_a_sentence_and_a_way_back(address: str, anyone: APIClient) -> None:
    answer = anyone.get(address, headers={"Accept": BROWSER})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There is nothing here under this address." in answer.content.decode()
    assert '<a href="/">' in answer.content.decode()


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_address_of_the_pages_leads_to_the_page(address: str, anyone: APIClient) -> None:
    """That they are those of the frontend's router is shown by frontend/src/routes.test.ts."""
    with_all = address.replace(":", "an-").replace("?", "")
    without = address.rpartition("/:")[0] if address.endswith("?") else with_all
    for path in (with_all, without, f"{with_all}?after=1", f"{with_all.rstrip('/')}/"):
        answer = anyone.get(path)
        assert (answer.status_code, answer.content) == (200, b"<title>Built</title>"), path
