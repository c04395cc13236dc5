from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from accounts import keys, people
from accounts.api.fields import AddressField
from accounts.errors import Refusal
from accounts.models import ApiKey

LONGEST_NAME = ApiKey._meta.get_field("name").max_length or 0


class Command(BaseCommand):
    help = "Prints a new API key for a person, whom it creates if need be, and nothing else."
    requires_system_checks = ["configuration"]  # the others load the whole API, which takes longer than the work

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="made on the command line", help="what the list of keys calls it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            AddressField().run_validation(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']!r} is not a mail address.") from error
        name = options["name"]
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise CommandError(f"The name of a key has 1 to {LONGEST_NAME} printable characters.")
        try:
            person = people.find_or_create(options["email"])
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(keys.make(person, name)[1])
