"""So that `manage.py help` lists it; manage.py itself goes to config.up without loading Django."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.up import main


class Command(BaseCommand):
    help = "Start PostgreSQL and Valkey (unless DATABASE_URL and REDIS_URL name others), web, workers and scheduler."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(main(options["arguments"]))
