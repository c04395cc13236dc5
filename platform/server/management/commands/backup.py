import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from runner.console import REFUSED, Stop
from server import backups
from server.checks import CONFIGURATION


class Command(BaseCommand):
    help = "Writes everything that is kept into one archive, also while the server works. docs/running.md has the rest."
    requires_system_checks = [CONFIGURATION]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the archive to make (.tar, .tar.gz), or a folder for one named by the time")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backups.back_up(Path(options["file"]), self.stdout.write)
        except Stop as refusal:
            self.stderr.write(str(refusal))
            sys.exit(REFUSED)
