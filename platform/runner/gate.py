"""Every check in order, each in a process of its own: what script/test runs once everything is installed."""

import difflib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner import browser, console, layout, pages
from runner.console import Stop

OPENAPI = layout.ROOT / "docs" / "openapi.json"
API_TYPES = layout.FRONTEND / "src" / "api" / "schema.ts"
WITHOUT_WEB = ("engine", "benchmarks")
# They start the product as a whole, which wants the machine for itself.
WHOLE_STACK = ("journeys", "kills")
# Without a database to differ in: the engine knows none, the runner starts processes.
SAME_ON_ALL_DATABASES = (*WITHOUT_WEB, *WHOLE_STACK, "runner")
MOST_PROCESSES = 4  # one that trains takes some 4 GiB
NONE_SELECTED = 5  # what pytest ends with where no test is what the words after -- ask for
# What would point a check at somebody's real server.
NOT_FOR_CHECKS = (
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "PUBLIC_URL",
    "SECRET_KEY",
    "SIGNUP",
    "DJANGO_SETTINGS_MODULE",
)


@dataclass(frozen=True)
class Check:
    """One line of the summary."""

    group: str
    name: str
    passes: Callable[[Sequence[str]], bool]  # given the words after --, for pytest


@dataclass(frozen=True)
class Result:
    check: Check
    passed: bool
    seconds: float


def checks() -> list[Check]:
    """The quick ones first."""
    return [
        Check("python", "lint", lambda _: tool("ruff", "check", ".")),
        Check("python", "format", lambda _: tool("ruff", "format", "--check", ".")),
        Check("frontend", "biome", lambda _: npx("biome", "check", ".")),
        Check("frontend", "typescript", lambda _: npx("tsc", "--noEmit")),
        Check("python", "imports", lambda _: tool("lint-imports")),
        Check("python", "types", lambda _: tool("mypy", ".")),
        Check("python", "settings", lambda _: manage("check")),
        Check("python", "migrations", lambda _: manage("makemigrations", "--check", "--dry-run")),
        Check("python", "openapi", lambda _: openapi_is_committed()),
        Check("frontend", "api-types", lambda _: api_types_are_committed()),
        Check("frontend", "vitest", lambda _: npx("vitest", "run")),
        Check("frontend", "build", lambda _: pages_build()),
        Check("python", "engine", engine),
        Check("python", "sqlite", on_sqlite),
        Check("python", "postgres", on_postgres),
        Check("python", "kills", kills),
        Check("journeys", "journeys", journeys),
    ]


def names() -> list[str]:
    return list(dict.fromkeys(word for check in checks() for word in (check.group, check.name)))


def main(wanted: Sequence[str], pytest_words: Sequence[str]) -> int:
    """Run the checks of these groups or names (all when none is given) and sum up; 0 when all pass."""
    results: list[Result] = []
    for check in checks():
        if not wanted or check.group in wanted or check.name in wanted:
            console.say(f"\n{console.coloured(f'━━ {check.group}: {check.name}', 36)}")
            begun = time.monotonic()
            passed = check.passes(pytest_words)
            results.append(Result(check, passed, time.monotonic() - begun))
    console.say(summary(results))
    return 0 if all(result.passed for result in results) else 1


def summary(results: Sequence[Result]) -> str:
    lines = ["", f"{'check':<24}{'':<8}time"]
    for result in results:
        word = console.coloured(f"{'ok':<8}", 32) if result.passed else console.coloured(f"{'FAILED':<8}", 31)
        name = f"{result.check.group}: {result.check.name}"
        lines.append(f"{name:<24}{word}{console.duration(result.seconds)}")
    failed = sum(not result.passed for result in results)
    took = console.duration(sum(result.seconds for result in results))
    return "\n".join([*lines, f"{len(results) - failed} of {len(results)} checks passed in {took}"])


def run(
    command: Sequence[str],
    folder: Path = layout.ROOT,
    environment: Mapping[str, str] | None = None,
    fine: Collection[int] = (0,),
) -> bool:
    """Run a check with its lines on the terminal, over data of its own, whatever the shell's settings name."""
    node = [str(pages.node_folder())] if folder == layout.FRONTEND else []
    settings = {
        "PYTHONPATH": f"{layout.PLATFORM}{os.pathsep}{layout.ROOT}",
        "PATH": os.pathsep.join([str(layout.VENV / "bin"), *node, os.environ.get("PATH", "")]),
        "GLYPHSMITH_DATA": str(layout.BUILD / "check-data"),
    }
    kept = {name: value for name, value in os.environ.items() if name not in NOT_FOR_CHECKS}
    sys.stdout.flush()
    done = subprocess.run(command, cwd=folder, env={**kept, **settings, **(environment or {})}, check=False)
    return done.returncode in fine


def tool(name: str, *words: str) -> bool:
    return run([str(layout.VENV / "bin" / name), *words])


def manage(*words: str) -> bool:
    return run([sys.executable, "manage.py", *words])


def npm(*words: str) -> bool:
    return run([str(pages.node_folder() / "npm"), *words], folder=layout.FRONTEND)


def npx(*words: str) -> bool:
    return npm("exec", "--no", "--", *words)


def pytest(database: str, options: Sequence[str], words: Sequence[str], **environment: str) -> bool:
    command = [sys.executable, "-m", "pytest", *options, *words]
    fine = (0, NONE_SELECTED) if words else (0,)
    return run(command, environment={"TEST_DATABASE": database, **environment}, fine=fine)


def pages_build() -> bool:
    try:
        pages.build()
    except Stop as stop:
        console.complain(str(stop))
        return False
    return True


def engine(words: Sequence[str]) -> bool:
    tests = [f"tests/{name}" for name in WITHOUT_WEB]
    return pytest("sqlite", [*tests, *in_processes("worksteal"), "--durations=15"], words)


def on_sqlite(words: Sequence[str]) -> bool:
    left_out = [f"--ignore=tests/{name}" for name in (*WITHOUT_WEB, *WHOLE_STACK)]
    return pytest("sqlite", ["tests", *left_out, *in_processes("loadfile"), "--durations=15"], words)


def on_postgres(words: Sequence[str]) -> bool:
    left_out = [f"--ignore=tests/{name}" for name in SAME_ON_ALL_DATABASES]
    return pytest("postgres", ["tests", *left_out, *in_processes("loadfile")], words)


def kills(words: Sequence[str]) -> bool:
    return pytest("sqlite", ["tests/kills", "--durations=5"], words)


def in_processes(share: str) -> list[str]:
    """pytest-xdist's words for a process a core, each with a database and a broker of its own where it needs them."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    return ["-n", str(processes), "--dist", share] if processes > 1 else []


def journeys(words: Sequence[str]) -> bool:
    try:
        pages.build()
        chromium = browser.find_or_install()
    except Stop as stop:
        console.complain(str(stop))
        return False
    return pytest("sqlite", ["tests/journeys", "--durations=0"], words, CHROMIUM=chromium)


def openapi_is_committed() -> bool:
    """The schema made from the code is the one in docs/, which the frontend's types are made from."""
    fresh = layout.BUILD / "openapi.json"
    layout.BUILD.mkdir(exist_ok=True)
    if not manage("spectacular", "--format", "openapi-json", "--validate", "--fail-on-warn", "--file", str(fresh)):
        return False
    return same(OPENAPI, fresh, "script/manage spectacular --format openapi-json --file docs/openapi.json")


def api_types_are_committed() -> bool:
    fresh = layout.BUILD / "schema.ts"
    if not OPENAPI.exists():
        console.say(f"{OPENAPI.relative_to(layout.ROOT)} is missing, from which they are made; see python: openapi")
        return False
    if not npx("openapi-typescript", str(OPENAPI), "-o", str(fresh)):
        return False
    return same(API_TYPES, fresh, "cd frontend && npm run api")


def same(committed: Path, fresh: Path, remedy: str) -> bool:
    """Show the first differences, and the command that brings the committed file up to date."""
    before = committed.read_text().splitlines() if committed.exists() else []
    after = fresh.read_text().splitlines()
    if before == after:
        return True
    shown = list(difflib.unified_diff(before, after, str(committed), "as made from the code now", lineterm="", n=1))
    console.say("\n".join(shown[:60]))
    console.say(f"{committed.relative_to(layout.ROOT)} is out of date. Look at the difference, then: {remedy}")
    return False
