"""What the files in script/ run: first with any supported Python, then again with the one of .venv."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from runner import console, install, layout, locks, pages, preflight, status
from runner.console import Stop

SET_UP = "GLYPHSMITH_SET_UP"  # tells the command, started again in the venv, that everything is installed


def is_set_up() -> bool:
    """Once only: what this command starts shall not believe it."""
    return os.environ.pop(SET_UP, "") == str(layout.ROOT)


def continue_in_venv(words: Sequence[str], **told: str) -> None:
    """Become that command in the venv's Python; the process, its terminal and its signals stay the same."""
    sys.stdout.flush()
    python = str(layout.venv_python())
    os.execve(python, [python, *words], {**os.environ, **told})  # noqa: S606


def server() -> None:
    with console.told("script/server"):
        options = _server_options()
        data = layout.data_folder(options.data)
        if is_set_up():
            from runner import stack

            sys.exit(stack.serve(stack.Options(options.host, options.port, data)))
        prepare_to_serve(options.host, options.port, data)
        continue_in_venv(sys.argv, **{SET_UP: str(layout.ROOT)})


def _server_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/server",
        description="Set up what is missing, then run Glyphsmith: broker, web and workers. Ctrl-C stops it all.",
        epilog="Settings come from the environment; docs/running.md lists them.",
    )
    parser.add_argument("--port", type=_port, default=8000, help="port of the web page (8000; 0 takes any free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1; 0.0.0.0 for all)")
    parser.add_argument("--data", metavar="DIR", help="folder for everything that is kept (GLYPHSMITH_DATA, or data/)")
    return parser.parse_args()


def _port(word: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", word) or int(word) > 65535:
        raise argparse.ArgumentTypeError(f"{word!r} is no port; a port is a number from 1 to 65535")
    return int(word)


def prepare_to_serve(host: str, port: int, data: Path) -> None:
    """Refuse early what cannot work, then install and build what is missing."""
    preflight.check_system()
    preflight.check_folder(data, "the data folder")
    preflight.check_room_to_run(data)
    status.claim(data).close()
    if not install.runtime_is_fresh():  # otherwise it is found out in seconds, with the means to say who has the port
        preflight.check_address(host, port)
    with install.one_at_a_time():
        install.runtime()
        pages.build()


def manage() -> None:
    with console.told("script/manage"):
        if not install.runtime_is_fresh():
            with install.one_at_a_time():
                install.runtime()
        continue_in_venv([str(layout.ROOT / "manage.py"), *sys.argv[1:]])


def lock() -> None:
    parser = argparse.ArgumentParser(
        prog="script/lock", description="Pin requirements*.in and the frontend's packages."
    )
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    options = parser.parse_args()
    with console.told("script/lock"), install.one_at_a_time():
        install.make_venv()
        locks.lock(options.upgrade)


def test() -> None:
    words, _, pytest_words = _split(sys.argv[1:], "--")
    with console.told("script/test"):
        if not is_set_up():
            _test_parser(["python", "frontend", "journeys"]).parse_known_args(words)
            with install.one_at_a_time():
                preflight.check_system()
                install.development()
                pages.install_packages()
            continue_in_venv(sys.argv, **{SET_UP: str(layout.ROOT)})
        from runner import gate

        wanted = _test_parser(gate.names()).parse_args(words).checks
        unknown = set(wanted) - set(gate.names())
        if unknown:
            raise Stop(f"There is no check {' or '.join(sorted(unknown))}. There are: {', '.join(gate.names())}.")
        sys.exit(gate.main(wanted, pytest_words))


def _split(words: list[str], at: str) -> tuple[list[str], str, list[str]]:
    place = words.index(at) if at in words else len(words)
    return words[:place], at, words[place + 1 :]


def _test_parser(known: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/test",
        description="Install what the tests need, then run every check and sum up.",
        epilog="Words after -- go to pytest: script/test sqlite -- -k accounts",
    )
    parser.add_argument("checks", nargs="*", help=f"only these: {', '.join(known)} (all)")
    return parser
