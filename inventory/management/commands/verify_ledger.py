import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from inventory.queries.verification import ledger_breaches, ledger_size


class Command(BaseCommand):
    help = "Prove over the whole ledger that every movement sums to zero and every balance is the sum of its entries."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute("SET LOCAL work_mem = '256MB'")
            breaches = 0
            for sentence in ledger_breaches():
                breaches += 1
                self.stdout.write(sentence)
            entries, balances = ledger_size()
        self.stdout.write(f"{entries} entries, {balances} balances: {breaches} breaches")
        if breaches:
            sys.exit(1)
