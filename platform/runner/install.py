"""Make .venv and install the pinned requirements into it; nothing is done again unless its inputs changed."""

import ast
import contextlib
import fcntl
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runner import layout, preflight, stamps
from runner.console import Stop, say, step

RUNTIME = "requirements.txt"
SETUP = "requirements-setup.txt"  # uv: installs the rest several times faster than pip
NODE = "requirements-node.txt"
DEVELOPMENT = "requirements-dev.txt"
ROOM = {"cpu": 3 * preflight.GIB, "cuda": 10 * preflight.GIB, "plain": 4 * preflight.GIB}
DOWNLOAD = {"cpu": "400 MB", "cuda": "3.4 GB", "plain": "700 MB"}
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def tensorflow_build(environment: Mapping[str, str], system: str, machine: str, has_driver: bool) -> str:
    """Which TensorFlow fits: cpu or cuda on Linux x86-64, plain elsewhere; GLYPHSMITH_TENSORFLOW decides otherwise."""
    wish = environment.get("GLYPHSMITH_TENSORFLOW")
    if wish:
        if wish not in ROOM:
            raise Stop(f"GLYPHSMITH_TENSORFLOW is {wish!r}; it may be cpu, cuda or plain.")
        return wish
    if system != "Linux" or machine not in ("x86_64", "AMD64"):
        return "plain"
    return "cuda" if has_driver else "cpu"


def this_build() -> str:
    has_driver = NVIDIA_DRIVER.exists() or shutil.which("nvidia-smi") is not None
    return tensorflow_build(os.environ, platform.system(), platform.machine(), has_driver)


def _requirement_files(build: str) -> list[Path]:
    name = "requirements-tensorflow.txt" if build == "plain" else f"requirements-tensorflow-{build}.txt"
    return [layout.ROOT / RUNTIME, layout.ROOT / name]


def _stamp(name: str) -> Path:
    return layout.VENV / f"glyphsmith-{name}.json"


def _is_fresh(name: str, files: Sequence[Path]) -> bool:
    return layout.venv_python().exists() and stamps.is_fresh(_stamp(name), stamps.digest(files))


def runtime_is_fresh() -> bool:
    return _is_fresh("runtime", _requirement_files(this_build()))


def runtime() -> None:
    """What the server needs."""
    build = this_build()
    files = _requirement_files(build)
    if _is_fresh("runtime", files):
        return
    preflight.check_folder(layout.ROOT, "the folder of this checkout")
    preflight.check_room(layout.ROOT, ROOM[build], "Installing Glyphsmith")
    make_venv()
    with step(f"Installing Python packages (about {DOWNLOAD[build]} to download, some minutes the first time)"):
        install(files)
    stamps.write(_stamp("runtime"), stamps.digest(files))


def development() -> None:
    """What the tests and checks need on top."""
    runtime()
    files = [*_requirement_files(this_build()), layout.ROOT / DEVELOPMENT]
    if _is_fresh("development", files):
        return
    with step("Installing the tools that check and test"):
        install(files)
    stamps.write(_stamp("development"), stamps.digest(files))


def node() -> None:
    """Node.js from a wheel, into the venv."""
    files = [layout.ROOT / NODE]
    if not _is_fresh("node", files):
        with step("Installing Node.js into .venv (about 60 MB to download): this machine has none that is new enough"):
            install(files)
        stamps.write(_stamp("node"), stamps.digest(files))


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two starts of one checkout must not install into it at once."""
    try:
        layout.BUILD.mkdir(exist_ok=True)
        lock = (layout.BUILD / "setup.lock").open("a")
    except OSError:  # a read-only checkout: there is nothing to install, or it will be said why it cannot be
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another start that is installing into this checkout …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


RUN_FROM_FOLDER = (
    "import runpy, sys; sys.path[:0] = [sys.argv.pop(1)]; "
    "runpy.run_module('virtualenv', run_name='__main__', alter_sys=True)"
)


def make_venv() -> None:
    """By venv; where Debian has cut ensurepip off, by virtualenv from the registry."""
    if _venv_has_pip():
        return
    with step("Making .venv"):
        for command in _venv_makers():
            if _quietly(command) and _venv_has_pip():
                return
    shutil.rmtree(layout.VENV, ignore_errors=True)  # half made, it would pass for whole
    raise Stop(_NO_VENV.format(version=f"{sys.version_info[0]}.{sys.version_info[1]}"))


_NO_VENV = (
    "This Python can make no virtual environment: its modules ensurepip and pip are missing. "
    "Install one of them and start again (Debian and Ubuntu: apt install python{version}-venv), "
    "or put uv or virtualenv on the PATH. What was tried is in build/setup.log."
)


def _venv_makers() -> Iterator[list[str]]:
    target = ["--clear", str(layout.VENV)]  # whatever an interrupted start or a Python that has gone left there
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        yield [sys.executable, "-m", "venv", *target]
    if importlib.util.find_spec("virtualenv"):
        yield [sys.executable, "-m", "virtualenv", *target]
    if importlib.util.find_spec("pip"):
        tools = layout.BUILD / "virtualenv"
        if _quietly([sys.executable, "-m", "pip", "install", "--upgrade", "--target", str(tools), "virtualenv"]):
            yield [sys.executable, "-c", RUN_FROM_FOLDER, str(tools), *target]
    if virtualenv := shutil.which("virtualenv"):
        yield [virtualenv, "--python", sys.executable, *target]
    if uv := shutil.which("uv"):
        yield [uv, "venv", "--seed", "--python", sys.executable, *target]


def _venv_has_pip() -> bool:
    return layout.venv_python().exists() and _quietly([str(layout.venv_python()), "-m", "pip", "--version"])


def _quietly(command: Sequence[str]) -> bool:
    """Whether a command succeeds; what it says is kept in build/setup.log."""
    with contextlib.suppress(OSError):
        layout.BUILD.mkdir(exist_ok=True)
        with (layout.BUILD / "setup.log").open("ab") as log:
            log.write(f"\n$ {' '.join(command)}\n".encode())
            log.flush()
            return subprocess.run(command, stdout=log, stderr=log, check=False).returncode == 0
    return False


def install(files: Sequence[Path]) -> None:
    """With uv where it works, else with pip; both refuse a package whose hash is not the pinned one."""
    listed = [word for file in files for word in ("-r", str(file))]
    if not (_has_uv() and _run(_uv_command(listed), _uv_environment())) and not _run(_pip_command(listed)):
        raise Stop(_installing_failed())


def _pip_command(listed: list[str]) -> list[str]:
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    common = ["--require-hashes", "--disable-pip-version-check", *quiet]
    return [str(layout.venv_python()), "-m", "pip", "install", *common, *listed]


def _uv_command(listed: list[str]) -> list[str]:
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    uv = str(layout.VENV / "bin" / "uv")
    return [uv, "pip", "install", "--require-hashes", "--python", str(layout.venv_python()), *quiet, *listed]


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> bool:
    return subprocess.run(command, env={**os.environ, **(environment or {})}, check=False).returncode == 0


def _has_uv() -> bool:
    """Whether uv is in the venv and can be told what pip's configuration says; pip does it otherwise, only slower."""
    if uv_environment(pip_configuration()) is None:
        return False
    return (layout.VENV / "bin" / "uv").exists() or _quietly(_pip_command(["-r", str(layout.ROOT / SETUP)]))


def run_uv(words: Sequence[str]) -> bool:
    """Run uv in the root of the checkout, told what pip is told."""
    if not _has_uv():
        raise Stop("uv cannot be installed, or pip's configuration here says something it does not understand.")
    command = [str(layout.VENV / "bin" / "uv"), *words]
    return (
        subprocess.run(command, cwd=layout.ROOT, env={**os.environ, **_uv_environment()}, check=False).returncode == 0
    )


def _uv_environment() -> dict[str, str]:
    found = uv_environment(pip_configuration()) or {}
    if not os.access(Path("~").expanduser(), os.W_OK):
        found["UV_CACHE_DIR"] = str(layout.BUILD / "uv-cache")
    return {key: value for key, value in found.items() if key not in os.environ}


def pip_configuration() -> dict[str, str]:
    """What pip.conf and PIP_… say, by option name; the environment and [install] win over [global]."""
    command = [str(layout.venv_python()), "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return parse_pip_configuration(done.stdout)


def parse_pip_configuration(text: str) -> dict[str, str]:
    ranked: dict[str, tuple[int, str]] = {}
    for line in text.splitlines():
        name, separator, literal = line.partition("=")
        section, _, option = name.rpartition(".")
        rank = {"global": 0, "install": 1, ":env:": 2}.get(section)
        if separator and rank is not None and rank >= ranked.get(option, (-1, ""))[0]:
            ranked[option] = (rank, str(ast.literal_eval(literal)))
    return {option: value for option, (_, value) in ranked.items()}


UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
NO_MATTER = {
    "break-system-packages", "cache-dir", "constraint", "default-timeout", "disable-pip-version-check", "no-cache-dir",
    "no-color", "no-input", "no-warn-script-location", "progress-bar", "quiet", "require-virtualenv", "retries",
    "root-user-action", "timeout", "upgrade", "user", "verbose", "yes",
}  # fmt: skip


def uv_environment(configuration: Mapping[str, str]) -> dict[str, str] | None:
    """Say to uv what was said to pip; None when it was told something uv may not understand."""
    if set(configuration) - set(UV_NAMES) - NO_MATTER:
        return None
    found = {UV_NAMES[option]: value for option, value in configuration.items() if option in UV_NAMES}
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = ",".join(found["UV_FIND_LINKS"].split())
    if "UV_INDEX" in found:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip's way: all indexes count; the hashes guard
    return found


def _installing_failed() -> str:
    if shutil.disk_usage(layout.ROOT).free < 100 * 1024**2:
        return f"Installing failed because the disk of {layout.ROOT} is full. Free some space and start again."
    return (
        "Installing the Python packages failed; the lines above say why. Without a network to the package registry, "
        "or behind a company's proxy, set what pip reads: PIP_INDEX_URL, PIP_CERT, HTTPS_PROXY. "
        "Then start again: it goes on where it was."
    )
