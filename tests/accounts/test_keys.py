import base64
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import keys
from accounts.models import ApiKey, User


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        lambda key: f"Bearer {key}",
        lambda key: f"bearer {key}",
        lambda key: f"Basic {encoded(key + ':')}",  # the key as user name with an empty password
        lambda key: f"Basic {encoded(':' + key)}",
        lambda key: f"Basic {key}",  # as some clients of the older API write it
        lambda key: key,
    ],
    ids=["bearer", "lower case", "basic user", "basic password", "basic without encoding", "bare"],
)
def test_a_key_is_taken_however_it_is_written(header: object, alice: User, anyone: APIClient) -> None:
    _, written = keys.make(alice, "mine")
    anyone.credentials(HTTP_AUTHORIZATION=header(written))  # type: ignore[operator]
    assert anyone.get("/api/v1/session").json()["user"]["email"] == alice.email
    assert anyone.get("/api/v1/keys").status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer gs_wrong", "Basic !!!", "Basic", "Bearer", "gs_", f"Basic {encoded('alice@example.org:secret')}"]
)
def test_what_is_no_key_is_refused_with_a_sentence(header: str, alice: User, anyone: APIClient) -> None:
    anyone.credentials(HTTP_AUTHORIZATION=header)
    answer = anyone.get("/api/v1/keys")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "This API key is unknown or was revoked."
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_right_prefix_with_a_wrong_rest_opens_nothing(alice: User, anyone: APIClient) -> None:
    key, written = keys.make(alice, "mine")
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {key.prefix}{'x' * (len(written) - len(key.prefix))}")
    assert anyone.get("/api/v1/keys").status_code == 401


def test_a_key_is_stored_as_prefix_and_hash_only(alice: User) -> None:
    key, written = keys.make(alice, "mine")
    assert key.prefix == written[:11]
    assert key.prefix.startswith("gs_")
    assert key.digest == hashlib.sha256(written.encode()).hexdigest()
    assert not any(written == value for value in ApiKey.objects.values_list("name", "prefix", "digest").get())


def test_a_new_key_is_shown_once(alice_client: APIClient) -> None:
    made = alice_client.post("/api/v1/keys", {"name": "laptop"})
    assert made.status_code == 201
    assert made.json()["key"].startswith(made.json()["prefix"])
    listed = alice_client.get("/api/v1/keys").json()
    assert [key["name"] for key in listed] == ["laptop"]
    assert "key" not in listed[0]
    assert "digest" not in listed[0]


def test_a_key_works_until_it_is_revoked(alice_client: APIClient, anyone: APIClient) -> None:
    made = alice_client.post("/api/v1/keys", {"name": "laptop"}).json()
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {made['key']}")
    assert anyone.get("/api/v1/keys").status_code == 200
    assert alice_client.delete(f"/api/v1/keys/{made['id']}").status_code == 204
    assert anyone.get("/api/v1/keys").status_code == 401
    assert alice_client.delete(f"/api/v1/keys/{made['id']}").status_code == 404


def test_nobody_sees_or_revokes_the_keys_of_others(alice: User, charlie_client: APIClient) -> None:
    key, _ = keys.make(alice, "mine")
    assert charlie_client.get("/api/v1/keys").json() == []
    assert charlie_client.delete(f"/api/v1/keys/{key.pk}").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/api/v1/keys"), ("post", "/api/v1/keys"), ("delete", "/api/v1/keys/{id}")]
)
def test_keys_ask_for_a_sign_in(method: str, path: str, anyone: APIClient, db: None) -> None:
    answer = getattr(anyone, method)(path.format(id=uuid4()))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": None}, []])
def test_a_key_needs_a_name(body: object, alice_client: APIClient) -> None:
    answer = alice_client.post("/api/v1/keys", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_the_key_of_somebody_shut_out_opens_nothing(alice: User, key_client: APIClient) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert key_client.get("/api/v1/keys").status_code == 401


def test_last_use_is_written_once_a_minute(alice: User, key_client: APIClient) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        key_client.get("/api/v1/keys")
        assert ApiKey.objects.get().last_used_at == start
        clock.shift(timedelta(seconds=30))
        key_client.get("/api/v1/keys")
        assert ApiKey.objects.get().last_used_at == start
        clock.shift(timedelta(seconds=31))
        key_client.get("/api/v1/keys")
        assert ApiKey.objects.get().last_used_at == start + timedelta(seconds=61)


def test_a_key_needs_no_csrf_token(alice: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {keys.make(alice, 'mine')[1]}")
    assert client.post("/api/v1/keys", {"name": "second"}).status_code == 201


def test_all_of_ones_keys_are_revoked_at_once(alice: User, bob: User, alice_client: APIClient) -> None:
    made = [keys.make(alice, f"{number}")[1] for number in range(3)]
    keys.revoke(alice, ApiKey.objects.filter(user=alice)[0].pk)
    _, bobs = keys.make(bob, "his own")
    assert alice_client.delete("/api/v1/keys").json() == {"revoked": 2}
    assert [keys.find(written) for written in made] == [None, None, None]
    assert keys.find(bobs)
