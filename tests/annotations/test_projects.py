from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Invitation, User
from annotations import labelling, projects, quads
from annotations.models import Image, Label, Membership, Origin, Project, Role
from tests.annotations.conftest import MakeImage

QUAD = quads.of_box((5, 5, 50, 20))


def test_whoever_makes_a_project_owns_it(alice_client: APIClient, alice: User) -> None:
    answer = alice_client.post("/api/v1/projects", {"name": "  My   plates ", "labels": ["number_plate", "date"]})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["role"], made["live"], made["run"]) == ("My plates", "owner", None, None)
    assert [label["name"] for label in made["labels"]] == ["number_plate", "date"]
    assert made["counts"] == {"images": 0, "todo": 0, "annotated": 0, "reviewed": 0, "regions": 0}
    assert Membership.objects.get(project_id=made["id"]).user == alice


@pytest.mark.parametrize(
    "body", [{}, {"name": "   "}, {"name": "x" * 101}, {"name": "a\u0007"}, {"name": "a", "labels": ["x", "x"]}]
)
def test_a_bad_name_is_refused_and_nothing_is_made(body: dict[str, Any], alice_client: APIClient) -> None:
    answer = alice_client.post("/api/v1/projects", body)
    assert answer.status_code in (400, 409)
    assert answer.json()["error"]["message"]
    assert not Project.objects.exists()


def test_the_list_holds_ones_own_projects_with_counts_and_the_newest_pictures(
    alice_client: APIClient, bob_client: APIClient, charlie_client: APIClient, project: Project, label: Label,
    make_image: MakeImage, alice: User,
) -> None:  # fmt: skip
    images = [make_image() for _ in range(5)]
    labelling.save_all(images[0], alice, [(label, QUAD, "A", None), (label, QUAD, "B", None)], origin=Origin.PERSON)
    labelling.save_all(images[1], alice, [(label, QUAD, "C", 0.5)], origin=Origin.SUGGESTION)
    Image.objects.filter(id=images[4].id).update(deleted_at=timezone.now())
    (told,) = bob_client.get("/api/v1/projects").json()
    assert told["counts"] == {"images": 4, "todo": 3, "annotated": 1, "reviewed": 0, "regions": 2}
    assert told["role"] == "annotator"
    assert [address.split("/")[3] for address in told["strip"]] == [str(i.id) for i in images[3::-1]]
    assert charlie_client.get("/api/v1/projects").json() == []


def test_twenty_projects_are_listed_with_a_handful_of_queries(
    alice_client: APIClient, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        projects.create(alice, f"Project {number}", ["plate"])
    with django_assert_max_num_queries(10):
        assert len(alice_client.get("/api/v1/projects").json()) == 20


def test_another_app_may_add_facts(alice_client: APIClient, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "_extras", [])
    projects.register_extra(lambda some: {each.id: {"live": {"version": 3, "accuracy": 0.9}} for each in some})
    told = alice_client.get(f"/api/v1/projects/{project.id}").json()
    assert told["live"] == {"version": 3, "accuracy": 0.9}
    assert told["run"] is None


def test_a_deleted_project_can_be_brought_back_by_its_owner_alone(
    alice_client: APIClient, bob_client: APIClient, project: Project, image: Image
) -> None:
    address = f"/api/v1/projects/{project.id}"
    assert alice_client.delete(address).status_code == 204
    assert alice_client.get("/api/v1/projects").json() == []
    assert bob_client.post(f"{address}/restore").status_code == 403
    assert alice_client.post(f"{address}/restore").json()["counts"]["images"] == 1
    assert alice_client.get(address).status_code == 200
    assert alice_client.post(f"{address}/restore").status_code == 404


class TestLabels:
    def test_colours_differ_and_positions_count_up(self, alice_client: APIClient, project: Project) -> None:
        made = [
            alice_client.post(f"/api/v1/projects/{project.id}/labels", {"name": f"field {n}"}).json() for n in range(9)
        ]
        assert len({label["colour"] for label in made}) == 9
        assert [label["position"] for label in made] == list(range(9))

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            ({"name": ""}, 400, "name"),
            ({"name": "number_plate"}, 409, "name"),
            ({"name": "x", "colour": "red"}, 400, "colour"),
            ({"name": "x", "pattern": "[A-Z"}, 400, "pattern"),
            ({"name": "x", "words": ["a\u0000"]}, 400, "words"),
        ],
    )
    def test_bad_labels_are_refused_at_their_field(
        self, body: dict[str, Any], status: int, field: str, alice_client: APIClient, project: Project, label: Label
    ) -> None:
        answer = alice_client.post(f"/api/v1/projects/{project.id}/labels", body)
        assert answer.status_code == status
        assert any(name.startswith(field) for name in answer.json()["error"]["fields"])

    @pytest.mark.parametrize(
        "pattern", ["[A-Z]{2} ?\\d+", "(\\d{2}\\.){2}\\d{4}", "A|B*", "(a+)+$", "([A-Z]{2}|\\d*)*", ""]
    )
    def test_usual_patterns_are_taken(self, pattern: str, alice_client: APIClient, label: Label) -> None:
        answer = alice_client.patch(f"/api/v1/labels/{label.id}", {"pattern": pattern, "words": ["A", "A", " B "]})
        assert answer.status_code == 200
        assert answer.json()["pattern"] == pattern
        assert answer.json()["words"] == ["A", "B"]

    def test_a_label_in_use_stays_and_says_by_how_many(
        self, alice_client: APIClient, label: Label, image: Image, alice: User
    ) -> None:
        labelling.save_all(image, alice, [(label, QUAD, "A", None)], origin=Origin.PERSON)
        answer = alice_client.delete(f"/api/v1/labels/{label.id}")
        assert answer.status_code == 409
        assert "1 region." in answer.json()["error"]["message"]
        assert answer.json()["error"]["detail"] == {"regions": 1}
        Image.objects.update(deleted_at=timezone.now() - timedelta(days=1))
        assert alice_client.delete(f"/api/v1/labels/{label.id}").status_code == 204
        assert not Label.objects.exists()


class TestMembers:
    def test_someone_with_an_account_is_a_member_at_once(
        self, alice_client: APIClient, charlie_client: APIClient, charlie: User, project: Project
    ) -> None:
        answer = alice_client.post(
            f"/api/v1/projects/{project.id}/members", {"email": "Charlie@Example.org", "role": "viewer"}
        )
        assert answer.status_code == 201
        assert answer.json()["user"] == {"id": charlie.pk, "email": "charlie@example.org", "name": "Charlie"}
        assert answer.json()["invited"] is False
        assert charlie_client.get(f"/api/v1/projects/{project.id}").json()["role"] == "viewer"
        again = alice_client.post(
            f"/api/v1/projects/{project.id}/members", {"email": "charlie@example.org", "role": "owner"}
        )
        assert again.status_code == 409

    def test_someone_unknown_is_invited(self, alice_client: APIClient, project: Project) -> None:
        answer = alice_client.post(
            f"/api/v1/projects/{project.id}/members", {"email": "new@example.org", "role": "annotator"}
        )
        assert answer.status_code == 201
        assert answer.json()["invited"] is True
        assert Invitation.objects.get().user.email == "new@example.org"
        listed = alice_client.get(f"/api/v1/projects/{project.id}/members").json()
        assert [(m["user"]["email"], m["role"]) for m in listed] == [
            ("alice@example.org", "owner"),
            ("bob@example.org", "annotator"),
            ("new@example.org", "annotator"),
        ]

    def test_roles_change_but_an_owner_is_left(
        self, alice_client: APIClient, alice: User, bob: User, project: Project
    ) -> None:
        members = f"/api/v1/projects/{project.id}/members"
        assert alice_client.patch(f"{members}/{alice.pk}", {"role": "viewer"}).status_code == 409
        assert alice_client.delete(f"{members}/{alice.pk}").json()["error"]["code"] == "last_owner"
        assert alice_client.patch(f"{members}/{bob.pk}", {"role": "owner"}).json()["role"] == "owner"
        assert alice_client.delete(f"{members}/{alice.pk}").status_code == 204
        assert alice_client.get(f"/api/v1/projects/{project.id}").status_code == 404

    def test_a_member_may_leave_but_not_remove_others(
        self, bob_client: APIClient, alice: User, bob: User, project: Project
    ) -> None:
        members = f"/api/v1/projects/{project.id}/members"
        assert bob_client.delete(f"{members}/{alice.pk}").status_code == 403
        assert bob_client.delete(f"{members}/{bob.pk}").status_code == 204
        assert Membership.objects.filter(role=Role.OWNER).count() == 1

    @pytest.mark.parametrize("body", [{"email": "nobody", "role": "viewer"}, {"email": "a@b.org", "role": "king"}, {}])
    def test_bad_input_is_refused(self, body: dict[str, str], alice_client: APIClient, project: Project) -> None:
        assert alice_client.post(f"/api/v1/projects/{project.id}/members", body).status_code == 400
