import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import invitations
from accounts.models import Invitation, User
from annotations import projects
from annotations.models import Membership, Project, Role
from tests.cast import at_once, signed_in

URL, ACCEPT = "/api/v1/invitations", "/api/v1/invitations/accept"
PASSWORD = "a-long-enough-password"
NEW = {"email": "dora@example.org", "role": "viewer"}


@pytest.fixture
def token(administrator_client: APIClient) -> str:
    link: str = administrator_client.post(URL, {"email": "Dora@example.org"}).json()["link"]
    return link.rpartition("/")[2]


def test_the_administrator_invites_by_mail(administrator_client: APIClient) -> None:
    answer = administrator_client.post(URL, {"email": "Dora@example.org"})
    assert answer.status_code == 201
    assert answer.json()["email"] == "dora@example.org"
    assert answer.json()["link"].startswith("http://localhost:8000/invitation/")
    assert mail.outbox[0].to == ["dora@example.org"]
    assert mail.outbox[0].subject == "Admin invites you to Glyphsmith"
    assert answer.json()["link"] in str(mail.outbox[0].body)
    assert [one["email"] for one in administrator_client.get(URL).json()] == ["dora@example.org"]


def test_the_link_lets_its_owner_choose_a_password_and_come_in(token: str, anyone: APIClient) -> None:
    answer = anyone.post(ACCEPT, {"token": token, "password": PASSWORD, "name": "Dora"})
    assert answer.status_code == 201
    assert anyone.get("/api/v1/session").json()["user"]["name"] == "Dora"
    body = {"email": "dora@example.org", "password": PASSWORD}
    assert APIClient().post("/api/v1/session/sign-in", body).status_code == 200


def test_an_invitation_is_good_once(token: str, anyone: APIClient) -> None:
    anyone.post(ACCEPT, {"token": token, "password": PASSWORD})
    answer = APIClient().post(ACCEPT, {"token": token, "password": "a-strangers-password"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invitation_gone"
    assert User.objects.get(email="dora@example.org").check_password(PASSWORD)


def test_an_invitation_is_good_for_two_weeks(token: str, anyone: APIClient) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert anyone.post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 400
    assert not User.objects.get(email="dora@example.org").is_active


def test_inviting_again_sends_a_new_link_and_one_of_them_suffices(
    token: str, administrator: User, anyone: APIClient
) -> None:
    second = invitations.listed("dora@example.org", administrator).link.rpartition("/")[2]
    assert anyone.post(ACCEPT, {"token": second, "password": PASSWORD}).status_code == 201
    assert APIClient().post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 400


def test_whoever_has_an_account_is_not_invited(alice: User, administrator_client: APIClient) -> None:
    answer = administrator_client.post(URL, {"email": alice.email})
    assert answer.status_code == 409
    assert mail.outbox == []


def test_somebody_shut_out_cannot_come_back_by_an_old_invitation(token: str, anyone: APIClient) -> None:
    dora = User.objects.get(email="dora@example.org")
    dora.set_password("was-here-before")
    dora.save()
    assert anyone.post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 400
    assert not User.objects.get(pk=dora.pk).is_active


def test_a_weak_password_leaves_the_invitation_open(token: str, anyone: APIClient) -> None:
    answer = anyone.post(ACCEPT, {"token": token, "password": "short"})
    assert answer.status_code == 400
    assert "password" in answer.json()["error"]["fields"]
    assert anyone.post(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 201


def test_the_token_is_stored_hashed(token: str) -> None:
    assert token not in Invitation.objects.get().digest


def test_a_project_is_named_in_the_mail(administrator: User) -> None:
    invitations.send(invitations.listed("dora@example.org", administrator), administrator, "Plates & <Signs>")
    message = mail.outbox[0]
    assert message.subject == "Admin invites you to Plates & <Signs>"
    html = message.alternatives[0].content  # type: ignore[attr-defined]
    assert "Plates &amp; &lt;Signs&gt;" in html


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_the_administrator_invites(method: str, alice_client: APIClient, anyone: APIClient) -> None:
    assert getattr(alice_client, method)(URL, {"email": "dora@example.org"}).status_code == 403
    assert getattr(anyone, method)(URL, {"email": "dora@example.org"}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"email": "dora"}, {"email": None}])
def test_an_invitation_needs_an_address(body: dict[str, object], administrator_client: APIClient) -> None:
    assert administrator_client.post(URL, body).status_code == 400


@pytest.mark.parametrize("body", [{}, {"token": "x"}, {"token": "x", "password": PASSWORD}])
def test_a_wrong_token_opens_nothing(body: dict[str, str], db: None, anyone: APIClient) -> None:
    assert anyone.post(ACCEPT, body).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_stranger_at_once_both_do() -> None:
    two = [User.objects.create_superuser(f"{number}@example.org", PASSWORD) for number in (1, 2)]
    people = at_once(lambda number: invitations.listed("dora@example.org", two[number]).user.pk)
    assert people[0] == people[1]
    assert Invitation.objects.count() == 2


class TestToAProject:
    @pytest.fixture
    def members(self, project: Project) -> str:
        return f"/api/v1/projects/{project.pk}/members"

    @pytest.fixture
    def dora(self, members: str, alice_client: APIClient) -> User:
        """Invited by Alice to her project."""
        assert alice_client.post(members, NEW).status_code == 201
        return User.objects.get(email="dora@example.org")

    def accepted(self, number: int = 0) -> int:
        found = re.search(r"/invitation/(\S+)", str(mail.outbox[number].body))
        assert found
        return APIClient().post(ACCEPT, {"token": found[1], "password": PASSWORD}).status_code

    def test_the_link_leads_into_the_project(self, dora: User, project: Project) -> None:
        assert self.accepted() == 201
        dora.refresh_from_db()
        assert signed_in(dora).get(f"/api/v1/projects/{project.pk}").json()["role"] == "viewer"

    def test_it_ends_with_the_membership(self, dora: User, members: str, alice_client: APIClient) -> None:
        assert alice_client.delete(f"{members}/{dora.pk}").status_code == 204
        assert self.accepted() == 400
        assert not User.objects.filter(email="dora@example.org").exists()

    def test_an_invitation_to_elsewhere_stays_good(
        self, dora: User, members: str, bob: User, alice_client: APIClient
    ) -> None:
        other = projects.create(bob, "Meters")
        signed_in(bob).post(f"/api/v1/projects/{other.pk}/members", NEW)
        alice_client.delete(f"{members}/{dora.pk}")
        assert self.accepted(0) == 400
        assert self.accepted(1) == 201

    def test_the_administrators_own_stays_good(
        self, dora: User, members: str, alice_client: APIClient, administrator_client: APIClient
    ) -> None:
        administrator_client.post(URL, {"email": "dora@example.org"})
        alice_client.delete(f"{members}/{dora.pk}")
        assert self.accepted(0) == 400
        assert self.accepted(1) == 201

    def test_whoever_came_in_keeps_the_account(self, dora: User, members: str, alice_client: APIClient) -> None:
        assert self.accepted() == 201
        assert alice_client.delete(f"{members}/{dora.pk}").status_code == 204
        assert User.objects.get(pk=dora.pk).is_active

    def test_nobody_comes_in_for_the_sake_of_a_deleted_project(
        self, dora: User, project: Project, alice_client: APIClient
    ) -> None:
        at = f"/api/v1/projects/{project.pk}"
        assert alice_client.delete(at).status_code == 204
        assert self.accepted() == 400
        assert alice_client.post(f"{at}/restore").status_code == 200
        assert self.accepted() == 201

    def test_added_again_a_new_mail_goes_out(self, dora: User, members: str, alice_client: APIClient) -> None:
        answer = alice_client.post(members, {**NEW, "role": "annotator"})
        assert (answer.status_code, answer.json()["role"], answer.json()["invited"]) == (201, "annotator", True)
        assert len(mail.outbox) == 2
        assert self.accepted(1) == 201

    def test_one_person_does_not_send_them_by_the_hundred(
        self, members: str, settings: Settings, alice_client: APIClient, bob: User
    ) -> None:
        settings.RATE_INVITATION = "3/day"
        bodies = [{"email": f"stranger-{number}@example.org", "role": "viewer"} for number in range(5)]
        answers = [alice_client.post(members, body) for body in bodies]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
        assert "3 a day" in answers[3].json()["error"]["message"]
        assert len(mail.outbox) == 3
        assert not User.objects.filter(email="stranger-4@example.org").exists()
        Membership.objects.filter(user=bob).update(role=Role.OWNER)
        assert signed_in(bob).post(members, bodies[4]).status_code == 201

    def test_taking_people_out_again_does_not_free_places(
        self, members: str, settings: Settings, alice_client: APIClient
    ) -> None:
        settings.RATE_INVITATION = "2/day"
        for _ in range(2):
            person = alice_client.post(members, NEW).json()["user"]["id"]
            alice_client.delete(f"{members}/{person}")
        assert alice_client.post(members, NEW).status_code == 429

    def test_whoever_is_known_here_is_added_without_end(
        self, members: str, settings: Settings, alice_client: APIClient, charlie: User
    ) -> None:
        settings.RATE_INVITATION = "1/day"
        assert alice_client.post(members, NEW).status_code == 201
        assert alice_client.post(members, {"email": charlie.email, "role": "viewer"}).status_code == 201

    def test_one_address_is_not_flooded_with_them(
        self, members: str, alice_client: APIClient, administrator_client: APIClient
    ) -> None:
        answers = [alice_client.post(members, NEW) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [429]
        assert "dora@example.org was sent enough" in answers[5].json()["error"]["message"]
        assert administrator_client.post(URL, {"email": "dora@example.org"}).status_code == 429
        assert len(mail.outbox) == 5

    def test_the_administrator_invites_as_many_as_need_be(
        self, settings: Settings, administrator_client: APIClient
    ) -> None:
        settings.RATE_INVITATION = "1/day"
        for number in range(3):
            assert administrator_client.post(URL, {"email": f"{number}@example.org"}).status_code == 201
