import json
from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import mail
from accounts.models import User

URL = "/api/v1/system"


@pytest.fixture
def mailed(settings: Settings, data_dir: Path) -> str:
    settings.EMAIL_BACKEND = "accounts.outbox.OutboxBackend"
    mail.send("zoe@example.org", "A mail", "mail/reset", {"email": "zoe@example.org", "link": "http://h/reset"})
    return next((data_dir / "outbox").iterdir()).name


def test_the_administrator_sees_health_people_and_outbox(
    mailed: str, alice: User, administrator_client: APIClient
) -> None:
    answer = administrator_client.get(URL).json()
    assert answer["health"]["checks"]["database"]["ok"]
    assert [person["email"] for person in answer["people"]] == ["admin@example.org", "alice@example.org"]
    assert answer["outbox"][0]["name"] == mailed
    assert answer["outbox"][0]["subject"] == "A mail"
    assert answer["outbox"][0]["sent_at"].endswith("Z")
    assert answer["settings"]["mail"] == "outbox"


def test_it_shows_the_processes_that_the_launcher_started(data_dir: Path, administrator_client: APIClient) -> None:
    assert administrator_client.get(URL).json()["processes"] == []
    (data_dir / "run").mkdir(exist_ok=True)
    state = {"processes": [{"name": "web", "pid": 7, "state": "running", "restarts": 0}]}
    (data_dir / "run" / "processes.json").write_text(json.dumps(state))
    assert administrator_client.get(URL).json()["processes"] == state["processes"]


def test_it_tells_no_secret(settings: Settings, administrator_client: APIClient) -> None:
    assert settings.SECRET_KEY not in administrator_client.get(URL).content.decode()


def test_the_administrator_reads_a_mail(mailed: str, administrator_client: APIClient) -> None:
    answer = administrator_client.get(f"{URL}/outbox/{mailed}")
    assert answer.status_code == 200
    assert answer.json()["subject"] == "A mail"
    assert "http://h/reset" in answer.json()["text"]
    assert "http://h/reset" in answer.json()["html"]


@pytest.mark.parametrize(
    "name", ["none.eml", "20260101T000000000000-00000000.eml", "..%2Fsecret_key", "..", ".eml", "%2Fetc%2Fpasswd"]
)
def test_what_is_no_mail_does_not_exist(name: str, mailed: str, administrator_client: APIClient) -> None:
    assert administrator_client.get(f"{URL}/outbox/{name}").status_code == 404


def test_nobody_else_looks_in(mailed: str, alice_client: APIClient, anyone: APIClient) -> None:
    for path in (URL, f"{URL}/outbox/{mailed}"):
        assert alice_client.get(path).status_code == 403
        assert alice_client.get(path).json()["error"]["code"] == "forbidden"
        assert anyone.get(path).status_code == 401
