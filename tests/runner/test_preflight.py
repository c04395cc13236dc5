"""What cannot work is refused in a sentence, before anything is installed or started."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runner import preflight
from runner.console import Stop
from tests.runner.conftest import until


def test_a_taken_port_is_named_with_who_has_it_and_a_free_one() -> None:
    code = "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)"  # fmt: skip # noqa: E501
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        try:
            port = int(until(other.stdout.readline if other.stdout else str))
            with pytest.raises(Stop) as stop:
                preflight.listen("127.0.0.1", port)
        finally:
            other.kill()
    said = str(stop.value)
    assert f"Port {port} is taken by {sys.executable}" in said
    assert f"(process {other.pid})" in said
    free = int(said.rsplit("--port ", 1)[1])
    preflight.listen("127.0.0.1", free).close()


def test_port_0_takes_any_free_port() -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_listener_can_be_taken_again_at_once_after_a_connection() -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()
    preflight.listen("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(Stop, match=f"--host {host} is no address of this machine"):
        preflight.listen(host, 0)


def test_a_folder_that_cannot_be_made_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Stop, match=r"Cannot write in the data folder .*file/data .*--data DIR"):
        preflight.check_folder(tmp_path / "file" / "data", "the data folder")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Stop, match="Cannot write in the data folder"):
        preflight.check_folder(tmp_path, "the data folder")


def test_a_writable_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    preflight.check_folder(tmp_path / "new" / "data", "the data folder")
    assert list((tmp_path / "new" / "data").iterdir()) == []
    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700


def test_too_little_room_is_said_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"Installing needs about 1048576\.0 GB of free disk space, and .* has .* left"):
        preflight.check_room(tmp_path / "not" / "there" / "yet", 1024**5, "Installing")


def test_enough_room_is_no_matter(tmp_path: Path) -> None:
    preflight.check_room(tmp_path, 1, "Running")
