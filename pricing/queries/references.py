"""The reference price of a reduction, by the law of the country where it is announced."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection

from catalog.models import Product, Site
from lib.money import round_money
from pricing.models import PriceChange
from pricing.queries.laws import LawBook, stated_bases
from pricing.queries.list_book import Books
from pricing.rules.laws import (
    Reference,
    ReferenceRule,
    Stretch,
    effective_method,
    first_step,
    reference_of,
)
from pricing.rules.resolution import Plan, Question, RateProblem, Rates, Row, resolve
from sales.queries import lowest_paid_before

WINDOW = timedelta(days=30)
#: How far back the first step of a progressive reduction is looked for.
STEPS_REACH = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class ReferenceAsked:
    """A reduction: of which product, where, since when, to which gross amount, by which promotion list.

    change_id tells the kind of reason unless reason_code does.
    """

    index: int
    product_id: int
    site_id: int
    country: str
    site_currency: str
    plan: Plan
    question: Question
    since: datetime | None
    amount: Decimal
    list_id: int
    change_id: int | None = None
    reason_code: str = ""


#: (list, row, until) of one product.
Dated = tuple[int, Row, datetime | None]


@dataclass(slots=True)
class _Case:
    """One reduction with the rule of its place and what was asked before it."""

    asked: ReferenceAsked
    since: datetime
    rule: ReferenceRule
    method: str
    before: list[Stretch]


def references(
    asked: Sequence[ReferenceAsked], rates: Rates, known_at: datetime | None = None
) -> dict[int, Reference]:
    """index → the reference price with its rule and evidence; absent where the country has no rule.

    Converted at the rates of the question's day. At most 9 queries: rules, lists, categories (2), reasons, price rows; where
    prices paid count: stated bases, zones, sales.
    """
    cases = _cases([one for one in asked if one.since is not None], rates, known_at)
    paid = _paid([case for case in cases if case.method == "lowest_paid"], rates)
    found: dict[int, Reference] = {}
    for case in cases:
        sold_from = case.before[0].begins if case.before else None
        since = first_step(case.rule, case.since, case.before, case.asked.amount)
        reference = reference_of(case.rule, case.method, since, case.before, sold_from)
        if case.method == "lowest_paid":
            amount, found_by = paid.get(case.asked.index, (None, "lowest_paid"))
            reference = Reference(amount, found_by, case.rule, since, reference.history)
        found[case.asked.index] = reference
    return found


def _cases(asked: Sequence[ReferenceAsked], rates: Rates, known_at: datetime | None) -> list[_Case]:
    if not asked:
        return []
    book = LawBook({one.country for one in asked})
    categories = dict(
        Product.objects.filter(pk__in={one.product_id for one in asked}).values_list("id", "category_id")
    )
    ruled = [
        (one, one.since, rule)
        for one in asked
        if one.since is not None
        and (rule := book.reference_rule(one.country, categories.get(one.product_id))) is not None
    ]
    if not ruled:
        return []
    changes = {one.change_id for one, _since, _rule in ruled if not one.reason_code and one.change_id}
    reasons = (
        dict(PriceChange.objects.filter(pk__in=changes).values_list("id", "reason_code")) if changes else {}
    )
    opens = min(_opens(since, rule) for _one, since, rule in ruled)
    closes = max(since for _one, since, _rule in ruled)
    books = Books(known_at)
    history = dated_rows(
        {one.product_id for one, _since, _rule in ruled},
        set().union(*(books.list_ids(one.plan, opens, closes) for one, _since, _rule in ruled)),
        opens,
        closes,
        known_at,
    )
    return [
        _Case(
            one,
            since,
            rule,
            effective_method(rule, one.reason_code or reasons.get(one.change_id or 0, "")),
            stretches(one, history.get(one.product_id, []), (_opens(since, rule), since), (rates, books)),
        )
        for one, since, rule in ruled
    ]


def _opens(since: datetime, rule: ReferenceRule) -> datetime:
    return since - timedelta(days=rule.days) - (STEPS_REACH if rule.progressive else timedelta())


def stretches(
    one: ReferenceAsked, dated: list[Dated], span: tuple[datetime, datetime], market: tuple[Rates, Books]
) -> list[Stretch]:
    """What applied over `span`, cut wherever any row begins or ends or a list derives anew; gaps without a price left
    out."""
    (opens, closes), (rates, books) = span, market
    moments = {opens, *books.moments(opens, closes)}
    for _list, row, until in dated:
        moments.update(m for m in (row.valid_from, until) if m is not None and opens < m < closes)
    cuts = [*sorted(moments), closes]
    found: list[Stretch] = []
    for begins, ends in zip(cuts, cuts[1:], strict=False):
        try:
            plan = books.replanned(one.plan, begins)
            priced = resolve(plan, rows_at(dated, begins), one.question, rates)
        except RateProblem:
            continue
        if priced is None:
            continue
        is_reduction = priced.facts.kind == "promotion"
        last = found[-1] if found else None
        if last and (last.amount, last.is_reduction, last.ends) == (priced.amount, is_reduction, begins):
            found[-1] = last._replace(ends=ends)
        else:
            found.append(Stretch(begins, ends, priced.amount, is_reduction))
    return found


def _paid(cases: Sequence[_Case], rates: Rates) -> dict[int, tuple[Decimal | None, str]]:
    """index → (amount, how found): the stated basis, else the lowest paid in the same shop, else the last paid."""
    if not cases:
        return {}
    bases = stated_bases({c.asked.product_id for c in cases}, {c.asked.list_id for c in cases})
    zones = dict(Site.objects.filter(pk__in={c.asked.site_id for c in cases}).values_list("id", "timezone"))
    found: dict[int, tuple[Decimal | None, str]] = {}
    for days in {case.rule.days for case in cases}:
        group = [case for case in cases if case.rule.days == days]
        wanted = [
            (c.asked.product_id, c.asked.site_id, c.since.astimezone(ZoneInfo(zones[c.asked.site_id])).date())
            for c in group
        ]
        for case, (lowest, last) in zip(group, lowest_paid_before(wanted, days), strict=True):
            one = case.asked
            stated = bases.get((one.product_id, one.list_id))
            if stated is not None:
                found[one.index] = (_converted(*stated, one, rates), "stated_basis")
            elif lowest is not None:
                found[one.index] = (_converted(lowest, one.site_currency, one, rates), "lowest_paid")
            else:
                found[one.index] = (last and _converted(last, one.site_currency, one, rates), "last_paid")
    return found


def _converted(amount: Decimal, currency: str, one: ReferenceAsked, rates: Rates) -> Decimal | None:
    if currency == one.question.currency:
        return round_money(amount, currency)
    try:
        return round_money(amount * rates(currency, one.question.currency).rate, one.question.currency)
    except RateProblem:
        return None


def rows_at(dated: Iterable[Dated], moment: datetime) -> dict[int, list[Row]]:
    """The rows valid at `moment`, by list."""
    rows: dict[int, list[Row]] = {}
    for list_id, row, until in dated:
        if row.valid_from is not None and row.valid_from <= moment and (until is None or moment < until):
            rows.setdefault(list_id, []).append(row)
    return rows


def dated_rows(
    product_ids: Collection[int],
    list_ids: Collection[int],
    since: datetime,
    until: datetime,
    known_at: datetime | None = None,
) -> dict[int, list[Dated]]:
    """Product → the rows valid at any moment of a stretch, as known at `known_at` (None = now). 1 query."""
    known = "upper_inf(known)" if known_at is None else "known @> %(known_at)s::timestamptz"
    history: dict[int, list[Dated]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, price_list_id, min_quantity, amount, price_change_id, lower(valid), upper(valid)"
            " FROM pricing_price WHERE product_id = ANY(%(products)s) AND price_list_id = ANY(%(lists)s)"
            f" AND valid && tstzrange(%(since)s, %(until)s) AND {known}",
            {
                "products": list(product_ids),
                "lists": list(list_ids),
                "since": since,
                "until": until,
                "known_at": known_at,
            },
        )
        for product_id, list_id, minimum, amount, change_id, start, end in cursor.fetchall():
            dated = (list_id, Row(minimum, amount, change_id, start), end)
            if product_id in history:
                history[product_id].append(dated)
            else:
                history[product_id] = [dated]
    return history
