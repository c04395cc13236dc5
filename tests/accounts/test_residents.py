"""The administrator shuts people out, lets them in again, and revokes their keys."""

from contextlib import suppress

import pytest
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

from accounts import invitations, keys, people, residents
from accounts.errors import Refusal
from accounts.models import User
from annotations.models import Membership, Project
from tests.cast import PASSWORD, at_once, signed_in

SIGN_IN, ACCEPT = "/api/v1/session/sign-in", "/api/v1/invitations/accept"


def at(person: User) -> str:
    return f"/api/v1/people/{person.pk}"


def test_whoever_is_shut_out_gets_in_by_nothing(
    alice: User, alice_client: APIClient, key_client: APIClient, administrator_client: APIClient, anyone: APIClient
) -> None:
    assert alice_client.get("/api/v1/keys").status_code == key_client.get("/api/v1/keys").status_code == 200
    answer = administrator_client.patch(at(alice), {"shut_out": True})
    assert answer.status_code == 200
    assert (answer.json()["shut_out"], answer.json()["is_active"]) == (True, False)
    assert alice_client.get("/api/v1/keys").status_code == 401
    assert key_client.get("/api/v1/keys").status_code == 401
    assert anyone.post(SIGN_IN, {"email": alice.email, "password": PASSWORD}).status_code == 400


def test_whoever_is_let_in_again_signs_in_anew_and_finds_everything(
    alice: User, project: Project, alice_client: APIClient, key_client: APIClient, administrator_client: APIClient
) -> None:
    """A session of before, on a machine that was lost perhaps, stays ended."""
    administrator_client.patch(at(alice), {"shut_out": True})
    answer = administrator_client.patch(at(alice), {"shut_out": False})
    assert (answer.json()["shut_out"], answer.json()["is_active"]) == (False, True)
    assert alice_client.get("/api/v1/keys").status_code == 401
    assert key_client.get("/api/v1/keys").status_code == 200
    again = APIClient()
    assert again.post(SIGN_IN, {"email": alice.email, "password": PASSWORD}).status_code == 200
    assert again.get(f"/api/v1/projects/{project.pk}").json()["role"] == "owner"


def test_others_stay_signed_in(alice: User, bob_client: APIClient, administrator_client: APIClient) -> None:
    signed_in(alice)
    administrator_client.patch(at(alice), {"shut_out": True})
    assert bob_client.get("/api/v1/keys").status_code == 200
    assert Session.objects.count() == 2  # Bob's and the administrator's


def test_the_last_administrator_stays(administrator: User, administrator_client: APIClient) -> None:
    answer = administrator_client.patch(at(administrator), {"shut_out": True})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "last_administrator"
    second = User.objects.create_superuser("second@example.org", PASSWORD)
    assert administrator_client.patch(at(administrator), {"shut_out": True}).status_code == 200
    assert signed_in(second).patch(at(second), {"shut_out": True}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_shut_each_other_out_at_once_one_stays() -> None:
    two = [User.objects.create_superuser(f"{number}@example.org", PASSWORD) for number in (1, 2)]

    def shut_out(number: int) -> None:
        with suppress(Refusal):
            residents.shut_out(two[number].pk)

    at_once(shut_out)
    assert User.objects.filter(is_active=True).count() == 1


def test_invitations_end_with_whoever_got_or_sent_them(
    alice: User, bob: User, administrator: User, administrator_client: APIClient
) -> None:
    sent = invitations.listed("friend@example.org", alice)
    kept = invitations.listed("other@example.org", bob)
    administrator_client.patch(at(alice), {"shut_out": True})
    administrator_client.patch(at(kept.user), {"shut_out": True})
    for invited in (sent, kept):
        body = {"token": invited.link.rpartition("/")[2], "password": PASSWORD}
        assert APIClient().post(ACCEPT, body).status_code == 400


def test_whoever_was_shut_out_without_ever_having_a_password_is_not_invited_back(
    project: Project, alice_client: APIClient, administrator_client: APIClient
) -> None:
    """A project's owner, or the command that makes keys, does not undo what the administrator did."""
    machine = people.find_or_create("machine@example.org")
    keys.make(machine, "camera")
    administrator_client.patch(at(machine), {"shut_out": True})
    body = {"email": machine.email, "role": "owner"}
    answer = alice_client.post(f"/api/v1/projects/{project.pk}/members", body)
    assert answer.status_code == 409
    assert "shut out" in answer.json()["error"]["message"]
    with pytest.raises(Refusal, match="shut out"):
        people.find_or_create(machine.email)
    assert administrator_client.patch(at(machine), {"shut_out": False}).json()["is_active"]


def test_somebody_awaited_who_is_let_in_again_is_awaited_again(administrator_client: APIClient) -> None:
    administrator_client.post("/api/v1/invitations", {"email": "dora@example.org"})
    dora = User.objects.get(email="dora@example.org")
    assert administrator_client.patch(at(dora), {"shut_out": True}).json()["shut_out"]
    answer = administrator_client.patch(at(dora), {"shut_out": False})
    assert (answer.json()["shut_out"], answer.json()["is_active"]) == (False, False)
    again = administrator_client.post("/api/v1/invitations", {"email": "dora@example.org"})
    body = {"token": again.json()["link"].rpartition("/")[2], "password": PASSWORD}
    assert APIClient().post(ACCEPT, body).status_code == 201


def test_all_keys_of_a_person_are_revoked_at_once(
    alice: User, bob: User, key_client: APIClient, administrator_client: APIClient
) -> None:
    keys.make(alice, "another")
    keys.make(bob, "his own")
    people_before = {
        each["email"]: each["api_keys"] for each in administrator_client.get("/api/v1/system").json()["people"]
    }
    assert people_before == {"admin@example.org": 0, "alice@example.org": 2, "bob@example.org": 1}
    answer = administrator_client.delete(f"{at(alice)}/keys")
    assert answer.status_code == 200
    assert answer.json()["api_keys"] == 0
    assert key_client.get("/api/v1/keys").status_code == 401
    assert keys.good(bob) == 1


def test_an_owner_whom_nobody_lets_in_is_no_owner_left(
    alice: User, bob: User, project: Project, alice_client: APIClient, administrator_client: APIClient
) -> None:
    Membership.objects.filter(user=bob).update(role="owner")
    administrator_client.patch(at(bob), {"shut_out": True})
    member = f"/api/v1/projects/{project.pk}/members/{alice.pk}"
    assert alice_client.delete(member).json()["error"]["code"] == "last_owner"
    administrator_client.patch(at(bob), {"shut_out": False})
    assert alice_client.delete(member).status_code == 204


@pytest.mark.parametrize("body", [{}, {"shut_out": "perhaps"}, {"shut_out": None}])
def test_what_is_no_answer_changes_nothing(
    body: dict[str, object], alice: User, administrator_client: APIClient
) -> None:
    assert administrator_client.patch(at(alice), body).status_code == 400
    assert User.objects.get(pk=alice.pk).is_active


def test_somebody_who_is_none_is_not_found(administrator_client: APIClient) -> None:
    for number in (987654, 10**30):
        assert administrator_client.patch(f"/api/v1/people/{number}", {"shut_out": True}).status_code == 404
        assert administrator_client.delete(f"/api/v1/people/{number}/keys").status_code == 404
