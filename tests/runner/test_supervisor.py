"""The supervisor over real processes: it starts, restarts and stops them, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner import leftovers
from tests.runner.conftest import SUPERVISED, Supervise, Supervised, is_alive, python, until

SLEEPS = python("time.sleep(600)")


def notes_its_end(file: Path, name: str) -> list[str]:
    return python(
        f"def end(*_):\n    open({str(file)!r}, 'a').write({name!r} + ' '); sys.exit(0)\n"
        f"signal.signal(signal.SIGTERM, end)\nprint('{name} runs')\ntime.sleep(600)"
    )


def has_a_child_of_its_own(file: Path) -> list[str]:
    """A program whose child has left its session and group, as a daemon would."""
    return python(
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        f"open({str(file)!r}, 'w').write(str(child.pid))\ntime.sleep(600)"
    )


def test_a_program_that_dies_is_started_again_after_growing_pauses(supervise: Supervise, data: Path) -> None:
    supervised = supervise([{"name": "brief", "command": python("sys.exit(3)")}])
    until(lambda: supervised.child("brief")["restarts"] >= 3)
    said = supervised.output()
    assert "brief ended (exit 3); starting it again in 1 s" in said
    assert "brief ended (exit 3); starting it again in 2 s" in said
    assert "brief ended (exit 3); starting it again in 4 s" in said
    assert "brief started again (process" in said
    assert supervised.child("brief")["state"] == "backing off"
    assert "starting it again in 2 s" in (data / "logs" / "supervisor.log").read_text()


def test_a_killed_program_runs_again_as_another_process(supervise: Supervise) -> None:
    supervised = supervise([{"name": "steady", "command": SLEEPS}])
    first = until(lambda: supervised.child("steady")["pid"])
    os.kill(first, signal.SIGKILL)
    second = until(lambda: supervised.child("steady")["pid"] not in (None, first) and supervised.child("steady")["pid"])
    assert is_alive(second)
    assert supervised.child("steady")["last_exit"] == -signal.SIGKILL
    assert "steady ended (by SIGKILL)" in supervised.output()


def test_what_a_dead_program_had_started_is_gone_before_it_starts_again(supervise: Supervise, tmp_path: Path) -> None:
    file = tmp_path / "child"
    command = python(
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(file)!r}, 'a').write(str(child.pid) + ' ')\ntime.sleep(600)"
    )
    supervised = supervise([{"name": "parent", "command": command}])
    orphan = int(until(lambda: file.read_text().split()[0]))
    os.kill(supervised.child("parent")["pid"], signal.SIGKILL)
    until(lambda: len(file.read_text().split()) == 2)
    assert not is_alive(orphan)


def test_programs_stop_in_the_reverse_order_of_their_start(supervise: Supervise, tmp_path: Path) -> None:
    order = tmp_path / "order"
    names = ["broker", "worker", "web"]
    supervised = supervise([{"name": name, "command": notes_its_end(order, name)} for name in names])
    until(lambda: all(f"{name} runs" in supervised.output() for name in names))
    assert supervised.stop() == 0
    assert order.read_text().split() == ["web", "worker", "broker"]
    assert "everything has stopped" in supervised.output()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_of_asking_stops_everything(supervise: Supervise, number: int) -> None:
    supervised = supervise([{"name": "steady", "command": SLEEPS}])
    supervised.wait_until_started()
    pid, keeper = supervised.child("steady")["pid"], supervised.keeper().pid
    assert supervised.stop(number) == 0
    assert not is_alive(pid)
    assert not is_alive(keeper)


def test_a_program_that_will_not_stop_is_ended_after_its_patience(supervise: Supervise) -> None:
    deaf = python("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\ntime.sleep(600)")
    supervised = supervise([{"name": "deaf", "command": deaf, "patience": 1.0}])
    until(lambda: "| deaf" in supervised.output())
    pid, begun = supervised.child("deaf")["pid"], time.monotonic()
    assert supervised.stop() == 0
    assert 1.0 <= time.monotonic() - begun < 5.0
    assert not is_alive(pid)
    assert "deaf did not stop within 1 s and was ended" in supervised.output()


def test_asking_twice_ends_everything_at_once(supervise: Supervise) -> None:
    deaf = python("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\ntime.sleep(600)")
    supervised = supervise([{"name": "deaf", "command": deaf, "patience": 60.0}])
    until(lambda: "| deaf" in supervised.output())
    supervised.process.send_signal(signal.SIGINT)
    until(lambda: "stopping" in supervised.output())
    begun = time.monotonic()
    assert supervised.stop(signal.SIGINT) == 0
    assert time.monotonic() - begun < 5.0


def test_nothing_is_left_when_the_supervisor_is_killed(supervise: Supervise, tmp_path: Path) -> None:
    file = tmp_path / "grandchild"
    supervised = supervise([{"name": "parent", "command": has_a_child_of_its_own(file)}])
    grandchild = int(until(file.read_text))
    pid, keeper = until(lambda: supervised.child("parent")["pid"]), supervised.keeper().pid
    supervised.stop(signal.SIGKILL)
    until(lambda: not any(is_alive(each) for each in (pid, grandchild, keeper)))


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_direct_children_die_with_the_supervisor_even_without_the_keeper(supervise: Supervise) -> None:
    supervised = supervise([{"name": "steady", "command": SLEEPS}])
    supervised.wait_until_started()
    pid = supervised.child("steady")["pid"]
    supervised.process.send_signal(signal.SIGSTOP)  # it must not start another keeper
    supervised.keeper().kill()
    supervised.stop(signal.SIGKILL)
    until(lambda: not is_alive(pid))


def test_the_next_start_ends_what_a_killed_supervisor_and_keeper_left(supervise: Supervise, tmp_path: Path) -> None:
    file = tmp_path / "grandchild"
    first = supervise([{"name": "parent", "command": has_a_child_of_its_own(file)}])
    grandchild = int(until(file.read_text))
    first.process.send_signal(signal.SIGSTOP)
    first.keeper().kill()
    first.stop(signal.SIGKILL)
    assert is_alive(grandchild)
    second = supervise([{"name": "steady", "command": SLEEPS}])
    second.wait_until_started()
    assert not is_alive(grandchild)
    assert "an earlier server of this data folder was killed; ended what it had left (1)" in second.output()


def test_a_process_that_merely_has_a_recorded_number_is_left_alone(supervise: Supervise, data: Path) -> None:
    stranger = subprocess.Popen(SLEEPS)
    try:
        (data / "run").mkdir()
        text = f'{{"processes": [{{"name": "web", "pid": {stranger.pid}, "started": 12345.0}}]}}'
        (data / "run" / "processes.json").write_text(text)
        supervise([{"name": "steady", "command": SLEEPS}]).wait_until_started()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_copy_of_a_running_servers_folder_ends_nothing_of_the_original(supervise: Supervise, data: Path) -> None:
    original = supervise([{"name": "steady", "command": SLEEPS}])
    original.wait_until_started()
    pid = original.child("steady")["pid"]
    copy = shutil.copytree(data, data.with_name("copy"))
    copied = Supervised(copy, [{"name": "other", "command": SLEEPS}])
    try:
        copied.wait_until_started()
        assert is_alive(pid)
        assert "ended what it had left" not in copied.output()
        assert copied.stop() == 0
        assert is_alive(pid)
        assert original.child("steady")["restarts"] == 0
    finally:
        leftovers.end_marked(leftovers.folder_mark(copy), patience=1.0)


def test_a_copy_put_in_the_place_of_a_folder_in_use_ends_nothing_of_it(supervise: Supervise, data: Path) -> None:
    original = supervise([{"name": "steady", "command": SLEEPS}])
    original.wait_until_started()
    pid = original.child("steady")["pid"]
    moved = data.rename(data.with_name("moved"))
    shutil.copytree(moved, data)
    supervise([{"name": "other", "command": SLEEPS}]).wait_until_started()
    assert is_alive(pid)


def test_what_could_not_be_written_of_the_processes_is_written_later(supervise: Supervise, data: Path) -> None:
    supervised = supervise([{"name": "steady", "command": SLEEPS}])
    supervised.wait_until_started()
    first = supervised.child("steady")["pid"]
    in_the_way = data / "run" / "processes.json.new"  # as on a full disk, the file cannot be written
    in_the_way.mkdir()
    os.kill(first, signal.SIGKILL)
    until(lambda: "steady started again" in supervised.output())
    assert supervised.child("steady")["pid"] == first
    in_the_way.rmdir()
    assert is_alive(
        until(lambda: supervised.child("steady")["pid"] not in (None, first) and supervised.child("steady")["pid"])
    )


def test_a_keeper_that_died_is_replaced(supervise: Supervise) -> None:
    supervised = supervise([{"name": "steady", "command": SLEEPS}])
    supervised.wait_until_started()
    first = supervised.keeper()
    first.kill()
    assert until(lambda: supervised.keeper().pid != first.pid)


def test_a_second_server_on_the_same_data_folder_is_refused_in_a_sentence(supervise: Supervise, data: Path) -> None:
    first = supervise([{"name": "steady", "command": SLEEPS}])
    first.wait_until_started()
    second = subprocess.run(
        [sys.executable, str(SUPERVISED), str(data), "[]"], capture_output=True, text=True, check=False, timeout=20
    )
    assert second.returncode == 1
    assert f"A server already runs on the data folder {data}" in second.stderr
    assert f"kill {first.process.pid}" in second.stderr
    assert "Traceback" not in second.stderr
    assert is_alive(first.child("steady")["pid"])


def test_a_program_that_ends_before_it_is_ready_ends_the_start_with_its_last_words(supervise: Supervise) -> None:
    loud = python("print('the disk is made of cheese'); sys.exit(1)")
    supervised = supervise(
        [{"name": "steady", "command": SLEEPS}, {"name": "loud", "command": loud, "never_ready": True}]
    )
    assert supervised.process.wait(timeout=20) == 1
    assert "supervised: loud did not start" in supervised.output()
    assert supervised.output().count("the disk is made of cheese") == 2  # as it said it, and in the sentence
    assert "Traceback" not in supervised.output()


def test_lines_of_programs_are_shown_with_their_name_and_kept(supervise: Supervise, data: Path) -> None:
    supervised = supervise([{"name": "chatty", "command": python("print('grüße', flush=True)\ntime.sleep(600)")}])
    until(lambda: "grüße" in (data / "logs" / "chatty.log").read_text())
    assert "chatty          | grüße" in supervised.output()


def test_marks_of_two_folders_differ_and_agree_within_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert leftovers.folder_mark(tmp_path / "a") != leftovers.folder_mark(tmp_path / "b")
    assert leftovers.own_mark(tmp_path / "a").startswith(leftovers.folder_mark(tmp_path / "a"))


def test_what_is_run_once_is_over_before_the_next_starts(supervise: Supervise, tmp_path: Path) -> None:
    first = python(f"time.sleep(0.5); open({str(tmp_path / 'done')!r}, 'w')")
    second = python(
        f"print('found it' if os.path.exists({str(tmp_path / 'done')!r}) else 'too early')\ntime.sleep(600)"
    )
    supervised = supervise([{"title": "prepare", "command": first, "once": True}, {"name": "web", "command": second}])
    until(lambda: "web             | found it" in supervised.output())
    assert [child["name"] for child in supervised.status()["processes"]] == ["web"]


def test_a_failure_of_what_is_run_once_ends_the_start(supervise: Supervise, tmp_path: Path) -> None:
    fails = python("print('PUBLIC_URL is nonsense'); sys.exit(2)")
    supervised = supervise([{"title": "prepare", "command": fails, "once": True}, {"name": "web", "command": SLEEPS}])
    assert supervised.process.wait(timeout=20) == 1
    assert "`prepare` failed (exit 2), so nothing was started" in supervised.output()
    assert "all started" not in supervised.output()


def test_what_refuses_the_start_in_sentences_is_quoted_without_more(supervise: Supervise) -> None:
    refuses = python("print('The database is missing. Restore it.'); sys.exit(3)")
    supervised = supervise([{"title": "prepare", "command": refuses, "once": True}])
    assert supervised.process.wait(timeout=20) == 1
    assert "supervised: The database is missing. Restore it." in supervised.output()
    assert "failed" not in supervised.output()
