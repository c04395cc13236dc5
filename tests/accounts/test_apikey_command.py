import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.models import ApiKey, User


def printed(*words: str) -> str:
    out = StringIO()
    call_command("apikey", *words, stdout=out)
    return out.getvalue()


def test_it_makes_the_person_and_prints_a_key_and_nothing_else(db: None, anyone: APIClient) -> None:
    lines = printed("Dora@Example.org").splitlines()
    assert len(lines) == 1
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {lines[0]}")
    assert anyone.get("/api/v1/session").json()["user"]["email"] == "dora@example.org"


def test_a_person_who_is_there_gets_one_key_more(alice: User) -> None:
    assert printed(alice.email) != printed(alice.email)
    assert User.objects.count() == 1
    assert ApiKey.objects.filter(user=alice).count() == 2


@pytest.mark.parametrize("email", ["", "dora", "dora@", "a b@example.org", "\udcff@example.org", f"a@{'b.' * 130}org"])
def test_what_is_no_address_is_refused(email: str, db: None) -> None:
    with pytest.raises(CommandError, match="not a mail address"):
        printed(email)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "\udcff"])
def test_a_name_that_cannot_be_kept_is_refused(name: str, db: None) -> None:
    with pytest.raises(CommandError, match="1 to 100 printable characters"):
        printed("dora@example.org", "--name", name)
    assert not User.objects.exists()


def test_somebody_shut_out_gets_no_key(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(CommandError, match="shut out"):
        printed(alice.email)


def test_somebody_invited_comes_in_by_it(db: None) -> None:
    User.objects.create_user("dora@example.org", is_active=False)
    printed("dora@example.org")
    assert User.objects.get().is_active


def test_the_first_visit_is_still_to_come_afterwards(db: None, anyone: APIClient) -> None:
    printed("dora@example.org")
    assert anyone.get("/api/v1/session").json()["first_visit"]
    body = {"email": "dora@example.org", "password": "a-long-enough-password"}
    assert anyone.post("/api/v1/session/first-account", body).status_code == 201
    person = User.objects.get()
    assert person.is_staff
    assert person.api_keys.count() == 1


def test_in_a_folder_that_was_never_started_it_says_what_to_do(tmp_path: Path) -> None:
    """As every command does that finds no tables."""
    environment = {**os.environ, "GLYPHSMITH_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "server.settings"}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "manage.py", "apikey", "dora@example.org"]
    done = subprocess.run(command, env=environment, cwd=settings.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert str(tmp_path) in line
    assert "Start the server once, with script/server" in line
