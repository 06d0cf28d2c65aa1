"""Load the demo retailer: every step in one transaction, so that it is there as a whole or not at all."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from catalog.queries import sites_by_code
from demo.retailer import SITES
from demo.steps import (
    compliance,
    conflicts,
    counts,
    incentives,
    labels,
    lists,
    market,
    master,
    people,
    present,
    prices,
    source,
    stock,
)
from demo.steps.by_hand import load_by_hand
from demo.steps.channel_stock import load_channel_stock
from demo.steps.connectors import load_connectors
from demo.steps.counting import load_counting
from demo.steps.customs import load_customs
from demo.steps.finance import load_finance
from demo.steps.kits import load_kits
from demo.steps.lots import load_lots
from demo.steps.reading import load_reading
from demo.steps.source import Plan
from demo.steps.templates import load_templates
from demo.steps.transfers import load_transfers
from demo.steps.valuation import load_valuation
from demo.steps.verifications import load_verifications
from demo.steps.write_offs import load_write_offs
from inventory.actions.safety_stock import compute_safety_stock
from jobs.actions import enqueue
from lib import clock
from lib.actors import system

#: Enough for the window functions over half a million lines to stay in memory.
SETTINGS = {"work_mem": "192MB", "synchronous_commit": "off", "jit": "off"}

Say = Callable[[str], None]


class AlreadyLoaded(Exception):
    """There are sites of the demo already."""


def load(say: Say, sample: int | None = None, now: datetime | None = None) -> None:
    """Load everything; `say` gets a line for each step. `sample`: about so many source lines, for tests.

    Raises AlreadyLoaded: nothing is done.
    """
    moment = now or clock.now()
    plan = Plan.of(moment.astimezone(ZoneInfo("Europe/London")).replace(tzinfo=None), sample)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('load_demo'))")
        if sites_by_code([seed.code for seed in SITES]):
            raise AlreadyLoaded
        for name, value in SETTINGS.items():
            cursor.execute(f"SET LOCAL {name} = '{value}'")
        _steps(say, plan, moment)


def _steps(say: Say, plan: Plan, moment: datetime) -> None:
    actor, counted_at = system("load_demo"), counts.count_instant(moment)
    with connection.cursor() as cursor:
        with _timed(say, "source read"):
            parsed = source.read_source(cursor, plan)
        say(
            f"  {parsed.rows:,} rows, {parsed.left_out:,} of them no goods (postage, fees) and left out of stock"
        )
        with _timed(say, "sites, taxes, exchange rates"):
            master.load_sites(actor)
            master.load_rates(actor, moment)
        with _timed(say, "products and unit costs"):
            products = master.load_products(actor, cursor, plan)
        source.stage_documents(cursor, plan)
        with _timed(say, "movements, ledger, balances, sales"):
            loaded = stock.load_stock(actor, cursor, plan, counted_at)
        with _timed(say, "safety stock"):
            compute_safety_stock(actor=actor, at=moment)
        with _timed(say, "price lists and price history"):
            rows = prices.load_prices(actor, cursor, plan)
            market.load_market(cursor, actor, moment)
        with _timed(say, "users, scopes, duty roster"):
            users = people.load_people(actor, moment)
        with _timed(say, "price changes of today"):
            changes = present.load_changes(users, cursor, moment)
            conflicts.load_conflicts(users, cursor, moment)
            compliance.load_compliance(users)
            incentives.load_incentives(users, moment)
            load_templates(users, cursor)
            lists.load_proposal(users)
            load_by_hand(users, moment)
        with _timed(say, "shelf labels"):
            labels.load_labels(users, clock.now())
        for kind in ("reports.fill_figures", "patrol.round_now"):
            enqueue(kind, f"load_demo:{kind}", {})
        with _timed(say, "counts of the warehouses"):
            counts.post_counts(users, actor, cursor, counted_at)
        with _timed(say, "transfers"):
            load_transfers(users)
        with _timed(say, "write-offs, returns, grading"):
            load_write_offs(users)
        with _timed(say, "customs, cycle count and stocktake"):
            load_customs(users)
            load_counting(users)
        with _timed(say, "bundles, kits, production"):
            load_kits(users)
        with _timed(say, "lots and recalls"):
            load_lots(users)
        with _timed(say, "landed costs, revaluations, costing methods, verifications of four weeks"):
            load_valuation(users)
            load_verifications(users, actor, cursor, moment)
        with _timed(say, "what channels see, warehouse system and shop"):
            load_channel_stock(users, moment)
            load_connectors(actor, moment)
            load_reading(actor, moment)
        with _timed(say, "vouchers, settlements, invoices, disputes"):
            load_finance(actor, users, moment)
        say(f"  {rows:,} price rows, {changes} price changes")
        say(f"  {products:,} products, {loaded.movements:,} movements, {loaded.entries:,} ledger entries")


@contextmanager
def _timed(say: Say, name: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    say(f"{name}: {time.monotonic() - start:.1f} s")
