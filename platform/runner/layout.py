"""Where things lie in a checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "platform"
FRONTEND = ROOT / "frontend"
BUILD = ROOT / "build"
VENV = ROOT / ".venv"


def venv_python(venv: Path = VENV) -> Path:
    return venv / "bin" / "python"


def data_folder(given: str | None) -> Path:
    """The folder named on the command line, else by GLYPHSMITH_DATA, else data/ in the checkout."""
    return Path(given or os.environ.get("GLYPHSMITH_DATA") or ROOT / "data").expanduser().resolve()
