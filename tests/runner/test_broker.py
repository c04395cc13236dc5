"""The private Valkey: a real one, on its socket, over its log."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from runner import broker
from runner.console import Stop
from runner.stack import broker_program
from tests.runner.conftest import Supervise, until


def test_the_socket_lies_in_the_data_folder() -> None:
    assert broker.socket_path(Path("/srv/glyphsmith")) == Path("/srv/glyphsmith/run/valkey.sock")


def test_a_data_folder_too_long_for_a_socket_gets_a_short_path_of_its_own() -> None:
    one, other = (broker.socket_path(Path("/srv") / ("long" * 30) / name) for name in ("one", "other"))
    assert len(os.fsencode(one)) <= broker.LONGEST_SOCKET_PATH
    assert one.parent == Path(f"/tmp/glyphsmith-{os.getuid()}")  # noqa: S108
    assert one != other
    assert one == broker.socket_path(Path("/srv") / ("long" * 30) / "one")


def test_the_limit_counts_bytes_not_letters() -> None:
    folder = Path("/") / ("ü" * 45)
    assert len(str(folder / "run" / "valkey.sock")) < broker.LONGEST_SOCKET_PATH
    assert broker.socket_path(folder).is_relative_to("/tmp")  # noqa: S108


def test_the_socket_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o777)
    broker.prepare_socket_folder(folder / "valkey.sock")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_socket_folder_that_is_a_link_somewhere_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to(tmp_path)
    with pytest.raises(Stop, match="belongs to another user"):
        broker.prepare_socket_folder(tmp_path / "run" / "valkey.sock")


def test_nothing_answers_where_nothing_listens(tmp_path: Path) -> None:
    assert not broker.answers(tmp_path / "valkey.sock")


def test_what_was_queued_is_there_again_after_the_broker_was_killed(supervise: Supervise, data: Path) -> None:
    (data / "run").mkdir()
    program = broker_program(data)
    supervised = supervise([{"name": "broker", "command": program.command, "death_signal": program.death_signal}])
    socket = broker.socket_path(data)
    until(lambda: broker.answers(socket))
    with redis.Redis(unix_socket_path=str(socket)) as client:
        client.lpush("queue", "a task")
        time.sleep(1.2)  # the log reaches the disk every second
        first = client.info("server")["process_id"]
        os.kill(first, 9)
        until(lambda: "broker started again" in supervised.output() and broker.answers(socket))
        assert client.lrange("queue", 0, -1) == [b"a task"]
        assert client.info("server")["process_id"] != first
    assert supervised.stop() == 0
    assert not broker.answers(socket)


def with_tasks(data: Path, count: int) -> None:
    """A queue as a broker leaves it when it is stopped: a base and a log."""
    (data / "run").mkdir(exist_ok=True)
    process = subprocess.Popen(broker.command(data), stdout=subprocess.DEVNULL)
    socket = broker.socket_path(data)
    until(lambda: broker.answers(socket))
    with redis.Redis(unix_socket_path=str(socket)) as client:
        client.lpush("queue", *range(count))
        client.bgrewriteaof()
        until(lambda: client.info("persistence")["aof_rewrite_in_progress"] == 0 and list(log_of(data).glob("*.2.*")))
        client.lpush("queue", *range(count))
    process.terminate()
    process.wait(10)


def log_of(data: Path) -> Path:
    return data / "valkey" / "appendonlydir"


def append(log: Path) -> None:
    with next(log.glob("*incr*")).open("ab") as file:
        file.write(b"no command at all " * 5)


def overwrite(pattern: str) -> Callable[[Path], object]:
    return lambda log: next(log.glob(pattern)).write_bytes(b"\xdf\x00garbage " * 20)


def lose(pattern: str) -> Callable[[Path], None]:
    return lambda log: next(log.glob(pattern)).unlink()


def file_for_folder(log: Path) -> None:
    shutil.rmtree(log)
    log.write_text("")


@pytest.mark.parametrize(
    "broken",
    [append, overwrite("*base*"), overwrite("*manifest"), lose("*base*"), file_for_folder],
    ids=["garbage at the end", "garbage at the base", "garbage as manifest", "a part gone", "a file"],
)
def test_a_queue_that_cannot_be_read_is_put_aside_and_the_server_starts(
    broken: Callable[[Path], object], supervise: Supervise, data: Path
) -> None:
    with_tasks(data, 20)
    broken(log_of(data))
    supervised = supervise([{"broker": True}])
    supervised.wait_until_started()
    (aside,) = data.glob("valkey.broken-*")
    assert f"could not read the queue of waiting work, so it was put aside as {aside}" in supervised.output()
    assert (aside / "appendonlydir").exists()
    with redis.Redis(unix_socket_path=str(broker.socket_path(data))) as client:
        assert client.llen("queue") == 0
        assert client.lpush("queue", "a task") == 1


def test_a_queue_that_breaks_while_the_server_runs_is_put_aside_too(supervise: Supervise, data: Path) -> None:
    supervised = supervise([{"broker": True}])
    supervised.wait_until_started()
    socket = broker.socket_path(data)
    pid = supervised.child("broker")["pid"]
    append(log_of(data))
    os.kill(pid, 9)
    until(lambda: "put aside" in supervised.output() and broker.answers(socket), seconds=30)
    assert supervised.child("broker")["pid"] != pid


def test_a_queue_is_put_back_where_the_broker_does_not_start_without_it_either(data: Path) -> None:
    with_tasks(data, 20)
    kept = sorted(path.name for path in log_of(data).iterdir())
    queue = broker.Queue(data)
    assert "put aside" in queue.rescue(1)
    assert not list((data / "valkey").iterdir())
    assert queue.rescue(1) == ""
    assert sorted(path.name for path in log_of(data).iterdir()) == kept
    assert queue.rescue(1) == ""
    assert not list(data.glob("valkey.broken-*"))


@pytest.mark.parametrize("code", [0, -9, -15])
def test_the_queue_of_a_broker_that_was_ended_from_outside_is_kept(code: int, data: Path) -> None:
    with_tasks(data, 20)
    assert broker.Queue(data).rescue(code) == ""
    assert log_of(data).is_dir()
