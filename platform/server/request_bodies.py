"""The body of a request: read however it is sent, and out of the way where nobody reads it.

A body sent in pieces (`Transfer-Encoding: chunked`) announces no length, and Django takes what has none as empty. What
is no file is therefore read here, and its length told; a file is read by its door, which knows who asks, up to the same
limits.

A body that is refused unread lies in the connection before the next request. gunicorn reads 64 kB of it and then closes
a connection that it has just called kept, so that the next request dies. What is left is therefore read before an
answer begins. Where that is too much, the answer says `Connection: close`, and reading goes on behind it: many clients
look at the answer only when they have sent everything. More in docs/decisions/request-bodies.md.
"""

import io
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils.http import parse_header_parameters
from gunicorn.http.errors import NoMoreData, ParseException

from accounts import room
from accounts.errors import Refusal
from server.content_types import Application, Environ

DOORS_FOR_FILES = ("/api/v1/projects/", "/api/v2/")
REFUSAL = "glyphsmith.refusal"  # in the environ: why the body could not be read; server.middleware answers with it
IDLE_SECONDS = 60.0  # without a byte; then the rest is waited for no longer
PIECE = 1 << 16
BYTES_BETWEEN_LOOKS = 16_000_000  # at the room on the disk, while a file is read whose length nobody knows
DRAIN_BYTES, DRAIN_SECONDS = 4_000_000, 2.0  # of a refused body, before the answer: the connection is kept
LINGER_SECONDS, LINGER_IDLE_SECONDS = 30.0, 5.0  # behind an answer that closes it, as nginx does


def receiving(application: Application) -> Application:
    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = Body(environ)
        environ["wsgi.input"] = body
        if body.is_chunked:
            tell_length(environ, body)

        def begin(*status: Any) -> Any:
            if not body.is_out_of_the_way():
                close_after(start_response)
            return start_response(*status)

        parts = application(environ, begin)
        return parts if body.is_over else Lingering(parts, body)

    return answer


def close_after(start_response: Any) -> None:
    """gunicorn drops a Connection header of the application, and can be told only so."""
    response = getattr(start_response, "__self__", None)
    if (force_close := getattr(response, "force_close", None)) is not None:
        force_close()


def tell_length(environ: Environ, body: "Body") -> None:
    """A length for Django to go by: the body's own, or for files the most that may come."""
    body.limit = limit(environ.get("PATH_INFO", ""), environ.get("CONTENT_TYPE", ""))
    if carries_files(environ.get("PATH_INFO", ""), environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_LENGTH"] = str(body.limit + 1)  # of which the last byte is refused
        return
    try:
        read = body.read(body.limit)
        body.read(1)  # comes to the end, or raises
    except Refusal as refusal:
        environ[REFUSAL], read = refusal, b""
    except OSError:  # who has hung up needs no answer
        read = b""
    environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(read)), io.BytesIO(read)


def is_chunked(environ: Environ) -> bool:
    return bool(environ.get("HTTP_TRANSFER_ENCODING"))  # gunicorn lets through none but those that end with chunked


def announced_length(environ: Environ) -> int:
    try:
        return int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:  # the body is then read as empty
        return 0


def limit(path: str, content_type: str) -> int:
    """Files go to doors that know who asks before they read; the CSRF check reads the forms of all the others."""
    if carries_files(path, content_type):
        return max(settings.MAX_ARCHIVE_BYTES, settings.MAX_UPLOAD_BYTES) + 1_000_000  # the form around the file
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0


def carries_files(path: str, content_type: str) -> bool:
    return parse_header_parameters(content_type)[0] == "multipart/form-data" and path.startswith(DOORS_FOR_FILES)


class Body:
    """`wsgi.input`, which knows how much of it was read and keeps to the limits while it is."""

    def __init__(self, environ: Environ) -> None:
        self.source: Any = environ["wsgi.input"]
        self.connection: socket.socket | None = environ.get("gunicorn.socket")
        self.is_chunked = is_chunked(environ)
        self.length = announced_length(environ)
        self.is_over = not self.is_chunked and self.length <= 0
        self.is_broken = False  # where it ends is not known any more
        self.limit: int | None = None
        self.taken = 0
        self.next_look = BYTES_BETWEEN_LOOKS

    def read(self, size: int = -1) -> bytes:
        data = self._patiently(self.source.read, size, IDLE_SECONDS)
        self.is_over = self.is_over or (self.is_chunked and (size < 0 or len(data) < size))
        self._check_limits()
        return data

    def readline(self, size: int = -1) -> bytes:
        return self._patiently(self.source.readline, size, IDLE_SECONDS)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _patiently(self, read: Callable[[int], bytes], size: int, seconds: float) -> bytes:
        try:
            with Patience(self.connection, seconds):
                data = read(size)
        except TimeoutError:
            self.is_broken = True
            raise Refusal(
                f"Nothing more of this request came for {seconds:.0f} seconds. Send it again.",
                code="too_slow",
                status=408,
            ) from None
        except (NoMoreData, ParseException) as error:
            self.is_broken = True
            message = "The body of this request breaks off, or its pieces (chunked) are not well-formed."
            raise Refusal(message, code="bad_request") from error
        self.taken += len(data)
        self.is_over = self.is_over or (not self.is_chunked and self.taken >= self.length)
        return data

    def _check_limits(self) -> None:
        """Of a body whose length nobody knew; any other was looked at before a byte was read."""
        if self.limit is None:
            return
        if self.taken > self.limit:
            raise Refusal(
                f"This request is longer than the {self.limit:,} bytes that are taken.", code="too_large", status=413
            )
        if self.taken >= self.next_look:
            self.next_look = self.taken + BYTES_BETWEEN_LOOKS
            room.check()

    def is_out_of_the_way(self) -> bool:
        """Read and throw away what is left, if it is little and comes soon; whether nothing is left then."""
        if self.is_over or self.is_broken or self._is_left() > DRAIN_BYTES:
            return self.is_over
        self.limit = None
        most, until = self.taken + DRAIN_BYTES, time.monotonic() + DRAIN_SECONDS
        with suppress(OSError, Refusal):
            while not self.is_over and self.taken < most and (left := until - time.monotonic()) > 0:
                # Never past an announced end: what follows is the next request, or nothing, for ever.
                size = PIECE if self.is_chunked else min(PIECE, self._is_left())
                data = self._patiently(self.source.read, size, left)
                self.is_over = self.is_over or len(data) < size
        return self.is_over

    def _is_left(self) -> int:
        """As far as anybody knows."""
        return 0 if self.is_chunked else self.length - self.taken

    def linger(self) -> None:
        """Whatever still comes is thrown away until the client hangs up: an answer that lies unread is lost with a
        connection that is closed on somebody who sends."""
        if self.connection is None:
            return
        until = time.monotonic() + LINGER_SECONDS
        with suppress(OSError), Patience(self.connection, LINGER_IDLE_SECONDS):
            self.connection.shutdown(socket.SHUT_WR)
            while time.monotonic() < until and self.connection.recv(PIECE):
                pass


class Patience:
    """How long one read of a connection may wait for bytes, and as before afterwards."""

    def __init__(self, connection: socket.socket | None, seconds: float) -> None:
        self.connection, self.seconds = connection, seconds

    def __enter__(self) -> None:
        if self.connection is not None:
            self.before = self.connection.gettimeout()
            self.connection.settimeout(self.seconds)

    def __exit__(self, *_: object) -> None:
        if self.connection is not None:
            self.connection.settimeout(self.before)


class Lingering:
    """An answer, and then the rest of the request."""

    def __init__(self, parts: Iterable[bytes], body: Body) -> None:
        self.parts, self.body = parts, body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        try:
            if (close := getattr(self.parts, "close", None)) is not None:
                close()
        finally:
            self.body.linger()
