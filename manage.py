#!/usr/bin/env python
"""The one entry point of every process."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    # platform/ is a folder of packages, not a package: see docs/decisions/platform-folder.md.
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        execute_from_command_line(sys.argv)
    except DatabaseError:
        from server import unprepared

        if not (sentence := unprepared.sentence()):
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
