"""Build the pages of frontend/ into frontend/dist, with the machine's Node.js or one from a wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner import install, layout, preflight, stamps
from runner.console import Stop, step

NODE_WANTED = "20.19 (or 22.12 or newer)"
NOT_SOURCES = {"node_modules", "dist", "coverage"}
LOG = layout.BUILD / "npm.log"


def build() -> None:
    """Do nothing when the pages were built from these very sources."""
    stamp, value = layout.BUILD / "pages.json", sources_digest(layout.FRONTEND)
    if (layout.FRONTEND / "dist" / "index.html").exists() and stamps.is_fresh(stamp, value):
        return
    preflight.check_folder(layout.ROOT, "the folder of this checkout")
    install_packages()
    with step("Building the pages"):
        npm("run", "build")
    stamps.write(stamp, value)


def install_packages() -> None:
    """`npm ci`, when the lock file or the machine's Node changed."""
    folder = layout.FRONTEND / "node_modules"
    files = [layout.FRONTEND / "package-lock.json"]
    stamp, value = folder / ".glyphsmith.json", stamps.digest(files, f"node {node_version(node_folder())[0]}")
    if stamps.is_fresh(stamp, value):
        return
    with step("Installing the packages of the pages"):
        npm("ci", "--include=dev", "--no-audit", "--no-fund")
    stamps.write(stamp, value)


def sources_digest(frontend: Path) -> str:
    found = []
    for folder, names, files in os.walk(frontend):
        names[:] = sorted(set(names) - NOT_SOURCES)
        found += [Path(folder) / name for name in sorted(files) if not name.endswith(".tsbuildinfo")]
    return stamps.digest(found)


def node_folder() -> Path:
    """Where node and npm lie: on the PATH if new enough, else in the venv, which gets them from a wheel."""
    node, npm_path = shutil.which("node"), shutil.which("npm")
    if node and npm_path and fits(node_version(Path(node).parent)):
        return Path(node).parent
    install.node()
    folder = layout.VENV / "bin"
    if not fits(node_version(folder)):
        raise Stop(f"Node.js {NODE_WANTED} is needed to build the pages, and its wheel does not run here. Install it.")
    return folder


def fits(version: tuple[int, int]) -> bool:
    """What Vite's bundler says it runs on: ^20.19 || >=22.12."""
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def node_version(folder: Path) -> tuple[int, int]:
    """Major and minor; zeros when it does not run."""
    try:
        done = subprocess.run([folder / "node", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def npm_environment(environment: Mapping[str, str], folder: Path, home_is_writable: bool) -> dict[str, str]:
    """npm finds its own node first; certificates that Python was told about hold for Node too."""
    found = {**environment, "PATH": f"{folder}{os.pathsep}{environment.get('PATH', '')}"}
    certificates = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    told = next((environment[name] for name in certificates if environment.get(name)), None)
    if told and not environment.get("NODE_EXTRA_CA_CERTS"):
        found["NODE_EXTRA_CA_CERTS"] = told
    if not home_is_writable:
        found["npm_config_cache"] = str(layout.BUILD / "npm-cache")
    return found


def npm(*words: str) -> None:
    """Run npm in frontend/, its lines kept in build/npm.log; a failure shows the last of them."""
    if not run_npm(words, LOG):
        last = "\n".join(LOG.read_text(errors="replace").splitlines()[-25:])
        raise Stop(
            f"`npm {' '.join(words)}` failed in frontend/. Its last lines, all of them in {LOG}:\n{last}{_hint(last)}"
        )


def _hint(last: str) -> str:
    if any(code in last for code in ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "CERT", "certificate")):
        return "\nBehind a company's proxy npm needs HTTPS_PROXY, and NODE_EXTRA_CA_CERTS with its certificate."
    if "ENOSPC" in last:
        return "\nThe disk is full. Free some space and start again."
    return ""


def run_npm(words: Sequence[str], log: Path | None = None) -> bool:
    folder = node_folder()
    writable = os.access(Path("~").expanduser(), os.W_OK)
    environment = npm_environment(os.environ, folder, writable)
    command = [str(folder / "npm"), *words]
    if log is None:
        return subprocess.run(command, cwd=layout.FRONTEND, env=environment, check=False).returncode == 0
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as lines:
        done = subprocess.run(
            command, cwd=layout.FRONTEND, env=environment, stdout=lines, stderr=subprocess.STDOUT, check=False
        )
    return done.returncode == 0
