"""Which Python runs this? Written so that any Python 3 can parse it and say a clear sentence."""

import os
import shutil
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)  # the newest for which TensorFlow's wheels are pinned


def require_supported() -> None:
    """Go on in a supported Python: this one, else another on the PATH, else end with a sentence."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    other = _find_supported()
    if other is not None:
        os.execv(other, [other] + sys.argv)  # noqa: RUF005, S606
    sys.stderr.write(
        "Glyphsmith needs Python {}.{} to {}.{}, and this is Python {}.{} ({}).\n"
        "Install one of them (Debian and Ubuntu: apt install python3.11; macOS: brew install python@3.13)\n"
        "and run this command again, or name it: python3.11 {}\n".format(
            OLDEST[0],
            OLDEST[1],
            NEWEST[0],
            NEWEST[1],
            sys.version_info[0],
            sys.version_info[1],
            sys.executable,
            " ".join(sys.argv),
        )
    )
    sys.exit(1)


def _find_supported() -> "str | None":
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.{}".format(minor))  # noqa: UP032
        if found is not None and _runs(found, minor):
            return found
    return None


def _runs(python: str, minor: int) -> bool:
    """A name on the PATH may be a shim that starts another version, or none."""
    import subprocess

    try:
        answer = subprocess.check_output(
            [python, "-c", "import sys; print(sys.version_info[:2])"], stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.decode().strip() == "(3, {})".format(minor)  # noqa: UP032
