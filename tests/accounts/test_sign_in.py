import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.cast import PASSWORD

URL = "/api/v1/session/sign-in"


def test_mail_address_and_password_begin_a_session(alice: User, anyone: APIClient) -> None:
    answer = anyone.post(URL, {"email": " Alice@Example.org", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["email"] == alice.email
    assert anyone.get("/api/v1/session").json()["user"]["email"] == alice.email
    cookie = anyone.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "body",
    [{"email": "alice@example.org", "password": "wrong"}, {"email": "nobody@example.org", "password": PASSWORD}],
    ids=["wrong password", "unknown address"],
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    body: dict[str, str], alice: User, anyone: APIClient
) -> None:
    answer = anyone.post(URL, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "This mail address and password do not belong together."
    assert anyone.get("/api/v1/session").json()["user"] is None


@pytest.mark.parametrize("body", [{}, {"email": "alice@example.org"}, {"email": 7, "password": []}])
def test_what_is_missing_is_said(body: dict[str, object], db: None, anyone: APIClient) -> None:
    answer = anyone.post(URL, body)
    assert answer.status_code == 400
    assert "password" in answer.json()["error"]["fields"]


def test_somebody_shut_out_stays_out(alice: User, alice_client: APIClient, anyone: APIClient) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert anyone.post(URL, {"email": alice.email, "password": PASSWORD}).status_code == 400
    assert alice_client.get("/api/v1/keys").status_code == 401


def test_guessing_at_one_account_ends_after_five_attempts(alice: User, anyone: APIClient) -> None:
    wrong = {"email": alice.email, "password": "wrong"}
    assert [anyone.post(URL, wrong).status_code for _ in range(5)] == [400] * 5
    answer = anyone.post(URL, {"email": alice.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.json()["error"]["message"] == "Too many attempts. Wait a few minutes and try again."


def test_guessing_from_one_address_ends_after_ten_attempts(db: None, anyone: APIClient) -> None:
    tried = [
        anyone.post(URL, {"email": f"{number}@example.org", "password": "wrong"}).status_code for number in range(11)
    ]
    assert tried == [400] * 10 + [429]


def test_another_page_cannot_sign_a_browser_in(alice: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    body = {"email": alice.email, "password": PASSWORD}
    refused = client.post(URL, body)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "csrf"
    token = client.get("/api/v1/session").cookies["csrftoken"].value
    assert client.post(URL, body, headers={"X-CSRFToken": token}).status_code == 200


def test_what_a_session_changes_needs_the_csrf_token(alice: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/api/v1/keys", {"name": "x"}).status_code == 403
    token = client.get("/api/v1/session").cookies["csrftoken"].value
    assert client.post("/api/v1/keys", {"name": "x"}, headers={"X-CSRFToken": token}).status_code == 201


def test_signing_out_ends_the_session(alice_client: APIClient) -> None:
    assert alice_client.get("/api/v1/keys").status_code == 200
    assert alice_client.post("/api/v1/session/sign-out").status_code == 204
    answer = alice_client.get("/api/v1/keys")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_authenticated"


def test_signing_out_twice_is_no_error(anyone: APIClient, db: None) -> None:
    assert anyone.post("/api/v1/session/sign-out").status_code == 204
