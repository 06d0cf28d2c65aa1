"""Comparing what others say with what we hold, set by set, and opening disputes about what differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from audit.actions import record
from catalog.models import Channel
from catalog.queries.exchange import exchange_rates
from catalog.rules.exchange import Rate
from finance.access import check_right
from finance.models import Comparison, Dispute, DisputeStep, Matching, Tolerance
from finance.queries.ledgers import ledger_rows
from finance.sql import comparing as sql
from lib import clock
from lib.actors import Actor
from lib.faults import refuse

RIGHT = "disputes.work"
#: Orders settled and sold in the last so many days are compared anew each time; older ones stand as they are.
DAYS_BACK = 120
_LOCK = 1_937_009_105


@dataclass(frozen=True)
class Compared:
    """What a run did: keys compared, by state, disputes opened and disputes that ended by themselves."""

    keys: int
    matched: int
    waiting: int
    differing: int
    opened: tuple[int, ...]
    gone: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "keys": self.keys, "matched": self.matched, "waiting": self.waiting, "differing": self.differing,
            "opened": len(self.opened), "gone": len(self.gone),
        }  # fmt: skip


@transaction.atomic
def compare(*, actor: Actor, matching: str, since: date | None = None) -> Compared:
    """Compare all of one matching: settlements with sales, invoices with orders and receipts, ledger with stock value.

    since: for settlements, the first day of payouts and sales that count; by default 120 days back.
    What is equal or within tolerance is matched by machine, what is too early to say waits, the rest goes into disputes, one
    for each partner, document, class, site and currency. Disputes already sent are left as they are.
    Raises Faults 403; 422 `unknown_matching`.
    Locks: the matching for the length of the transaction. Records: finance.compared. Allowed: disputes.work, jobs.
    """
    check_right(actor, RIGHT)
    if matching not in Matching.values:
        raise refuse("unknown_matching", f"There is no matching {matching[:40]!r}.", pointer="/matching")
    tolerance = Tolerance.objects.get(matching=matching)
    values: dict[str, Any] = {
        "matching": matching,
        "amount": tolerance.amount,
        "fraction": tolerance.fraction,
        "quantity_fraction": tolerance.quantity_fraction,
        "days": tolerance.days,
        "due_days": tolerance.due_days,
        "today": clock.now().date(),
        "since": since or (clock.now() - timedelta(days=DAYS_BACK)).date(),
        "channels": list(Channel.objects.values_list("pk", flat=True)),
    }
    with connection.cursor() as cursor:
        place = Matching.values.index(matching)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK + place])
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(sql.BACK)
        cursor.execute(sql.MADE)
        _FILL[matching](cursor, values)
        cursor.execute("ANALYZE finance_compared")
        found = _kept(cursor, values)
        cursor.execute("SET LOCAL work_mem TO DEFAULT")
    if found.keys:
        record(
            actor=actor,
            kind="finance.compared",
            subject=f"matching:{matching}",
            after={**found.as_json(), "disputes": list(found.opened[:100])},
        )
    return found


def _settlements(cursor: Any, values: dict[str, Any]) -> None:
    cursor.execute(sql.SIDES_BACK)
    cursor.execute(sql.SIDES, values)
    _rates(cursor, sql.PAIRS, values)
    cursor.execute(sql.SETTLEMENTS, values)


def _invoices(cursor: Any, values: dict[str, Any]) -> None:
    _rates(cursor, sql.INVOICE_PAIRS, values)
    cursor.execute(sql.INVOICES, values)
    cursor.execute(sql.NOT_INVOICED, values)


def _ledger(cursor: Any, values: dict[str, Any]) -> None:
    rows = ledger_rows(values["amount"], values["days"])
    cursor.executemany(
        "INSERT INTO finance_compared VALUES (%(partner)s, %(document)s, %(key)s, NULL, %(currency)s, %(ours)s,"
        " %(theirs)s, %(stake)s, %(class)s, %(state)s, %(detail)s::jsonb, %(arrived_at)s)",
        rows,
    )


_FILL: Mapping[str, Any] = {
    Matching.SETTLEMENT: _settlements,
    Matching.INVOICE: _invoices,
    Matching.LEDGER: _ledger,
}


def _rates(cursor: Any, pairs: str, values: dict[str, Any]) -> None:
    """The rates of the days on which amounts were told in another currency; few, so read day by day."""
    cursor.execute(pairs, values)
    wanted: dict[date, set[tuple[str, str]]] = {}
    for base, quote, day in cursor.fetchall():
        wanted.setdefault(day, set()).add((base, quote))
    rows: list[tuple[str, str, date, Decimal]] = []
    for day, asked in wanted.items():
        for (base, quote), rate in exchange_rates(asked, day).items():
            if isinstance(rate, Rate):
                rows.append((base, quote, day, rate.rate))
    cursor.execute(sql.RATES_BACK)
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    names = ("base", "quote", "day", "rate")
    cursor.execute(sql.RATES, {name: list(column) for name, column in zip(names, columns, strict=True)})


def _kept(cursor: Any, values: dict[str, Any]) -> Compared:
    cursor.execute("SELECT state, count(*) FROM finance_compared GROUP BY 1")
    counts = dict(cursor.fetchall())
    cursor.execute(sql.KEEP, values)
    cursor.execute(sql.OPEN, values)
    opened = tuple(row[0] for row in cursor.fetchall())
    cursor.execute(sql.JOIN, values)
    cursor.execute(sql.WEIGH, values)
    gone = tuple(number for number, state in cursor.fetchall() if state == Dispute.State.CLOSED)
    DisputeStep.objects.bulk_create(
        [DisputeStep(dispute_id=number, step="opened", by_name="machine") for number in opened]
        + [DisputeStep(dispute_id=number, step="closed", by_name="machine") for number in gone]
    )
    return Compared(
        keys=sum(counts.values()),
        matched=counts.get(Comparison.State.MATCHED, 0),
        waiting=counts.get(Comparison.State.WAITING, 0),
        differing=counts.get(Comparison.State.DIFFERS, 0),
        opened=opened,
        gone=gone,
    )
