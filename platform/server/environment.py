"""Settings from environment variables. A wrong value becomes a problem for the startup checks, not a traceback."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import psutil
from environ import Env, FileAwareEnv

SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes, and the broker's child processes add a suffix
LOCK_SECONDS = 20  # a write that waits longer for somebody else's is answered with 503
DATABASE_SCHEMES = {"sqlite", "postgres", "postgresql", "psql", "pgsql"}
EMAIL_SCHEMES = {"smtp", "smtps", "smtp+tls", "smtp+ssl", "consolemail"}
MAIL_PORTS = {"smtp": 25, "smtps": 587, "smtp+tls": 587, "smtp+ssl": 465}


@dataclass(frozen=True)
class Problem:
    id: str
    message: str
    hint: str


@dataclass(frozen=True)
class Broker:
    """One Redis or Valkey, in the two spellings its clients want."""

    url: str  # for redis-py
    celery_url: str


@dataclass(frozen=True)
class PublicAddress:
    """Where people reach this server: `origin` is "https://host:port", without a path."""

    origin: str
    host: str
    secure: bool


class Environment:
    """Reads NAME or, for container secrets, the file named by NAME_FILE."""

    def __init__(self) -> None:
        self.env = FileAwareEnv()
        self.problems: list[Problem] = []

    def text(self, name: str, default: str = "") -> str:
        return str(self.env.str(name, default=default)).strip()

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def number(self, name: str, default: int, *, at_least: int = 1) -> int:
        written = self.text(name) or str(default)
        if written.isdigit() and int(written) >= at_least:
            return int(written)
        self.refuse("E006", f"{name} is {written!r}.", f"Give a whole number of at least {at_least}, like {default}.")
        return default

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        written = self.text(name, default).lower()
        if written in choices:
            return written
        self.refuse("E007", f"{name} is {written!r}.", f"Give one of: {', '.join(choices)}.")
        return default

    def rate(self, name: str, default: str) -> str:
        written = self.text(name) or default
        count, _, period = written.partition("/")
        if count.isdigit() and int(count) > 0 and period in {"sec", "min", "hour", "day"}:
            return written
        self.refuse("E009", f"{name} is {written!r}.", f"Give a number and sec, min, hour or day, like {default}.")
        return default

    def public_address(self, name: str, default: str) -> PublicAddress:
        written = self.text(name) or default
        parts = understood(written)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            hint = "Write it as people type it, with its scheme and without a path, like https://ocr.example.org"
            self.refuse("E002", f"{name} is {written!r}.", hint)
            parts = urlsplit(default)
        origin = f"{parts.scheme}://{parts.netloc}"
        return PublicAddress(origin=origin, host=parts.hostname or "localhost", secure=parts.scheme == "https")

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's dictionary for DATABASE_URL; SQLite gets what keeps processes from locking each other out."""
        written = self.text(name) or default
        try:
            if understood(written).scheme not in DATABASE_SCHEMES:
                raise ValueError
            config: dict[str, Any] = Env.db_url_config(written)
        except ValueError:
            hint = "Like postgres://user:password@host:5432/name or sqlite:////absolute/path.sqlite3"
            self.refuse("E003", f"{name} cannot be understood.", hint)
            config = Env.db_url_config(default)
        return with_sqlite_options(config) if config["ENGINE"].endswith("sqlite3") else with_pooling(config)

    def broker(self, name: str, default_socket: str) -> Broker:
        written = self.text(name) or f"unix://{default_socket}"
        parts = understood(written)
        if parts.scheme in {"unix", "redis+socket"} and parts.path:
            if len(parts.path.encode()) > SOCKET_PATH_LIMIT:
                hint = "Sockets have short names: use a data folder with a shorter path, or set REDIS_URL."
                self.refuse("E008", f"The path of the broker's socket is too long: {parts.path}", hint)
            return Broker(url=f"unix://{parts.path}", celery_url=f"redis+socket://{parts.path}")
        if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
            self.refuse(
                "E004", f"{name} cannot be understood.", "Like redis://host:6379/0 or unix:///path/to/valkey.sock"
            )
            return Broker(url=f"unix://{default_socket}", celery_url=f"redis+socket://{default_socket}")
        return Broker(url=written, celery_url=written)

    def mail(self, name: str) -> dict[str, Any]:
        """Django's EMAIL_… settings; nothing where mails go to the outbox folder."""
        written = self.text(name)
        if not written:
            return {}
        try:
            parts = understood(written)
            if parts.scheme not in EMAIL_SCHEMES or (parts.scheme != "consolemail" and not parts.hostname):
                raise ValueError
            config: dict[str, Any] = Env.email_url_config(written)
        except ValueError:
            hint = "Like smtp+tls://user:password@mail.example.org:587; unset, mails are written to the outbox folder."
            self.refuse("E005", f"{name} cannot be understood.", hint)
            return {}
        wanted = {key: value for key, value in config.items() if key.startswith("EMAIL_") and value is not None}
        return {"EMAIL_PORT": MAIL_PORTS.get(parts.scheme, 25), **wanted}

    def refuse(self, number: str, message: str, hint: str) -> None:
        self.problems.append(Problem(f"glyphsmith.{number}", message, hint))


def understood(address: str) -> SplitResult:
    """The address in its parts, all of them empty where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # is read when asked for, and may be no number
    except ValueError:
        return urlsplit("")
    return parts


def own_names() -> list[str]:
    """What this machine is called from itself and from its network: its name and its addresses."""
    addresses = [entry.address for card in psutil.net_if_addrs().values() for entry in card]
    inner = [address for address in addresses if address.count(".") == 3]
    return ["localhost", "[::1]", socket.gethostname(), *inner]


def with_sqlite_options(config: dict[str, Any]) -> dict[str, Any]:
    # IMMEDIATE: a transaction that reads first and writes later cannot wait for the lock, it fails at once.
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": LOCK_SECONDS,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    return {**config, "OPTIONS": options}


def with_pooling(config: dict[str, Any]) -> dict[str, Any]:
    return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, **config}
