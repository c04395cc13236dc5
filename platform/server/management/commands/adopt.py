import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from runner.console import REFUSED, Stop
from server import adoption


class Command(BaseCommand):
    help = "Makes a data folder and a database one installation, where you know that they belong together."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it; without, only what would be done is said")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(adoption.adopt(self.stdout.write) if options["yes"] else adoption.what_it_means())
        except Stop as refusal:
            self.stderr.write(str(refusal))
            sys.exit(REFUSED)
