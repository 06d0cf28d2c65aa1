import sys
from typing import Any

from django.core.management.base import BaseCommand

from audit.actions import run_verification
from audit.queries import seal_status
from lib.actors import system


class Command(BaseCommand):
    help = "Prove the whole trail; exit 0, or 1 naming the first broken seal or event."

    def handle(self, *args: Any, **options: Any) -> None:
        found = run_verification(
            actor=system("verify_trail"), tell=lambda breach: self.stdout.write(str(breach))
        )
        if found:
            self.stderr.write(f"{found} breaches")
            sys.exit(1)
        status = seal_status()
        self.stdout.write(f"proven: {status.number} seals, {status.waiting} events wait for the next")
