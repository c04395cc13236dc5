from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotations import orphans, sweeping


class Command(BaseCommand):
    help = (
        "Removes what was deleted 30 days ago, and moves files that no row of the database names to DATA/trash, "
        "where they stay for 30 days: what the server does once a day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--even-most", action="store_true", help="also where most files of a kind are named by no row"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        left = sweeping.sweep(even_most=options["even_most"])
        for sentence in left.values():
            self.stderr.write(sentence)
        if not left:
            self.stdout.write(f"Done. What no row names lies in {orphans.trash()} for 30 days.")
