"""The nightly sample: what the resolver answers, what the screen shows and what REST lists, held against a plain count.

Nothing derived is stored: a price is a row or a question. So "stored equals resolved" means that all ways to ask
(quote, bulk, grid, list of rows) and `rules.naive`, which reads the rows by itself, agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connection

from catalog.models import CustomerGroup, Site
from catalog.queries import tax_rates
from lib.actors import Actor
from pricing.queries.bulk_prices import PriceAsked, bulk_prices
from pricing.queries.grid import list_cells
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, channels, derivation_pairs, site_facts
from pricing.queries.prices import PriceFilter, prices_at
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from pricing.rules.naive import naive_list_price, naive_price
from pricing.rules.resolution import Book, Place, Question, RateProblem, Row

ZERO, ONE = Decimal(0), Decimal(1)
QUANTITIES = (ONE, ONE, Decimal(3), Decimal(12))
#: Of so many products the rows that REST lists are compared as well: one query each.
LISTED = 50
Rows = dict[str, dict[int, list[Row]]]


@dataclass
class Sample:
    """What was compared and what differs, as words."""

    quotes: int = 0
    cells: int = 0
    rows: int = 0
    differing: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "quotes": self.quotes,
            "cells": self.cells,
            "rows": self.rows,
            "differing": len(self.differing),
            "first": self.differing[:10],
        }


def sample_lines(actor: Actor, seed: str, size: int) -> list[QuoteLine]:
    """`size` questions by chance, the same for the same seed: any product, selling site, channel, group, quantity."""
    dice = Random(seed)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku FROM catalog_product ORDER BY hashtextextended(sku, %s) LIMIT %s",
            [dice.getrandbits(62), size],
        )
        skus = [sku for (sku,) in cursor.fetchall()]
    selling = set(Site.objects.exclude(kind=Site.Kind.WAREHOUSE).values_list("code", flat=True))
    sites = sorted(selling & site_facts(actor).keys())
    if not skus or not sites:
        return []
    ways = ["", "", *sorted(channels())]
    groups = ["", "", *CustomerGroup.objects.order_by("code").values_list("code", flat=True)]
    return [
        QuoteLine(
            skus[index % len(skus)],
            dice.choice(sites),
            dice.choice(ways),
            dice.choice(QUANTITIES),
            customer_group=dice.choice(groups),
        )
        for index in range(size)
    ]


def compare(lines: Sequence[QuoteLine], *, actor: Actor, at: datetime) -> Sample:
    """Hold all ways to ask against each other at `at`, as known now. A fixed number of queries and one for each of 50."""
    sample = Sample(quotes=len(lines))
    book, rows, ids = price_list_book(at), *_plain_rows({line.sku for line in lines}, at)
    currencies = {facts.currency for facts in book.values()}
    sites = site_facts(actor)
    wanted = {(base, site.currency) for base in currencies for site in sites.values()}
    rates = RateBoard(wanted | derivation_pairs(book), at.astimezone(UTC).date())
    plain = _Plain(book, rows, rates, at, actor)
    for line, quote in zip(lines, quote_lines(lines, actor=actor, at=at), strict=True):
        expected, told = plain.answer(line), _told(quote)
        if expected != told:
            where = f"{line.sku} {line.site} {line.channel} {line.customer_group} ×{line.quantity:f}"
            sample.differing.append(f"{where}: quote {told}, plain {expected}")
    _compare_bulk(sample, plain, [(line, ids[line.sku]) for line in lines if line.sku in ids], at)
    _compare_cells(sample, plain, ids, at)
    _compare_listed(sample, plain, sorted(ids)[:LISTED], at)
    return sample


class _Plain:
    """The plain resolver over its own reading of the rows."""

    def __init__(self, book: Book, rows: Rows, rates: RateBoard, at: datetime, actor: Actor) -> None:
        self.book, self.rows, self.rates, self.actor = book, rows, rates, actor
        self._sites, self._channels = site_facts(actor), channels()
        self._groups = dict(CustomerGroup.objects.values_list("code", "id"))
        self._tax = tax_rates(at.astimezone(UTC).date())
        with connection.cursor() as cursor:
            cursor.execute("SELECT sku, tax_class FROM catalog_product WHERE sku = ANY(%s)", [list(rows)])
            self._classes = dict(cursor.fetchall())

    def answer(self, line: QuoteLine) -> tuple[str, str]:
        site, rows = self._sites[line.site], self.rows[line.sku]
        channel = self._channels[line.channel][0] if line.channel else site.channel_id
        place = Place(site.id, site.region_id, channel, self._groups.get(line.customer_group))
        tax = self._tax.get((site.country, self._classes.get(line.sku, "")), Decimal(0))
        try:
            found = naive_price(
                self.book, place, rows, Question(line.quantity, site.currency, tax), self.rates
            )
        except RateProblem as problem:
            return problem.code, ""
        return (found[0], f"{found[1].normalize():f}") if found else ("no_price", "")

    def cell(self, sku: str, list_id: int) -> Decimal | None:
        try:
            return naive_list_price(self.book, list_id, self.rows[sku], ONE, self.rates)
        except RateProblem:
            return None


def _told(quote: Quote) -> tuple[str, str]:
    return (
        (quote.error_code, "")
        if quote.error_code
        else (quote.price_list, f"{(quote.amount or ZERO).normalize():f}")
    )


def _plain_rows(skus: set[str], at: datetime) -> tuple[Rows, dict[str, int]]:
    """Every row of these products valid at `at` and known now, with the products' ids; 2 queries."""
    rows: Rows = {sku: {} for sku in skus}
    with connection.cursor() as cursor:
        cursor.execute("SELECT sku, id FROM catalog_product WHERE sku = ANY(%s)", [list(skus)])
        ids: dict[str, int] = dict(cursor.fetchall())
        cursor.execute(
            "SELECT s.sku, p.price_list_id, p.min_quantity, p.amount, p.price_change_id FROM catalog_product s"
            " JOIN pricing_price p ON p.product_id = s.id WHERE s.sku = ANY(%s) AND lower(p.valid) <= %s"
            " AND (upper(p.valid) IS NULL OR upper(p.valid) > %s) AND upper(p.known) IS NULL",
            [list(skus), at, at],
        )
        for sku, list_id, minimum, amount, change_id in cursor.fetchall():
            rows[sku].setdefault(list_id, []).append(Row(minimum, amount, change_id))
    return rows, ids


def _compare_bulk(
    sample: Sample, plain: _Plain, lines: Sequence[tuple[QuoteLine, int]], at: datetime
) -> None:
    """What exports and publications read of all products at once: one piece, no customer group."""
    single = [(line, pk) for line, pk in lines if line.quantity == ONE and not line.customer_group]
    asked = [PriceAsked(pk, line.site, line.channel) for line, pk in single]
    for (line, _pk), found in zip(single, bulk_prices(asked, actor=plain.actor, at=at), strict=True):
        told = (
            found.error_code or found.price_list,
            f"{found.amount.normalize():f}" if found.amount is not None else "",
        )
        if plain.answer(line) != told:
            sample.differing.append(
                f"{line.sku} {line.site} {line.channel}: bulk {told}, plain {plain.answer(line)}"
            )


def _compare_cells(sample: Sample, plain: _Plain, ids: dict[str, int], at: datetime) -> None:
    """What the grid (and its exports) shows in every list."""
    shown = list_cells(list(ids.values()), list(plain.book), at)
    for sku, product_id in ids.items():
        for list_id, facts in plain.book.items():
            cell = shown.get((product_id, facts.code))
            expected = plain.cell(sku, list_id)
            sample.cells += 1
            if (cell and cell.amount) != expected:
                told = f"grid {cell and cell.amount}, plain {expected}"
                sample.differing.append(f"{sku} {facts.code}: {told}")


def _compare_listed(sample: Sample, plain: _Plain, skus: Sequence[str], at: datetime) -> None:
    """What REST lists as the rows of a product."""
    for sku in skus:
        listed = {
            (row["price_list"], Decimal(row["min_quantity"]), Decimal(row["amount"]))
            for row in prices_at(PriceFilter(sku=sku, at=at), limit=10_000)
        }
        stored = {
            (plain.book[list_id].code, row.min_quantity, row.amount)
            for list_id, rows in plain.rows[sku].items()
            for row in rows
        }
        sample.rows += len(stored)
        sample.differing += [f"{sku}: rows {sorted(map(str, listed ^ stored))}"] if listed != stored else []
