"""Processes started as people start them, with settings as people write them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from runner.console import REFUSED

ROOT = Path(__file__).resolve().parents[2]
OWN = {"GLYPHSMITH_DATA", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PUBLIC_URL", "SIGNUP", "DJANGO_SETTINGS_MODULE"}


def run(*words: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in OWN}
    return subprocess.run(
        [sys.executable, *words],
        env={**inherited, "GLYPHSMITH_DATA": str(data), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def settings(data: Path, *names: str, **environment: str) -> dict[str, object]:
    program = (
        "import json, sys; sys.path[:0] = ['.', 'platform']; from server import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {names!r}}}))"
    )
    done = run("-c", program, data=data, **environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_bare_checkout_passes_its_checks(tmp_path: Path) -> None:
    done = run("manage.py", "check", data=tmp_path)
    assert done.returncode == 0, done.stderr


def test_what_is_wrong_is_said_with_id_and_hint_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    done = run(
        "manage.py", "check", data=tmp_path / "data", PUBLIC_URL="ocr.example.org", DATABASE_URL="x", SIGNUP="maybe"
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for number in ("E001", "E002", "E003", "E007"):
        assert f"glyphsmith.{number}" in done.stderr
    assert done.stderr.count("HINT:") == 4


def test_pictures_without_a_database_stop_the_start_before_anything_is_made(tmp_path: Path) -> None:
    """The first visitor would become administrator over them, and the first sweep would remove them."""
    picture = tmp_path / "media" / "images" / str(uuid4()) / f"{uuid4()}.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    done = run("manage.py", "prepare", data=tmp_path)
    assert done.returncode == REFUSED, done.stderr
    assert "holds pictures or models, but the database" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("glyphsmith.sqlite3*"))


def test_the_web_process_does_not_start_on_a_wrong_setting(tmp_path: Path) -> None:
    program = "import sys; sys.path[:0] = ['.', 'platform']; import server.wsgi"
    done = run("-c", program, data=tmp_path, EMAIL_URL="mail.example.org")
    assert done.returncode == 1
    assert "glyphsmith.E005" in done.stderr


def test_the_web_process_loads_no_network_library(tmp_path: Path) -> None:
    program = """
import sys
sys.path[:0] = ['.', 'platform']
import server.wsgi
from django.urls import get_resolver
def resolve(resolver):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            resolve(pattern)
        else:
            assert callable(pattern.callback)
resolve(get_resolver())
heavy = {"tensorflow", "keras", "onnxruntime", "onnx", "rapidocr", "tf2onnx"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
    done = run("-c", program, data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_one_address_sets_hosts_origins_and_cookies(tmp_path: Path) -> None:
    names = ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "PROXIES")
    found = settings(
        tmp_path, *names, "SECURE_PROXY_SSL_HEADER", "DEFAULT_FROM_EMAIL", PUBLIC_URL="https://ocr.example.org:8443"
    )
    assert "ocr.example.org" in found["ALLOWED_HOSTS"]  # type: ignore[operator]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://ocr.example.org:8443"]
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert found["PROXIES"] == 1
    assert found["DEFAULT_FROM_EMAIL"] == "Glyphsmith <glyphsmith@ocr.example.org>"


@pytest.mark.parametrize(
    ("environment", "address"),
    [({}, "http://localhost:8000"), ({"GLYPHSMITH_ADDRESS": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000")],
    ids=["bare", "as the launcher listens"],
)
def test_without_a_public_address_plain_http_works(tmp_path: Path, environment: dict[str, str], address: str) -> None:
    found = settings(tmp_path, "PUBLIC_URL", "SESSION_COOKIE_SECURE", "SECURE_PROXY_SSL_HEADER", **environment)
    assert found == {"PUBLIC_URL": address, "SESSION_COOKIE_SECURE": False, "SECURE_PROXY_SSL_HEADER": None}
