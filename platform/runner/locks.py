"""Pin the requirements: from every requirements*.in a .txt of exact versions and hashes, no registry named."""

from pathlib import Path

from runner import install, pages
from runner.console import Stop, step

# In this order: the later ones are pinned to agree with the first.
NAMES = ("", "-tensorflow-cpu", "-tensorflow-cuda", "-tensorflow", "-dev", "-setup", "-node")
OPTIONS = [
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"),
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
]


def lock(upgrade: bool) -> None:
    """Keep the pins that still fit, or, upgrading, take the newest that do."""
    for name in NAMES:
        source = Path(f"requirements{name}.in")
        target = source.with_suffix(".txt")
        shared = ["--constraint", install.RUNTIME] if name not in ("", "-setup", "-node") else []
        with step(f"{source} → {target}"):
            words = ["pip", "compile", *OPTIONS, *(["--upgrade"] if upgrade else []), *shared]
            if not install.run_uv([*words, str(source), "-o", str(target)]):
                raise Stop(f"{source} could not be resolved; the lines above say why.")
    with step("frontend/package-lock.json"):
        if not pages.run_npm(["install", "--package-lock-only"]):
            raise Stop("npm could not pin the packages of the pages; the lines above say why.")
