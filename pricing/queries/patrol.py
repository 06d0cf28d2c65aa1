"""What the checks of pricing read: set-based, over every list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import combinations

from django.db import connection
from django.db.models import Q

from approvals.models import ApprovalRequest
from approvals.queries import requests_of_subjects
from catalog.models import Site
from catalog.queries import tax_rates, unit_costs
from pricing.models import PriceChange
from pricing.queries.list_book import price_list_book
from pricing.queries.loads import LoadBook, SubsidyBook
from pricing.queries.market import RateBoard, SiteFacts, channels, derivation_pairs, fetch_rows
from pricing.queries.overtaken import asked_instead, promotion_places
from pricing.queries.world import with_parents
from pricing.rules.findings import LineFacts, figures_of
from pricing.rules.resolution import (
    ListFacts,
    Plan,
    Question,
    RateProblem,
    are_rivals,
)


@dataclass(frozen=True)
class Loss:
    """A price that does not cover its cost, at the worst of its sites."""

    price_list: str
    sku: str
    amount: Decimal
    currency: str
    site: str
    net: Decimal
    unit_cost: Decimal
    margin: Decimal | None


def _sites() -> list[SiteFacts]:
    rows = Site.objects.order_by("code").values_list(
        "id", "code", "region_id", "channel_id", "country", "currency"
    )
    return [SiteFacts(*row) for row in rows]


def below_cost_now(at: datetime) -> list[Loss]:
    """Rows valid at `at` whose margin is negative somewhere in their list's scope, subsidies counted; 8 or 9 queries."""
    book, sites, on = price_list_book(at), _sites(), at.astimezone(UTC).date()
    taxes, commissions = tax_rates(on), dict(channels().values())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.price_list_id, p.product_id, s.sku, s.tax_class, s.category_id, p.amount FROM pricing_price p"
            " JOIN catalog_product s ON s.id = p.product_id WHERE upper_inf(p.known) AND p.valid @> %s::timestamptz",
            [at],
        )
        rows = cursor.fetchall()
    costs = unit_costs({row[1] for row in rows}, at)
    currencies = {facts.currency for facts in book.values()}
    rates = RateBoard({(cost[1], one) for cost in costs.values() for one in currencies}, on)
    loads = LoadBook(sites, taxes, commissions, SubsidyBook(at, book))
    losses = []
    for list_id, product_id, sku, tax_class, category_id, amount in rows:
        facts, cost = book[list_id], costs.get(product_id)
        if cost is None:
            continue
        try:
            unit_cost = (
                cost[0] if cost[1] == facts.currency else cost[0] * rates(cost[1], facts.currency).rate
            )
        except RateProblem:
            continue
        line = LineFacts(
            0, product_id, sku, list_id, facts.code, facts.currency, Decimal(1), amount, facts.tax_included,
            unit_cost=unit_cost, loads=loads.of(facts, tax_class, category_id, product_id),
        )  # fmt: skip
        worst = figures_of(line)
        margin = worst.margin_fraction
        if line.loads[0].site and (margin is None or margin < 0):
            net = worst.net_amount or Decimal(0)
            losses.append(
                Loss(facts.code, sku, amount, facts.currency, worst.margin_site, net, unit_cost, margin)
            )
    return losses


def lists_without_rate(on: date) -> Iterator[tuple[str, str, str]]:
    """(list, problem, detail) of derived lists whose parent's currency cannot be converted; 2 queries."""
    book = price_list_book()
    rates = RateBoard(derivation_pairs(book), on)
    for facts in sorted(book.values(), key=lambda one: one.code):
        parent = book[facts.parent_id] if facts.parent_id is not None else None
        if parent is None or parent.currency == facts.currency:
            continue
        try:
            rates(parent.currency, facts.currency)
        except RateProblem as problem:
            yield facts.code, problem.code, problem.detail


def equal_priority_lists(at: datetime) -> list[tuple[str, str, int]]:
    """Pairs of rival lists and how many products both price at `at`; 2 queries and one for each pair."""
    book = price_list_book(at)
    regions = {site.id: site.region_id for site in _sites()}
    found = []
    for one, other in combinations(sorted(book.values(), key=lambda facts: facts.code), 2):
        if not are_rivals(one, other, regions):
            continue
        mine, theirs = with_parents(book, {one.id}), with_parents(book, {other.id})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT product_id FROM pricing_price WHERE price_list_id = ANY(%s)"
                " AND upper_inf(known) AND valid @> %s::timestamptz INTERSECT SELECT product_id FROM pricing_price"
                " WHERE price_list_id = ANY(%s) AND upper_inf(known) AND valid @> %s::timestamptz) both_of_them",
                [list(mine), at, list(theirs), at],
            )
            count = cursor.fetchone()[0]
        if count:
            found.append((one.code, other.code, count))
    return found


@dataclass(frozen=True)
class PassedOver:
    """A promotion price above the one otherwise found, at an example site: nobody is asked for it."""

    price_list: str
    sku: str
    site: str
    currency: str
    otherwise: Decimal


def promotions_passed_over(at: datetime) -> list[PassedOver]:
    """Prices of promotions that are not exclusive and lie above the price otherwise asked, once each.

    1 query for lists, sites, taxes and rates each, 2 for each promotion with rows.
    """
    book, sites, on = price_list_book(at), _sites(), at.astimezone(UTC).date()
    taxes = tax_rates(on)
    currencies = {facts.currency for facts in book.values()} | {site.currency for site in sites}
    rates = RateBoard({(a, b) for a in currencies for b in currencies}, on)
    found: list[PassedOver] = []
    for facts in sorted(book.values(), key=lambda one: one.code):
        if facts.kind != "promotion" or facts.exclusive:
            continue
        plans = promotion_places(facts, book, sites)
        found += _passed_over(facts, plans, (taxes, rates), at)
    return found


def _passed_over(
    facts: ListFacts,
    plans: list[tuple[SiteFacts, Plan]],
    figures: tuple[dict[tuple[str, str], Decimal], RateBoard],
    at: datetime,
) -> Iterator[PassedOver]:
    taxes, rates = figures
    if not plans:
        return
    book = plans[0][1].book
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT s.id, s.sku, s.tax_class, p.min_quantity FROM pricing_price p JOIN catalog_product s"
            " ON s.id = p.product_id WHERE p.price_list_id = ANY(%s) AND upper_inf(p.known)"
            " AND p.valid @> %s::timestamptz ORDER BY s.sku, p.min_quantity",
            [list(with_parents(book, {facts.id})), at],
        )
        asked = cursor.fetchall()
    rows = fetch_rows({one[0] for one in asked}, set().union(*(p.list_ids() for _s, p in plans)), at)
    told: set[int] = set()
    for product_id, sku, tax_class, minimum in asked:
        for site, plan in plans:
            question = Question(minimum, site.currency, taxes.get((site.country, tax_class), Decimal(0)))
            amount = asked_instead(plan, rows[product_id], question, rates)
            if amount is not None and product_id not in told:
                told.add(product_id)
                yield PassedOver(facts.code, sku, site.code, site.currency, amount)


def approved_unplaced(before: datetime) -> list[PriceChange]:
    """Pending changes whose request was approved before that moment; 3 queries."""
    pending = {f"price_change:{one.pk}": one for one in PriceChange.objects.filter(state="pending")}
    requests = requests_of_subjects("price_change", pending)
    return [
        pending[subject]
        for subject, request in sorted(requests.items())
        if request.state == ApprovalRequest.State.APPROVED
        and request.closed_at
        and request.closed_at < before
    ]


def due_unapplied(before: datetime) -> list[PriceChange]:
    """Placed changes whose moment came before that one and that are not applied; 1 query."""
    due = Q(effective_from__lt=before) | Q(effective_from__isnull=True)
    return list(
        PriceChange.objects.filter(due, state=PriceChange.State.APPROVED, placed_at__lt=before).order_by("pk")
    )
