import re
from datetime import timedelta

import pytest
import redis
import time_machine
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import keys, signing
from accounts.errors import Refusal
from accounts.models import ResetRequest, User
from tests.cast import PASSWORD, at_once

ASK, CONFIRM = "/api/v1/session/reset", "/api/v1/session/reset/confirm"
NEW = "another-long-password"


@pytest.fixture(autouse=True)
def _the_worker_runs_at_once(eager_tasks: None) -> None:
    pass


@pytest.fixture
def link(alice: User, anyone: APIClient) -> dict[str, str]:
    """What the mail's link holds."""
    assert anyone.post(ASK, {"email": "ALICE@example.org"}).status_code == 200
    return mailed_link(mail.outbox[0].body)


def mailed_link(message: object) -> dict[str, str]:
    found = re.search(r"http://localhost:8000/reset/([^/\s]+)/([^/\s]+)", str(message))
    assert found
    return {"uid": found[1], "token": found[2]}


def test_the_link_in_the_mail_sets_a_new_password_and_signs_in(link: dict[str, str], anyone: APIClient) -> None:
    assert mail.outbox[0].to == ["alice@example.org"]
    assert anyone.post(CONFIRM, {**link, "password": NEW}).status_code == 200
    assert anyone.get("/api/v1/session").json()["user"]["email"] == "alice@example.org"
    again = APIClient()
    assert (
        again.post("/api/v1/session/sign-in", {"email": "alice@example.org", "password": PASSWORD}).status_code == 400
    )
    assert again.post("/api/v1/session/sign-in", {"email": "alice@example.org", "password": NEW}).status_code == 200


def test_a_new_password_ends_every_other_session(
    alice_client: APIClient, link: dict[str, str], anyone: APIClient
) -> None:
    assert alice_client.get("/api/v1/keys").status_code == 200
    anyone.post(CONFIRM, {**link, "password": NEW})
    assert alice_client.get("/api/v1/keys").status_code == 401


def test_a_link_works_once(link: dict[str, str], anyone: APIClient) -> None:
    anyone.post(CONFIRM, {**link, "password": NEW})
    answer = APIClient().post(CONFIRM, {**link, "password": "a-third-long-password"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "link_stale"


def test_a_link_works_for_a_day(link: dict[str, str], anyone: APIClient) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert anyone.post(CONFIRM, {**link, "password": NEW}).json()["error"]["code"] == "link_stale"


@pytest.mark.parametrize("change", [{"uid": "zzz"}, {"uid": "!"}, {"token": "wrong"}, {"token": "abc-def"}])
def test_a_forged_link_sets_nothing(change: dict[str, str], link: dict[str, str], anyone: APIClient) -> None:
    assert anyone.post(CONFIRM, {**link, **change, "password": NEW}).status_code == 400
    assert User.objects.get().check_password(PASSWORD)


def test_a_weak_password_is_refused_and_the_link_stays_good(link: dict[str, str], anyone: APIClient) -> None:
    answer = anyone.post(CONFIRM, {**link, "password": "short"})
    assert answer.status_code == 400
    assert "password" in answer.json()["error"]["fields"]
    assert anyone.post(CONFIRM, {**link, "password": NEW}).status_code == 200


def test_who_has_no_account_gets_the_same_answer_and_no_mail(db: None, anyone: APIClient) -> None:
    assert anyone.post(ASK, {"email": "nobody@example.org"}).status_code == 200
    assert mail.outbox == []


def test_somebody_shut_out_or_only_invited_gets_no_mail(db: None, anyone: APIClient) -> None:
    User.objects.create_user("dora@example.org", is_active=False)
    assert anyone.post(ASK, {"email": "dora@example.org"}).status_code == 200
    assert mail.outbox == []


def test_one_address_is_not_flooded_with_mails(alice: User, anyone: APIClient) -> None:
    statuses = [anyone.post(ASK, {"email": alice.email}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert len(mail.outbox) == 3


def test_what_is_no_address_is_refused(db: None, anyone: APIClient) -> None:
    assert anyone.post(ASK, {"email": "dora"}).status_code == 400


def test_a_host_header_does_not_get_into_the_link(alice: User, anyone: APIClient) -> None:
    anyone.post(ASK, {"email": alice.email}, headers={"X-Forwarded-Host": "evil.example"}, SERVER_NAME="127.0.0.1")
    assert "http://localhost:8000/reset/" in str(mail.outbox[0].body)


@pytest.mark.django_db(transaction=True)
def test_of_six_who_use_a_link_at_once_one_sets_the_password(eager_tasks: None) -> None:
    """As six browsers do: all have seen that the link is good before the first one saves."""
    alice = User.objects.create_user("alice@example.org", PASSWORD)
    APIClient().post(ASK, {"email": alice.email})
    link = mailed_link(mail.outbox[0].body)

    def use(number: int) -> int:
        return APIClient().post(CONFIRM, {**link, "password": f"{NEW}-{number}"}).status_code

    answers = at_once(use, 6)
    assert sorted(answers) == [200, 400, 400, 400, 400, 400]
    alice.refresh_from_db()
    assert alice.check_password(f"{NEW}-{answers.index(200)}")


def test_who_saw_the_link_good_before_another_used_it_sets_nothing(alice: User) -> None:
    seen_by_two = User.objects.get(), User.objects.get()
    signing.renew(seen_by_two[0], NEW)
    with pytest.raises(Refusal, match="used before"):
        signing.renew(seen_by_two[1], "a-third-long-password")
    assert User.objects.get().check_password(NEW)


def test_somebody_shut_out_in_the_meantime_sets_nothing(alice: User) -> None:
    seen = User.objects.get()
    User.objects.update(is_active=False)
    with pytest.raises(Refusal, match="used before"):
        signing.renew(seen, NEW)


def test_the_mail_says_how_many_keys_go_on_working(alice: User, anyone: APIClient) -> None:
    anyone.post(ASK, {"email": alice.email})
    keys.make(alice, "camera")
    anyone.post(ASK, {"email": alice.email})
    gone, _ = keys.make(alice, "gate")
    keys.make(alice, "till")
    keys.revoke(alice, gone.pk)
    anyone.post(ASK, {"email": alice.email})
    none, one, two = (str(message.body) for message in mail.outbox)
    assert "API key" not in none
    assert "You have 1 API key: with a new password, it goes on working." in one
    assert "You have 2 API keys: with a new password, they go on working." in two
    assert "You have 2 API keys" in str(mail.outbox[2].alternatives[0].content)  # type: ignore[union-attr]


def test_keys_go_on_working_with_a_new_password_and_the_answer_says_so(
    alice: User, link: dict[str, str], key_client: APIClient, anyone: APIClient
) -> None:
    answer = anyone.post(CONFIRM, {**link, "password": NEW})
    assert (answer.json()["keys_left"], answer.json()["keys_revoked"]) == (1, 0)
    assert key_client.get("/api/v1/keys").status_code == 200


def test_a_new_password_can_take_all_keys_with_it(
    alice: User, bob: User, link: dict[str, str], key_client: APIClient, anyone: APIClient
) -> None:
    keys.make(bob, "his own")
    answer = anyone.post(CONFIRM, {**link, "password": NEW, "revoke_keys": True})
    assert (answer.json()["keys_left"], answer.json()["keys_revoked"]) == (0, 1)
    assert key_client.get("/api/v1/keys").status_code == 401
    assert keys.good(bob) == 1


def test_a_link_that_is_refused_revokes_nothing(
    alice: User, link: dict[str, str], key_client: APIClient, anyone: APIClient
) -> None:
    body = {**link, "token": "forged", "password": NEW, "revoke_keys": True}
    assert anyone.post(CONFIRM, body).status_code == 400
    assert key_client.get("/api/v1/keys").status_code == 200


class TestAWorkerMails:
    """How long the answer takes does not tell who has an account: both are only handed over."""

    @pytest.fixture(autouse=True)
    def _the_worker_runs_at_once(self) -> None:
        """Here it does not."""

    @pytest.fixture(autouse=True)
    def _queue(self, valkey: redis.Redis) -> None:
        pass

    @pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
    def test_the_door_hands_over_and_looks_nobody_up(
        self, email: str, alice: User, anyone: APIClient, valkey: redis.Redis
    ) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert anyone.post(ASK, {"email": email}).status_code == 200
        assert mail.outbox == []
        assert valkey.llen("default") == 1
        assert not [query for query in asked if "accounts_user" in query["sql"]]

    def test_a_mail_whose_worker_was_killed_or_whose_message_was_lost_is_sent_again(
        self, alice: User, anyone: APIClient, valkey: redis.Redis
    ) -> None:
        assert anyone.post(ASK, {"email": "alice@example.org"}).status_code == 200
        valkey.flushall()
        signing.sweep_resets()
        assert valkey.llen("default") == 0, "a worker may have it in hand"
        ResetRequest.objects.update(sent_at=Now() - timedelta(minutes=2))
        signing.sweep_resets()
        signing.sweep_resets()
        assert valkey.llen("default") == 1
        asked = ResetRequest.objects.get()
        signing.mail_reset(asked.pk)
        signing.mail_reset(asked.pk)
        assert [letter.to for letter in mail.outbox] == [["alice@example.org"]]
        assert not ResetRequest.objects.exists()

    def test_a_mail_that_nobody_waits_for_any_more_is_not_sent(self, alice: User, valkey: redis.Redis) -> None:
        ResetRequest.objects.create(email="alice@example.org", asked_at=Now() - timedelta(hours=2))
        signing.sweep_resets()
        assert not ResetRequest.objects.exists()
        assert valkey.llen("default") == 0
