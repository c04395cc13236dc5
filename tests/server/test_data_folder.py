import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server import data_folder

ROOT = Path(__file__).resolve().parents[2]


def test_it_makes_what_is_missing_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    assert data_folder.prepare(folder) is None
    assert {path.name for path in folder.iterdir()} == {"media", "runs", "outbox", "run", "tmp"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    problem = data_folder.prepare(tmp_path / "data")
    assert problem is not None
    assert problem.id == "glyphsmith.E001"
    assert str(tmp_path / "data") in problem.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    problem = data_folder.prepare(tmp_path / "data")
    assert problem is not None
    assert "Permission denied" in problem.message


def test_the_secret_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    key = data_folder.secret_key(tmp_path)
    assert len(key) >= 50
    assert data_folder.secret_key(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from server.data_folder import secret_key; "
        "sys.stdin.readline(); print(secret_key(Path(sys.argv[1])))"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=60)[0].strip() for process in started}
    assert keys == {(tmp_path / "secret_key").read_text()}
