"""The folder in which everything lives that this installation makes."""

import os
import secrets
import tempfile
from pathlib import Path

from server.environment import Problem

FOLDERS = ("media", "runs", "outbox", "run", "tmp")


def prepare(folder: Path) -> Problem | None:
    """Makes the folder and its parts, readable by their owner alone; says what is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        hint = "Give the user who runs Glyphsmith the right to write there, or set GLYPHSMITH_DATA to another folder."
        return Problem("glyphsmith.E001", f"The data folder {folder} cannot be written: {error.strerror}.", hint)


def secret_key(folder: Path) -> str:
    """The key in folder/secret_key, made at the first start. Of processes that start together, one key wins."""
    path = folder / "secret_key"
    if not path.exists():
        made = folder / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(made, path)  # fails where another process was first; a rename would replace its key
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()
