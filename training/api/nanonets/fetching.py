"""Files fetched from web addresses that a person gave, without becoming their way into this network.

Names are resolved once, every address must be public, and the connection goes to the address that was checked: a name
that answers differently the second time gains nothing. Redirects are followed a few times, each checked alike.

A request that fetches holds a thread of the web, so only so many may at once, and each ends in time: a socket's own
timeout begins anew with every byte, and a server that sends one now and then would hold the thread for ever.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import urllib3
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

from accounts import json_text
from accounts.errors import Refusal
from annotations import texts
from training import waiting
from training.api.nanonets.parsing import basename
from training.api.nanonets.sending import Sent

MOST_ADDRESSES = 100
LONGEST_ADDRESS = 8000  # signed ones are long; no web server takes more
MOST_REDIRECTS = 3
MOST_SECONDS = 60  # for all of a request: it holds one of the web's threads
TIMEOUT = urllib3.Timeout(connect=5, read=15)
PIECE = 1 << 16
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # a translator at the edge of a network turns these into IPv4
PORTS = {"http": 80, "https": 443}


def addresses(sent: Any) -> list[str]:
    """`urls` as a JSON list, repeated form fields, or a JSON list inside a form field."""
    if isinstance(sent, str):
        sent = [sent]
    found = [one for item in (sent if isinstance(sent, list) else []) for one in _listed(item)]
    if not found:
        raise Refusal("No `urls` were given. Send the addresses of the images under that name.")
    if len(found) > MOST_ADDRESSES:
        raise Refusal(f"At most {MOST_ADDRESSES} addresses are taken at once; these are {len(found)}.")
    if any(len(one) > LONGEST_ADDRESS for one in found):
        raise Refusal(f"One of the `urls` has more than {LONGEST_ADDRESS:,} characters. No web address is that long.")
    return [texts.kept_as_sent(one, "One of the `urls`") for one in found]


def _listed(item: Any) -> list[str]:
    if not isinstance(item, str):
        raise Refusal("Each of the `urls` must be text.")
    if not item.lstrip().startswith("["):
        return [item.strip()]
    try:
        inner = json_text.read(item)
    except json_text.NotJson as error:
        raise Refusal("`urls` is not a JSON list." if error.detail else f"The list in `urls` {error.reason}.") from None
    return [str(one) for one in inner]


def fetch_all(urls: list[str]) -> tuple[list[Sent], list[str]]:
    """One for each address, without a file where it could not be fetched, and a sentence for each of those."""
    with waiting.seat() as may_wait:
        if not may_wait:
            raise Refusal(
                "The server is fetching from or waiting for others in too many requests already. "
                "Try again in a few seconds, or send the files themselves.",
                code="too_many_waiting",
                status=503,
            )
        return _fetch_all(urls, time.monotonic() + MOST_SECONDS)


def _fetch_all(urls: list[str], until: float) -> tuple[list[Sent], list[str]]:
    fetched: list[Sent] = []
    errors: list[str] = []
    for url in urls:
        try:
            if time.monotonic() > until:
                raise Refusal(f"{url} was not fetched: the others took too long. Send it again.")
            fetched.append(Sent(fetch(url, until), url))
        except Refusal as refusal:
            fetched.append(Sent(None, url))
            errors.append(refusal.message)
    if len(errors) == len(urls):
        raise Refusal(" ".join(errors), code="not_fetched", fields={"urls": errors})
    return fetched, errors


class Deadline:
    """Shuts the connections it knows when the time is up: whatever is read from them then ends at once."""

    def __init__(self) -> None:
        self.over = False
        self._sockets: list[socket.socket] = []

    @contextmanager
    def at(self, until: float) -> Iterator["Deadline"]:
        timer = threading.Timer(max(0.0, until - time.monotonic()), self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield self
        finally:
            timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        self._sockets.append(connection)
        if self.over:
            self._shut()

    def _shut(self) -> None:
        self.over = True
        for connection in self._sockets:
            with suppress(OSError):  # closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Watched(urllib3.connection.HTTPConnection):
    def __init__(self, *args: Any, deadline: Deadline, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.watch(self.sock)


class _WatchedTls(_Watched, urllib3.connection.HTTPSConnection):
    """The same over TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


def fetch(url: str, until: float) -> "UploadedFile[Any]":
    """The body behind a public address, fetched by then. Raises Refusal that names the address."""
    with Deadline().at(until) as deadline:
        try:
            return _fetch(url, deadline)
        except Refusal:
            if deadline.over:
                raise Refusal(f"{url} was not fetched: it takes too long to answer.") from None
            raise


def _fetch(url: str, deadline: Deadline) -> "UploadedFile[Any]":
    at = url
    for _ in range(MOST_REDIRECTS + 1):
        try:
            answer = _get(at, url, deadline)
        except (urllib3.exceptions.HTTPError, OSError):
            raise Refusal(f"{url} did not answer.") from None
        if not (target := answer.get_redirect_location()):
            return SimpleUploadedFile(name_in(url), _body(answer, url, deadline))
        answer.release_conn()
        at = joined(at, target, url)
    raise Refusal(f"{url} is redirected too often.")


def name_in(url: str) -> str:
    return texts.file_name(basename(unquote(split(url, url).path)) or "image")


def split(at: str, url: str) -> SplitResult:
    try:
        return urlsplit(at)
    except ValueError:  # such as http://[::1
        raise Refusal(f"{url} is not a web address.") from None


def joined(at: str, target: str, url: str) -> str:
    try:
        return urljoin(at, target)
    except ValueError:
        raise Refusal(f"{url} is redirected to what is no web address.") from None


def _get(at: str, url: str, deadline: Deadline) -> urllib3.BaseHTTPResponse:
    parts = split(at, url)
    try:
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise Refusal(f"{url} is not a web address; it must start with http:// or https://.") from None
    if not parts.hostname:
        raise Refusal(f"{url} is not a web address.")
    host = in_ascii(parts.hostname, url)
    address = public_address(host, port, url)
    options: dict[str, Any] = {"timeout": TIMEOUT, "retries": False, "maxsize": 1, "deadline": deadline}
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = _TlsPool(address, port, server_hostname=host, assert_hostname=host, **options)
    else:
        pool = _Pool(address, port, **options)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    named = f"[{host}]" if ":" in host else host
    headers = {"Host": f"{named}:{parts.port}" if parts.port else named, "User-Agent": "Glyphsmith"}
    return pool.urlopen("GET", target, headers=headers, redirect=False, preload_content=False, assert_same_host=False)


def in_ascii(host: str, url: str) -> str:
    """As the name stands in the DNS and in a header: bücher.example is xn--bcher-kva.example there."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise unknown(host, url) from None


def unknown(host: str, url: str) -> Refusal:
    return Refusal(f"{url} cannot be reached: its name {host} is unknown.")


def public_address(host: str, port: int, url: str) -> str:
    """The address to connect to. Raises Refusal where the name has none, or any that is not public."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, ValueError):
        raise unknown(host, url) from None
    if not settings.FETCH_PRIVATE and not all(is_public(address) for address in found):
        raise Refusal(f"{url} is not fetched: it lies in a private network.")
    return sorted(found)[0]


def is_public(address: str) -> bool:
    """Also of IPv4 addresses dressed as IPv6, the ones of a network's own NAT64 included."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    if parsed.version == 6 and parsed in NAT64:
        inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    checked = inner or parsed
    return checked.is_global and not checked.is_multicast


def _body(answer: urllib3.BaseHTTPResponse, url: str, deadline: Deadline) -> bytes:
    try:
        if answer.status != 200:
            raise Refusal(f"{url} answered with status {answer.status}.")
        pieces: list[bytes] = []
        size = 0
        for piece in answer.stream(PIECE):
            size += len(piece)
            if size > settings.MAX_UPLOAD_BYTES:
                raise Refusal(f"{url} is larger than {settings.MAX_UPLOAD_BYTES / 1e6:g} MB.", status=413)
            pieces.append(piece)
        if deadline.over:  # an answer without a length seems to end where its connection is shut
            raise Refusal(f"{url} takes too long.")
        return b"".join(pieces)
    except urllib3.exceptions.HTTPError:
        raise Refusal(f"{url} stopped in the middle of its answer.") from None
    finally:
        answer.close()
