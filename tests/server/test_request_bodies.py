"""Bodies of requests, sent as real clients send them to the web as the product starts it."""

import json
import shutil
import socket
import subprocess
from io import BytesIO

import pytest
import requests
from pytest_django import Settings

from accounts.errors import Refusal
from annotations.drawn import draw_scene
from runner import pages
from server import request_bodies
from tests.cast import PASSWORD
from tests.server.conftest import Site

TIMES = 50


@pytest.fixture
def site(live_site: Site) -> Site:
    return live_site


def form(content: bytes, name: str = "photo.png") -> tuple[str, bytes]:
    """A form with one file, and its content type; that is how clients make one themselves."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return "multipart/form-data; boundary=x", head + content + b"\r\n--x--\r\n"


def picture(seed: int) -> bytes:
    file = BytesIO()
    draw_scene(seed, (320, 240), easy=True).image.save(file, "PNG")
    return file.getvalue()


def by_curl(address: str, key: str, kind: str, body: bytes) -> tuple[int, str]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    command = ["curl", "-sS", "-T", "-", "-X", "POST", "-u", f"{key}:", "-H", f"Content-Type: {kind}"]
    done = subprocess.run(
        [*command, "-w", "\n%{http_code}", address], input=body, capture_output=True, timeout=60, check=True
    )
    answer, _, status = done.stdout.decode().rpartition("\n")
    return int(status), answer


def by_python(address: str, key: str, kind: str, body: bytes) -> tuple[int, str]:
    pieces = (body[begin : begin + 5000] for begin in range(0, len(body), 5000))
    answer = requests.post(address, data=pieces, auth=(key, ""), headers={"Content-Type": kind}, timeout=60)
    assert "Content-Length" not in answer.request.headers
    return answer.status_code, answer.text


NODE = """
const [address, key, type] = process.argv.slice(1);
const body = new ReadableStream({
  async start(stream) {
    for await (const piece of process.stdin) stream.enqueue(new Uint8Array(piece));
    stream.close();
  },
});
const headers = { authorization: `Bearer ${key}`, 'content-type': type };
const answer = await fetch(address, { method: 'POST', body, duplex: 'half', headers });
console.log(await answer.text());
console.log(answer.status);
"""


def by_node(address: str, key: str, kind: str, body: bytes) -> tuple[int, str]:
    """The Node that builds the pages; script/test installs one where the machine has none."""
    node = str(pages.node_folder() / "node")
    command = [node, "--input-type=module", "--eval", NODE, "--", address, key, kind]
    done = subprocess.run(command, input=body, capture_output=True, timeout=60, check=True)
    answer, _, status = done.stdout.decode().strip().rpartition("\n")
    return int(status), answer


CLIENTS = {"curl -T -": by_curl, "requests": by_python, "fetch": by_node}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_body_sent_in_pieces_is_read_like_any_other(site: Site, client: str) -> None:
    send = CLIENTS[client]
    status, answer = send(
        f"{site.address}/api/v1/projects", site.key, "application/json", json.dumps({"name": client}).encode()
    )
    assert (status, json.loads(answer)["name"]) == (201, client)
    seed = list(CLIENTS).index(client)
    status, answer = send(site.images, site.key, *form(picture(seed)))
    assert (status, json.loads(answer)["images"][0]["width"]) == (201, 320)
    status, answer = send(site.upload_file, site.key, *form(picture(100 + seed)))
    assert (status, json.loads(answer)["message"]) == (200, "Success")


def test_the_pages_own_calls_may_come_in_pieces_too(site: Site) -> None:
    person = requests.Session()
    person.get(f"{site.address}/api/v1/session", timeout=60)
    headers = {"X-CSRFToken": person.cookies["csrftoken"], "Content-Type": "application/json"}
    body = json.dumps({"email": "alice@example.org", "password": PASSWORD}).encode()
    signed_in = person.post(f"{site.address}/api/v1/session/sign-in", iter([body]), headers=headers, timeout=60)
    assert signed_in.status_code == 200
    kind, body = form(picture(200))
    headers = {"X-CSRFToken": person.cookies["csrftoken"], "Content-Type": kind}
    assert person.post(site.images, iter([body]), headers=headers, timeout=60).status_code == 201


@pytest.mark.parametrize("client", CLIENTS)
def test_pieces_that_grow_too_long_are_refused_with_a_sentence(site: Site, client: str) -> None:
    status, answer = CLIENTS[client](f"{site.address}/api/v1/projects", site.key, "application/json", b" " * 6_000_000)
    assert status == 413
    told = json.loads(answer)["error"]
    assert (told["code"], told["message"]) == (
        "too_large",
        "This request is longer than the 5,000,000 bytes that are taken.",
    )
    for door in (site.images, site.upload_file):
        status, answer = CLIENTS[client](door, site.key, *form(bytes(4_500_000)))
        assert status == 413
        assert "longer than the 4,000,000 bytes" in json.loads(answer)["error"]["message"]
    status, answer = CLIENTS[client](site.images, "wrong", *form(bytes(4_500_000)))
    assert status == 401


def test_an_empty_body_in_pieces_is_an_empty_body(site: Site) -> None:
    status, answer = by_python(f"{site.address}/api/v1/projects", site.key, "application/json", b"")
    assert (status, json.loads(answer)["error"]["message"]) == (400, "name: This field is required.")
    assert by_python(site.images, site.key, *form(b""))[0] == 400


def test_pieces_that_do_not_fit_together_are_refused_and_the_connection_closed(site: Site) -> None:
    host, port = site.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            f"POST /api/v1/projects HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {site.key}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert "Connection: close" in answer
    assert "not well-formed" in answer


REFUSED = {
    401: ("POST", "{images}", "wrong", "multipart/form-data; boundary=x"),
    404: ("POST", "{address}/api/v1/projects/{nobody}/images", "", "multipart/form-data; boundary=x"),
    405: ("PUT", "{images}", "", "multipart/form-data; boundary=x"),
    415: ("POST", "{address}/api/v1/projects", "", "text/csv"),
    400: ("POST", "{address}/api/v1/projects", "", "application/json"),
}


@pytest.mark.parametrize("expected", REFUSED)
def test_a_large_body_that_is_refused_leaves_the_connection_alive(site: Site, expected: int) -> None:
    method, address, key, kind = REFUSED[expected]
    nobody = "00000000-0000-4000-8000-000000000000"
    address = address.format(address=site.address, images=site.images, nobody=nobody)
    dead: list[str] = []
    with requests.Session() as client:
        for number in range(TIMES):
            headers = {
                "Authorization": f"Bearer {key or site.key}",
                "Content-Type": kind,
                "X-Forwarded-For": "10.2.2.2",
            }
            answer = client.request(method, address, data=bytes(2_000_000), headers=headers, timeout=60)
            assert answer.status_code == expected, answer.text
            assert answer.headers["Connection"] == "keep-alive"
            try:
                assert client.get(f"{site.address}/healthz", timeout=60).status_code in (200, 503)
            except requests.ConnectionError as error:
                dead.append(f"{number}: {error}")
    assert not dead


def test_a_body_that_is_far_too_large_gets_its_answer_and_the_connection_is_said_to_close(site: Site) -> None:
    with requests.Session() as client:
        for _ in range(3):
            answer = client.post(
                f"{site.address}/api/v1/projects", data=bytes(60_000_000), auth=(site.key, ""), timeout=60
            )
            assert answer.status_code == 413
            assert answer.headers["Connection"] == "close"
            assert answer.json()["error"]["message"].startswith("This request is 60,000,000 bytes long")
            assert client.get(f"{site.address}/healthz", timeout=60).status_code in (200, 503)


def chunked(content: bytes, connection: socket.socket | None = None) -> request_bodies.Body:
    source = BytesIO(content) if connection is None else connection.makefile("rb")
    return request_bodies.Body(
        {"wsgi.input": source, "HTTP_TRANSFER_ENCODING": "chunked", "gunicorn.socket": connection}
    )


def read_all(body: request_bodies.Body) -> None:
    while body.read(request_bodies.PIECE):
        pass


def test_a_file_of_unknown_length_stops_where_the_disk_is_nearly_full(settings: Settings) -> None:
    body = chunked(bytes(20_000_000))
    body.limit = 10**9
    settings.MIN_FREE_BYTES = 10**15
    with pytest.raises(Refusal) as refused:
        read_all(body)
    assert refused.value.status == 507
    assert 16_000_000 <= body.taken < 17_000_000


def test_who_sends_nothing_more_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "IDLE_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"[1, ")
        body = chunked(b"", ours)
        with pytest.raises(Refusal) as refused:
            body.read(100)
        assert (refused.value.status, refused.value.code) == (408, "too_slow")
        assert ours.gettimeout() is None
        assert not body.is_out_of_the_way()
