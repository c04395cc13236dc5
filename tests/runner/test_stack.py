"""What makes up the server on one machine, and when its address is printed."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from runner import preflight, stack


class Web(HTTPServer):
    """Answers every request with one report, and remembers what it was asked."""

    report: Any = None
    status = 200
    asked: dict[str, str | None]


class Answer(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.asked = {"path": self.path, "host": self.headers["Host"], "via": self.headers["X-Forwarded-Proto"]}
        body = json.dumps(self.server.report).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Quiet."""


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def address_of(web: Web) -> str:
    return f"http://127.0.0.1:{web.server_port}"


def report(**checks: str) -> dict[str, Any]:
    return {"checks": {name: {"ok": not message, "message": message} for name, message in checks.items()}}


def names(stages: list[list[Any]]) -> list[list[str]]:
    return [[program.name for program in stage] for stage in stages]


def test_the_broker_starts_first_and_the_web_last(data: Path) -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        started = stack.stages(data, listener, {})
    assert names(started) == [["broker"], ["worker-default", "worker-predict", "worker-training"], ["web"]]


def test_no_broker_is_started_where_one_is_named(data: Path) -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        started = stack.stages(data, listener, {"REDIS_URL": "redis://queues.example:6379/0"})
    assert names(started) == [["worker-default", "worker-predict", "worker-training"], ["web"]]


def test_all_patiences_together_stay_under_fifteen_seconds(data: Path) -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        started = stack.stages(data, listener, {})
    assert sum(max(program.patience for program in stage) for stage in started) <= 13  # the keeper has two more


def test_web_processes_are_as_many_as_wished(data: Path) -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        command = stack.web_program(listener, {"WEB_CONCURRENCY": "5"}).command
    assert command[command.index("--workers") + 1] == "5"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::", "http://[::1]:8000"),
        ("192.168.1.5", "http://192.168.1.5:8000"),
    ],
)
def test_the_printed_address_can_be_opened_on_this_machine(host: str, address: str, data: Path) -> None:
    assert stack.Options(host, 0, data).address(8000) == address


def test_where_others_may_come_in_the_address_for_them_is_told(data: Path) -> None:
    def told(host: str, **environment: str) -> str:
        return stack.known_as(stack.Options(host, 8123, data), environment)

    assert told("127.0.0.1") == ""
    assert told("0.0.0.0").endswith(f"PUBLIC_URL=http://{socket.gethostname()}:8123")  # noqa: S104
    assert told("0.0.0.0", PUBLIC_URL="https://ocr.example.org") == "people reach it at https://ocr.example.org"  # noqa: S104


def test_a_healthy_server_has_no_trouble(web: Web) -> None:
    web.report = report(database="", broker="", worker_default="")
    assert stack.ask_health(address_of(web)) == []
    assert web.asked["path"] == "/healthz"


@pytest.mark.parametrize("status", [200, 503])
def test_each_trouble_is_told_in_its_own_words(web: Web, status: int) -> None:
    web.status = status
    web.report = report(database="", broker="Connection refused", worker_predict="No predict worker has answered.")
    assert stack.ask_health(address_of(web)) == [
        "broker: Connection refused",
        "worker_predict: No predict worker has answered.",
    ]


def test_health_is_asked_under_the_name_people_use(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://ocr.example.org")
    web.report = report(database="")
    assert stack.ask_health(address_of(web)) == []
    assert (web.asked["host"], web.asked["via"]) == ("ocr.example.org", "https")


@pytest.mark.parametrize("nonsense", [None, [], "ok", {"status": "ok"}])
def test_another_programs_answer_is_no_health(web: Web, nonsense: Any) -> None:
    web.report = nonsense
    assert "does not answer yet" in stack.ask_health(address_of(web))[0]


def test_nobody_there_is_trouble() -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    assert "does not answer yet" in stack.ask_health(f"http://127.0.0.1:{port}")[0]
