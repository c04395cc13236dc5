"""What runs on one machine: broker, web and three workers."""

import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runner import broker, console, layout, preflight, web
from runner.child import Program
from runner.supervisor import Supervisor

WORKERS = ("default", "predict", "training")
SLOW_START_SECONDS = 60.0


@dataclass(frozen=True)
class Options:
    """What the person who starts the server may choose."""

    host: str
    port: int
    data: Path

    def address(self, port: int) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve(options: Options) -> int:
    """Run the whole stack until Ctrl-C or SIGTERM."""
    os.umask(0o077)  # a folder that was there before may be open to others: what is made in it shall not be
    preflight.check_folder(options.data, "the data folder")
    preflight.check_room_to_run(options.data)
    supervisor = Supervisor(options.data)
    listener = preflight.listen(options.host, options.port)
    supervisor.address = options.address(listener.getsockname()[1])
    os.environ["GLYPHSMITH_DATA"] = str(options.data)
    os.environ["GLYPHSMITH_ADDRESS"] = supervisor.address
    note = known_as(options, os.environ)
    return supervisor.serve(lambda: start_all(supervisor, listener, note))


def known_as(options: Options, environment: Mapping[str, str]) -> str:
    """What to say of the address that other people use; nothing where the printed one is all there is."""
    public = environment.get("PUBLIC_URL")
    if public:
        return f"people reach it at {public}"
    if options.host in {"127.0.0.1", "localhost", "::1"}:
        return ""
    return (
        "others reach it by this machine's name or address. For the links in mails to lead there, set PUBLIC_URL, "
        f"like PUBLIC_URL=http://{socket.gethostname()}:{options.port}"
    )


def start_all(supervisor: Supervisor, listener: socket.socket, note: str) -> None:
    supervisor.tell("checking the settings and bringing the database up to date")
    supervisor.run_once("prepare", manage("prepare"))
    for stage in stages(supervisor.data, listener, os.environ):
        supervisor.start(stage)
    threading.Thread(target=announce, args=(supervisor, note), daemon=True).start()


def stages(data: Path, listener: socket.socket, environment: Mapping[str, str]) -> list[list[Program]]:
    """What to start, in this order: an outside broker needs none of ours."""
    own_broker = [] if environment.get("REDIS_URL") else [[broker_program(data)]]
    return [*own_broker, [worker_program(kind) for kind in WORKERS], [web_program(listener, environment)]]


def manage(*words: str) -> list[str]:
    return [sys.executable, str(layout.ROOT / "manage.py"), *words]


def broker_program(data: Path) -> Program:
    queue = broker.Queue(data)
    broker.prepare_socket_folder(queue.socket)
    return Program(
        "broker",
        broker.command(data),
        patience=2.5,
        death_signal=signal.SIGTERM,  # it writes its log to the end first
        ready=queue.answers,
        rescue=queue.rescue,
    )


def worker_program(kind: str) -> Program:
    # Training takes whatever the machine has to spare; it must not make pages and predictions wait.
    return Program(f"worker-{kind}", manage("worker", kind), patience=6.0, niceness=5 if kind == "training" else 0)


def web_program(listener: socket.socket, environment: Mapping[str, str]) -> Program:
    command = [sys.executable, "-m", "gunicorn", "server.wsgi:application", "--pythonpath", str(layout.PLATFORM)]
    options = {
        "--worker-class": "gthread",
        "--workers": environment.get("WEB_CONCURRENCY", "2"),
        "--threads": str(web.THREADS),
        "--bind": f"fd://{listener.fileno()}",
        "--timeout": "120",
        "--graceful-timeout": "3",
        "--keep-alive": "75",  # longer than anybody polls: a connection closed at the moment of a request is an error
        "--log-level": "warning",
    }
    if Path("/dev/shm").is_dir():  # noqa: S108  gunicorn's heartbeat files; on a slow disk they block a worker
        options["--worker-tmp-dir"] = "/dev/shm"  # noqa: S108
    flat = [word for pair in options.items() for word in pair]
    # Loaded once and then forked: half the work of a start, and the memory is shared.
    command = [*command, *flat, "--preload", "--no-control-socket"]
    return Program("web", command, patience=4.0, inherited=(listener.fileno(),))


def announce(supervisor: Supervisor, note: str) -> None:
    """Say the address once it can be used: the web answers, all it needs is well, and all workers beat."""
    complained = False
    while not supervisor.over.wait(0.25):
        trouble = ask_health(supervisor.address or "")
        if not trouble:
            return welcome(supervisor, time.monotonic() - supervisor.begun, note)
        if not complained and time.monotonic() - supervisor.begun > SLOW_START_SECONDS:
            complained = True
            supervisor.tell(f"not ready yet: {'; '.join(trouble)}. Its lines are above and in {supervisor.logs}")
    return None


def welcome(supervisor: Supervisor, seconds: float, note: str) -> None:
    supervisor.tell(f"ready after {console.duration(seconds)}")
    console.say(
        f"\n  Glyphsmith is ready: {console.coloured(supervisor.address or '', 32)}\n"
        + (f"  {note}\n" if note else "")
        + f"  data and logs: {supervisor.data}    stop: Ctrl-C\n"
    )


def ask_health(address: str) -> list[str]:
    """What /healthz finds wrong, as short sentences; empty when all is well."""
    where = urlsplit(address)
    public = urlsplit(os.environ.get("PUBLIC_URL") or address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": public.netloc, "X-Forwarded-Proto": public.scheme})
        response = connection.getresponse()
        checks = json.loads(response.read())["checks"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return [f"the web server does not answer yet ({type(error).__name__})"]
    finally:
        connection.close()
    return [f"{name}: {check['message'] or 'not well'}" for name, check in checks.items() if not check["ok"]]
