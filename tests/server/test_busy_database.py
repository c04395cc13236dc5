"""Somebody else writes for long: who must write too is told to come again, who only reads notices nothing."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction
from django.test import RequestFactory
from rest_framework.test import APIClient

from accounts.models import ApiKey, User
from annotations.models import Project
from server import lock_waits
from server.failures import server_error

pytestmark = pytest.mark.django_db(transaction=True)


class Writer(threading.Thread):
    """Holds its transaction open until it is told."""

    def __init__(self, project: Project) -> None:
        super().__init__(daemon=True)
        self.project = project
        self.holds, self.may_end = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                Project.objects.filter(pk=self.project.pk).update(name="Held")
                ApiKey.objects.update(name="held")
                self.holds.set()
                self.may_end.wait(30)
        finally:
            connection.close()


@pytest.fixture
def impatient() -> Iterator[None]:
    """As if the 20 seconds were over."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 100" if connection.vendor == "sqlite" else "SET lock_timeout = '100ms'")
    yield
    connection.close()


@pytest.fixture
def writer(project: Project, key_client: APIClient) -> Iterator[Writer]:
    thread = Writer(project)
    thread.start()
    assert thread.holds.wait(10)
    yield thread
    thread.may_end.set()
    thread.join(10)


def test_a_lock_that_is_waited_for_too_long_is_a_503_to_try_again(
    alice: User, project: Project, writer: Writer, impatient: None
) -> None:
    client = APIClient()
    client.force_authenticate(alice)
    answer = client.patch(f"/api/v1/projects/{project.pk}", {"name": "Mine"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["error"]["code"] == "busy"
    assert answer.json()["error"]["message"].endswith("Nothing of this was saved; try again in a few seconds.")


def test_the_other_api_says_it_in_its_own_shape(
    alice: User, project: Project, writer: Writer, impatient: None, key_client: APIClient
) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL locks rows: this call meets none that is held")
    body = {"categories": ["total"], "model_type": "ocr"}
    answer = key_client.post("/api/v2/ObjectDetection/Model/", body)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["errors"] == [answer.json()["message"]]


def test_what_no_view_catches_is_said_as_well(project: Project, writer: Writer, impatient: None) -> None:
    requests = RequestFactory()
    for path, kind in (("/api/v1/projects", "application/json"), ("/projects", "text/html")):
        try:
            Project.objects.filter(pk=project.pk).update(name="Mine")
        except OperationalError:
            answer = server_error(requests.get(path, headers={"Accept": kind}))
        assert answer.status_code == 503
        assert answer.headers["Content-Type"].startswith(kind)


def test_a_key_opens_at_once_though_its_use_cannot_be_noted(
    project: Project, writer: Writer, key_client: APIClient
) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
    begun = time.monotonic()
    assert key_client.get("/api/v1/projects").status_code == 200
    assert time.monotonic() - begun < 5
    assert ApiKey.objects.get().last_used_at is None


def test_the_wait_for_a_lock_has_an_end_on_postgresql_too() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has a timeout of its own")
    connection.close()
    lock_waits.limit()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("20s",)
