"""Exchange rates: by lists, and from the European Central Bank's file."""

import csv
import io
from datetime import date
from typing import Any

from django.db import transaction

from catalog import queries
from catalog.actions import upserts
from catalog.actions.upserts import Column, Counts, Rows, Story, Target
from catalog.models import ExchangeRate
from catalog.rules.rows import EXCHANGE_RATE, checked_rows
from lib.actors import Actor
from lib.faults import Fault

_TARGET = Target(
    table="catalog_exchangerate",
    key=["base", "quote", "on"],
    key_values=["s.base", "s.quote", 's."on"'],
    columns=[Column("rate", "s.rate"), Column("source", "s.source")],
)
_STAGE = {"base": "text", "quote": "text", "on": "date", "rate": "numeric(20,10)", "source": "text"}
ECB = "ECB"
_ABSENT = {"", "N/A"}


@transaction.atomic
def upsert_exchange_rates(*, actor: Actor, rows: Any, source: str = "manual", reason: str = "") -> Counts:
    """Create or update exchange rates by (base, quote, on); all or nothing.

    rows: as the contract's `POST exchange-rates/` takes them: 1 base = rate quote.
    Raises Faults 422 with every fault: those of `catalog.rules.rows`, same_currency; 409 conflict.
    Locks: the rates, in the order of their key. Records: exchange_rate.upserted.
    Allowed: the edge asks for rates.edit.
    """
    clean, faults = checked_rows(rows, EXCHANGE_RATE)
    upserts.refuse_all(faults + same_currency(clean))
    return write_rates(actor, clean, source, reason)


@transaction.atomic
def import_ecb(*, actor: Actor, text: str, since: date | None = None, reason: str = "") -> Counts:
    """Take the ECB's file of reference rates (CSV: Date, then one column per currency; 1 EUR = so much).

    Empty cells and "N/A" are no rate; with `since` earlier days are passed over. All or nothing.
    Raises Faults 422 with every fault, pointer "/<line>/<column>" (line 1 is the header): not_a_rates_file and the
    codes of `catalog.rules.rows`.
    Locks: the rates, in the order of their key. Records: exchange_rate.upserted, source "ECB".
    Allowed: feeds.push or rates.edit, asked by the edge.
    """
    rows, places, faults = _ecb_rows(text, since)
    clean, found = checked_rows(rows, EXCHANGE_RATE) if not faults else ([], [])
    upserts.refuse_all(faults + [_at(places, fault) for fault in found])
    return write_rates(actor, clean, ECB, reason)


def write_rates(actor: Actor, rows: Rows, source: str, reason: str) -> Counts:
    """Checked rows, stored and recorded."""
    before = None
    if len(rows) <= upserts.DETAILED_ROWS:
        stored = ExchangeRate.objects.filter(
            base__in={r["base"] for r in rows},
            quote__in={r["quote"] for r in rows},
            on__in={r["on"] for r in rows},
        )
        before = _by_key(stored)
    staged = ([*(row[name] for name in list(_STAGE)[:-1]), source] for row in rows)
    upserts.stage("catalog_stage_rates", _STAGE, staged)
    written = upserts.upsert(_TARGET, "catalog_stage_rates")
    read = lambda ids: _by_key(ExchangeRate.objects.filter(pk__in=ids))  # noqa: E731
    upserts.record(actor, written, Story("exchange_rate", before, read, reason))
    return written.counts


def _by_key(rates: Any) -> dict[str, Any]:
    return {f"{row['base']} {row['quote']} {row['on']}": row for row in queries.exchange_rate_rows(rates)}


def same_currency(rows: Rows) -> list[Fault]:
    return [
        Fault(f"/{index}/quote", "same_currency", "A rate leads from one currency to another.")
        for index, row in enumerate(rows)
        if row.get("base") is not None and row.get("base") == row.get("quote")
    ]


def _ecb_rows(text: str, since: date | None) -> tuple[list[Any], list[tuple[int, str]], list[Fault]]:
    """The file's rates as rows of the contract, and the (line, column) each came from."""
    lines = list(csv.reader(io.StringIO(text)))
    header = [name.strip() for name in lines[0]] if lines else []
    if len(header) < 2 or header[0].lower() != "date":
        return [], [], [Fault("/1", "not_a_rates_file", "The first line must be Date and currencies.")]
    first = since.isoformat() if since else ""
    rows, places = [], []
    for number, line in enumerate(lines[1:], start=2):
        if not line or line[0] < first:
            continue
        for currency, value in zip(header[1:], line[1:], strict=False):
            if currency and value.strip() not in _ABSENT:
                rows.append({"base": "EUR", "quote": currency, "rate": value.strip(), "on": line[0].strip()})
                places.append((number, currency))
    return rows, places, []


def _at(places: list[tuple[int, str]], fault: Fault) -> Fault:
    index = int(fault.pointer.split("/")[1]) if fault.pointer else 0
    line, column = places[index] if places else (1, "")
    return Fault(f"/{line}/{column}", fault.code, fault.detail)
