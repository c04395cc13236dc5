"""GET of the networks, and of what training one of them would take."""

from dataclasses import replace
from typing import Any, Literal

import pytest
from rest_framework.test import APIClient

from annotations.models import Project, Region
from tests.training.conftest import MakeVersion
from training import networks
from training.engine.zoo import NETWORKS
from training.models import Run

pytestmark = pytest.mark.usefixtures("valkey")


def estimate(client: APIClient, project_id: Any, **asked: str) -> dict[str, Any]:
    response = client.get(f"/api/v1/projects/{project_id}/train-estimate", asked)
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


def test_the_networks_name_their_default(bob_client: APIClient) -> None:
    told = bob_client.get("/api/v1/networks").json()
    assert [network["key"] for network in told if network["default"]] == ["ppocr"]
    assert all(network["guidance"] and network["parameters"] > 0 for network in told)
    assert {network["key"]: network["starts"] for network in told}["ppocr"] == "pretrained"
    for network in told:
        assert set(network["towers"]) <= {"own", "pretrained"}
        assert set(network["not_as"]) <= set(networks.FORMATS)
        assert network["papers"]
        assert all(paper["name"] for paper in network["papers"])


def test_without_a_key_no_network_is_told(anyone: APIClient) -> None:
    assert anyone.get("/api/v1/networks").status_code == 401


@pytest.mark.parametrize(
    ("towers", "starts"), [((), "nothing"), (("own", "pretrained"), "nothing"), (("pretrained", "own"), "tower")]
)
def test_a_network_tells_what_it_starts_from(
    bob_client: APIClient,
    monkeypatch: pytest.MonkeyPatch,
    towers: tuple[Literal["own", "pretrained"], ...],
    starts: str,
) -> None:
    monkeypatch.setitem(NETWORKS, "crnn", replace(NETWORKS["crnn"], towers=towers))
    told = {network["key"]: network for network in bob_client.get("/api/v1/networks").json()}["crnn"]
    assert (told["towers"], told["starts"]) == (list(towers), starts)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("CRNN, Shi 2015: arxiv.org/abs/1507.05717", [("CRNN, Shi 2015", "https://arxiv.org/abs/1507.05717")]),
        (
            "PP-OCRv6 (Apache-2.0); DB: https://arxiv.org/abs/1911.08947",
            [("PP-OCRv6 (Apache-2.0)", None), ("DB", "https://arxiv.org/abs/1911.08947")],
        ),
    ],
)
def test_papers_are_told_with_their_addresses(written: str, told: list[tuple[str, str | None]]) -> None:
    assert [(paper["name"], paper["url"]) for paper in networks.papers(written)] == told


def test_a_network_that_is_no_longer_registered_goes_by_its_key() -> None:
    assert networks.of_spec({"network": "perceptron"}) == {
        "key": "perceptron",
        "name": "perceptron",
        "tower": None,
        "rectifier": None,
    }


def test_the_estimate_follows_past_runs(make_version: MakeVersion, bob_client: APIClient) -> None:
    version = make_version()
    Run.objects.update(attempts=1)
    told = estimate(bob_client, version.project_id)
    assert told["based_on"] == 1
    assert told["minutes_expected"] == 2.0  # four minutes, and fewer regions now: at least half
    assert told["start"] == "PP-OCRv6 small, with the characters of v1"


def test_the_estimate_of_a_network_follows_past_runs_of_that_network_alone(
    make_version: MakeVersion, bob_client: APIClient
) -> None:
    version = make_version()
    Run.objects.update(attempts=1)
    told = estimate(bob_client, version.project_id, network="crnn")
    assert (told["network"], told["name"], told["based_on"], told["minutes_expected"]) == ("crnn", "CRNN", 0, None)
    Run.objects.update(spec={"network": "crnn"})
    assert estimate(bob_client, version.project_id, network="crnn")["based_on"] == 1
    assert estimate(bob_client, version.project_id)["based_on"] == 0


def test_without_past_runs_there_is_no_estimate(project: Project, bob_client: APIClient) -> None:
    told = estimate(bob_client, project.pk)
    assert (told["minutes_expected"], told["based_on"], told["start"]) == (None, 0, "PP-OCRv6 small")


@pytest.mark.parametrize(
    ("tower", "start"),
    [
        ({}, "PP-OCRv6 small, which sees what stands there; where to look is learned"),
        ({"tower": "own"}, "Nothing; only the finder from PP-OCRv6 small"),
    ],
)
def test_the_estimate_tells_what_the_chosen_tower_starts_from(
    project: Project, bob_client: APIClient, monkeypatch: pytest.MonkeyPatch, tower: dict[str, str], start: str
) -> None:
    monkeypatch.setitem(NETWORKS, "crnn", replace(NETWORKS["crnn"], towers=("pretrained", "own")))
    assert estimate(bob_client, project.pk, network="crnn", **tower)["start"] == start


@pytest.mark.parametrize("asked", [{"network": "nonsense"}, {"network": "finder"}, {"tower": "leaning"}])
def test_an_estimate_of_what_does_not_exist_is_refused(
    project: Project, bob_client: APIClient, asked: dict[str, str]
) -> None:
    response = bob_client.get(f"/api/v1/projects/{project.pk}/train-estimate", asked)
    assert response.status_code == 400
    assert set(response.json()["error"]["fields"]) == set(asked)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["7", "8", ""], None),
        ([], None),
        (["77"], "CRNN reads at most 1 character, and the only text is longer. It is "),
        (["7", "88", "9"], "CRNN reads at most 1 character, and 1 of the 3 texts is longer. It is "),
        (["77", "88", "9"], "CRNN reads at most 1 character, and 2 of the 3 texts are longer. They are "),
    ],
)
def test_texts_that_the_network_cannot_read_are_counted_beforehand(
    annotated_project: Project,
    bob_client: APIClient,
    monkeypatch: pytest.MonkeyPatch,
    texts: list[str],
    said: str | None,
) -> None:
    monkeypatch.setitem(NETWORKS, "crnn", replace(NETWORKS["crnn"], most=1))
    kept = list(Region.objects.values_list("pk", flat=True)[: len(texts)])
    Region.objects.exclude(pk__in=kept).delete()
    for region, text in zip(kept, texts, strict=True):
        Region.objects.filter(pk=region).update(text=text)
    told = estimate(bob_client, annotated_project.pk, network="crnn")["warning"]
    assert told == (said and f"{said}not learnt from, and will not be read right.")
    assert estimate(bob_client, annotated_project.pk)["warning"] is None


def test_a_machine_that_has_trained_nothing_guesses_how_long_it_takes(
    annotated_project: Project, alice_client: APIClient
) -> None:
    address = f"/api/v1/projects/{annotated_project.id}/train-estimate"
    usual = alice_client.get(address).json()
    assert usual["based_on"] == 0
    assert 0 < usual["minutes_low"] < usual["minutes_high"]
    slow = alice_client.get(address, {"network": "crnn"}).json()
    assert slow["minutes_low"] > usual["minutes_low"], "a reader that learns from nothing takes longer"
