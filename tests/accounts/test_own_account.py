import pytest
from django.core import mail
from django.test import RequestFactory
from rest_framework.test import APIClient

from accounts import keys, own_account
from accounts.errors import Refusal
from accounts.models import User
from tests.cast import PASSWORD

ACCOUNT, CHANGE = "/api/v1/account", "/api/v1/account/password"
NEW = "another-long-password"


@pytest.fixture(autouse=True)
def _the_worker_runs_at_once(eager_tasks: None) -> None:
    pass


def test_a_person_is_called_what_they_say(alice_client: APIClient) -> None:
    answer = alice_client.patch(ACCOUNT, {"name": "  Alice  Liddell "})
    assert (answer.status_code, answer.json()["name"]) == (200, "Alice Liddell")
    assert alice_client.get("/api/v1/session").json()["user"]["name"] == "Alice Liddell"


def test_a_name_that_reads_like_an_address_is_refused(alice_client: APIClient) -> None:
    answer = alice_client.patch(ACCOUNT, {"name": "win at www.example.org"})
    assert answer.status_code == 400
    assert "name" in answer.json()["error"]["fields"]


def test_a_new_password_is_the_one_that_signs_in(alice: User, alice_client: APIClient) -> None:
    answer = alice_client.post(CHANGE, {"current": PASSWORD, "password": NEW})
    assert answer.status_code == 200, answer.content
    assert alice_client.get("/api/v1/keys").status_code == 200
    sign_in = "/api/v1/session/sign-in"
    assert APIClient().post(sign_in, {"email": alice.email, "password": PASSWORD}).status_code == 400
    assert APIClient().post(sign_in, {"email": alice.email, "password": NEW}).status_code == 200


def test_a_changed_password_ends_the_sessions_of_other_browsers(alice: User, alice_client: APIClient) -> None:
    other = APIClient()
    other.force_login(alice)
    assert other.get("/api/v1/keys").status_code == 200
    alice_client.post(CHANGE, {"current": PASSWORD, "password": NEW})
    assert other.get("/api/v1/keys").status_code == 401


def test_a_changed_password_is_told_by_mail(alice_client: APIClient) -> None:
    alice_client.post(CHANGE, {"current": PASSWORD, "password": NEW})
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.subject == "Your password was changed"
    assert "http://localhost:8000/reset" in str(letter.body)
    assert NEW not in str(letter.message())


def test_keys_go_on_working_unless_they_are_revoked_too(alice: User, alice_client: APIClient) -> None:
    keys.make(alice, "script")
    kept = alice_client.post(CHANGE, {"current": PASSWORD, "password": NEW}).json()
    assert (kept["keys_revoked"], kept["keys_left"]) == (0, 1)
    gone = alice_client.post(CHANGE, {"current": NEW, "password": PASSWORD, "revoke_keys": True}).json()
    assert (gone["keys_revoked"], gone["keys_left"]) == (1, 0)


@pytest.mark.parametrize(
    ("current", "password", "field"),
    [("not-my-password", NEW, "current"), (PASSWORD, "short", "password"), (PASSWORD, "alice@example.org", "password")],
)
def test_a_wrong_or_a_weak_password_changes_nothing(
    current: str, password: str, field: str, alice: User, alice_client: APIClient
) -> None:
    answer = alice_client.post(CHANGE, {"current": current, "password": password})
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert mail.outbox == []


def test_guessing_at_the_password_of_an_open_session_ends_after_five_attempts(
    alice: User, alice_client: APIClient
) -> None:
    wrong = {"current": "not-my-password", "password": NEW}
    assert [alice_client.post(CHANGE, wrong).status_code for _ in range(5)] == [400] * 5
    assert alice_client.post(CHANGE, {"current": PASSWORD, "password": NEW}).status_code == 429
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_program_with_a_key_changes_no_password(alice: User, anyone: APIClient) -> None:
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {keys.make(alice, 'script')[1]}")
    assert anyone.post(CHANGE, {"current": PASSWORD, "password": NEW}).status_code == 401


def test_of_two_who_change_it_at_once_one_is_told_that_it_was_changed(alice: User) -> None:
    request = RequestFactory().post(CHANGE)
    seen = User.objects.get()
    quicker = User.objects.get()
    quicker.set_password("somebody-was-quicker")
    quicker.save()
    with pytest.raises(Refusal, match="in the meantime"):
        own_account.change_password(request, seen, PASSWORD, NEW)
    assert User.objects.get().check_password("somebody-was-quicker")
