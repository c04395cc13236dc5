import sys
from typing import Any

from django.core.management.base import BaseCommand

from runner.console import REFUSED, Stop
from server import preparation


class Command(BaseCommand):
    help = "Checks the settings and brings the database up to date: what must be done before anything is started."
    requires_system_checks = "__all__"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            preparation.prepare(self.stdout.write)
        except Stop as refusal:
            self.stderr.write(str(refusal))
            sys.exit(REFUSED)
