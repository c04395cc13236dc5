"""Which plugins a run of pytest loads, named by `-p` in pyproject.toml, before anything else is imported.

A test of the engine's arithmetic needs neither Django nor a browser, and loading both takes longer than the test. So
they are loaded only where other tests than the engine's are asked for.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
WITHOUT_WEB = (HERE / "engine", HERE / "benchmarks")
OF_THE_WEB = ["pytest_django.plugin", "pytest_playwright.pytest_playwright"]
DECIDED = "GLYPHSMITH_TESTS_WITHOUT_WEB"  # for the processes of pytest-xdist, which are not told what was asked for


def need_no_web(words: Sequence[str]) -> bool:
    """Whether all paths among the words of a command line lead to such tests. Without a path all tests are meant."""
    paths = [path for word in words if (path := Path(word.partition("::")[0])).exists()]
    return bool(paths) and all(any(path.resolve().is_relative_to(part) for part in WITHOUT_WEB) for path in paths)


if need_no_web(sys.argv[1:]):
    os.environ[DECIDED] = "yes"
pytest_plugins = [] if os.environ.get(DECIDED) else OF_THE_WEB
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
