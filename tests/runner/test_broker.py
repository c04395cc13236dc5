"""The private Valkey: a real one, on its socket, over its log."""

import os
import time
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
