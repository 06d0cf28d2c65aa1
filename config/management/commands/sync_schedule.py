"""`manage.py sync_schedule`: after each migration, the stored job definitions become those of config/schedule.py."""

from typing import Any

from django.core.management.base import BaseCommand

from audit.actions import ensure_partitions
from config.schedule import SCHEDULE
from jobs.actions import sync_definitions
from lib import clock


class Command(BaseCommand):
    help = "Make the stored job definitions those of config/schedule.py."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_definitions(SCHEDULE)
        ensure_partitions(clock.now().date())  # after a long rest the daily job would come too late
        self.stdout.write(f"{len(SCHEDULE)} jobs are scheduled.")
