"""load_demo [--sample N]"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.actions import anchor_seals, seal_events
from demo.loading import AlreadyLoaded, load


class Command(BaseCommand):
    help = "Load the demo retailer: 20 sites, a year of real sales and what is simulated around them. Idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sample", type=int, help="only about so many lines of the source, for tests")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            load(self.stdout.write, sample=options["sample"])
        except AlreadyLoaded:
            self.stdout.write("The demo retailer is loaded already; nothing was done.")
        self.stdout.write(f"{seal_events()} events sealed, {anchor_seals()} seals anchored")
