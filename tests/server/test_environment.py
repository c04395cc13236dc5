from typing import Any

import pytest

from server.environment import Environment, own_names


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.delenv("NAME", raising=False)
    return Environment()


@pytest.mark.parametrize(
    ("written", "origin", "host", "secure"),
    [
        ("", "http://localhost:8000", "localhost", False),
        ("https://ocr.example.org", "https://ocr.example.org", "ocr.example.org", True),
        ("https://ocr.example.org/", "https://ocr.example.org", "ocr.example.org", True),
        (" http://ocr.example.org:8080 ", "http://ocr.example.org:8080", "ocr.example.org", False),
        ("http://[::1]:8000", "http://[::1]:8000", "::1", False),
    ],
)
def test_the_public_address(
    written: str, origin: str, host: str, secure: bool, env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAME", written)
    address = env.public_address("NAME", "http://localhost:8000")
    assert (address.origin, address.host, address.secure) == (origin, host, secure)
    assert env.problems == []


@pytest.mark.parametrize(
    ("read", "written", "number"),
    [
        (lambda env: env.public_address("NAME", "http://x"), "ocr.example.org", "E002"),
        (lambda env: env.public_address("NAME", "http://x"), "ftp://ocr.example.org", "E002"),
        (lambda env: env.public_address("NAME", "http://x"), "https://ocr.example.org/path", "E002"),
        (lambda env: env.public_address("NAME", "http://x"), "https://", "E002"),
        (lambda env: env.public_address("NAME", "http://x"), "https://[", "E002"),
        (lambda env: env.public_address("NAME", "http://x"), "https://host:port", "E002"),
        (lambda env: env.database("NAME", "sqlite:////x"), "mysql://h/x", "E003"),
        (lambda env: env.database("NAME", "sqlite:////x"), "nonsense", "E003"),
        (lambda env: env.database("NAME", "sqlite:////x"), "postgres://u@[::1/x", "E003"),
        (lambda env: env.broker("NAME", "/x"), "amqp://host", "E004"),
        (lambda env: env.broker("NAME", "/x"), "redis://", "E004"),
        (lambda env: env.broker("NAME", "/x"), "redis://host:port/0", "E004"),
        (lambda env: env.broker("NAME", "/x"), "unix://", "E004"),
        (lambda env: env.mail("NAME"), "smtp://", "E005"),
        (lambda env: env.mail("NAME"), "mail.example.org:25", "E005"),
        (lambda env: env.mail("NAME"), "smtp://host:port", "E005"),
        (lambda env: env.number("NAME", 5), "five", "E006"),
        (lambda env: env.number("NAME", 5), "0", "E006"),
        (lambda env: env.number("NAME", 5), "-1", "E006"),
        (lambda env: env.rate("NAME", "60/min"), "60", "E009"),
        (lambda env: env.rate("NAME", "60/min"), "many/min", "E009"),
        (lambda env: env.rate("NAME", "60/min"), "60/fortnight", "E009"),
        (lambda env: env.choice("NAME", "a", ["a", "b"]), "c", "E007"),
        (lambda env: env.broker("NAME", "/x"), "unix:///" + "x" * 120, "E008"),
    ],
)
def test_a_wrong_value_is_a_problem_with_an_id_and_a_hint(
    read: Any, written: str, number: str, env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAME", written)
    read(env)
    assert [problem.id for problem in env.problems] == [f"glyphsmith.{number}"]
    assert env.problems[0].message.endswith((".", "x"))
    assert env.problems[0].hint


def test_a_password_in_an_address_is_in_no_message(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "mysql://user:secret@host/x")
    env.database("NAME", "sqlite:////x")
    assert "secret" not in str(env.problems)


def test_sqlite_gets_what_lets_processes_share_it(env: Environment) -> None:
    config = env.database("NAME", "sqlite:////folder/x.sqlite3")
    assert config["NAME"] == "/folder/x.sqlite3"
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert config["OPTIONS"]["timeout"] == 20
    assert "journal_mode=WAL" in config["OPTIONS"]["init_command"]


def test_postgresql_keeps_its_connections(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "postgres://user:pass@host:5433/name")
    config = env.database("NAME", "sqlite:////x")
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert (config["HOST"], config["PORT"], config["NAME"]) == ("host", 5433, "name")
    assert config["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize(
    ("written", "url", "celery_url"),
    [
        ("", "unix:///d/valkey.sock", "redis+socket:///d/valkey.sock"),
        ("redis://host:6379/2", "redis://host:6379/2", "redis://host:6379/2"),
        ("rediss://:pw@host/0", "rediss://:pw@host/0", "rediss://:pw@host/0"),
        ("unix:///run/v.sock", "unix:///run/v.sock", "redis+socket:///run/v.sock"),
    ],
)
def test_the_broker_in_the_spelling_of_both_its_clients(
    written: str, url: str, celery_url: str, env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAME", written)
    broker = env.broker("NAME", "/d/valkey.sock")
    assert (broker.url, broker.celery_url) == (url, celery_url)


def test_mail_over_tls_with_a_password(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "smtp+tls://user%40x:p%2Fw@mail.example.org:587")
    config = env.mail("NAME")
    assert config["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (config["EMAIL_HOST"], config["EMAIL_PORT"], config["EMAIL_USE_TLS"]) == ("mail.example.org", 587, True)
    assert (config["EMAIL_HOST_USER"], config["EMAIL_HOST_PASSWORD"]) == ("user@x", "p/w")


def test_mail_without_a_user(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "smtp://mail.example.org")
    config = env.mail("NAME")
    assert config["EMAIL_PORT"] == 25
    assert "EMAIL_HOST_USER" not in config  # Django's own default says: do not sign in


def test_a_secret_can_be_read_from_a_file(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("secrets") / "key"
    secret.write_text("from a file\n")
    monkeypatch.setenv("NAME_FILE", str(secret))
    assert env.text("NAME") == "from a file"


def test_this_machine_knows_its_own_names() -> None:
    assert {"localhost", "127.0.0.1", "[::1]"} <= set(own_names())
