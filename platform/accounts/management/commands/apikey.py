from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import keys, names, people
from accounts.errors import Refusal


class Command(BaseCommand):
    help = "Prints a new API key for a person, whom it creates if need be, and nothing else."
    requires_system_checks = ["configuration"]  # the others load the whole API, which takes longer than the work

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="made on the command line", help="what the list of keys calls it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            names.validate_address(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']!r} is not a mail address.") from error
        try:
            person = people.find_or_create(options["email"])
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(keys.make(person, options["name"])[1])
