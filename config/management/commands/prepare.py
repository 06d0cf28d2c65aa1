"""`manage.py prepare`: migrations, then the schedule, in one process; what every start and every deployment runs first."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Apply migrations as the owner of the tables, then make the job definitions those of config/schedule.py."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, skip_checks=True, verbosity=options["verbosity"])
        call_command("sync_schedule", stdout=self.stdout)
