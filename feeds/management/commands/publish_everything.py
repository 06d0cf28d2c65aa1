"""Say everything of a publication again: after a receiver lost its memory, or was put back from a backup."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import Http404

from feeds.actions.publications import publish_everything
from lib.actors import system


class Command(BaseCommand):
    help = "Look at everything of a publication again and send it again, in batches; the loops do the work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        try:
            made = publish_everything(actor=system("publish_everything"), name=name, reason=options["reason"])
        except Http404 as error:
            raise CommandError(f"There is no publication {name!r}.") from error
        self.stdout.write(f"{made.name}: {made.last_version} versions so far; everything is sent again.")
