from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts import installation


class Command(BaseCommand):
    help = "Checks the settings and brings the database up to date: what must be done before anything is started."
    requires_system_checks = "__all__"

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        installation.stamp()
