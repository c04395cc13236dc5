"""A real Chromium for the journeys: the machine's own, or Debian's through apt where that is allowed."""

import os
import shutil
import subprocess

from runner.console import Stop, step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """CHROMIUM names one; else the first on the PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def find_or_install() -> str:
    found = find() or _install()
    if found:
        return found
    raise Stop(
        "The journeys drive a real browser, and there is none here. Install Chromium (Debian: apt install chromium) "
        "or name one: CHROMIUM=/path/to/chrome script/test. Everything else: script/test python frontend"
    )


def _install() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["chromium", "fonts-liberation"]
    with step("Installing Chromium with apt-get"):
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            if subprocess.run(["apt-get", *words], env=environment, check=False).returncode != 0:
                return None
    return shutil.which("chromium")
