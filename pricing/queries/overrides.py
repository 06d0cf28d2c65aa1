"""Overrides whose parent's price a change moves, and the open questions about them."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from pricing.models import OverrideQuestion, PriceChange, PriceChangeLine
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, derivation_pairs, fetch_rows
from pricing.queries.price_changes import money_text
from pricing.queries.world import with_parents
from pricing.rules.findings import NOTE, Found
from pricing.rules.overrides import ASK, FOLLOW, Moved, below, laid_over, moved_overrides
from pricing.rules.resolution import Book

JUST_BEFORE = timedelta(microseconds=1)
Lines = dict[int, list[tuple[int, Decimal, Decimal | None]]]


def moved_by_draft(change: PriceChange, now: datetime, policies: Collection[str]) -> list[Moved]:
    """What a change will move at its effective moment; what it prices itself, by hand, is not among it.

    Lines that were added because they follow count as not yet there. 2 queries, 3 more where such lists derive.
    """
    moment = max(now, change.effective_from) if change.effective_from else now
    book, lists = _lists(change, policies, moment)
    if not lists:
        return []
    lines: Lines = {}
    rows = change.lines.exclude(origin=PriceChangeLine.Origin.FOLLOW)
    for product_id, list_id, minimum, amount in rows.values_list(
        "product_id", "price_list_id", "min_quantity", "amount"
    ):
        lines.setdefault(product_id, []).append((list_id, minimum, amount))
    wanted = with_parents(book, {facts.id for facts in lists})
    before = fetch_rows(lines, wanted, moment)
    rates = RateBoard(derivation_pairs(book), moment.astimezone(UTC).date())
    found: list[Moved] = []
    for product_id, asked in lines.items():
        was = before.get(product_id, {})
        if not any(facts.id in was for facts in lists):
            continue
        skip = {(list_id, minimum) for list_id, minimum, _amount in asked}
        found += moved_overrides(product_id, lists, book, (was, laid_over(was, asked)), skip, rates)
    return [one for one in found if one.price_list.override_policy in policies]


def moved_by_placed(change: PriceChange) -> list[Moved]:
    """What a placed change has moved in lists that ask: the rows just before each line's moment and at it."""
    start = change.effective_from or change.placed_at
    book, lists = _lists(change, (ASK,), start)
    lists = [facts for facts in lists if facts.override_policy == ASK]
    if not lists:
        return []
    moments: dict[datetime, set[int]] = {}
    skips: dict[int, set[tuple[int, Decimal]]] = {}
    for product_id, list_id, minimum, begins in change.lines.values_list(
        "product_id", "price_list_id", "min_quantity", "valid_from"
    ):
        moment = max(filter(None, (begins, start, change.placed_at)), default=None)
        if moment is not None:
            moments.setdefault(moment, set()).add(product_id)
            skips.setdefault(product_id, set()).add((list_id, minimum))
    wanted = with_parents(book, {facts.id for facts in lists})
    found: dict[tuple[int, int, Decimal], Moved] = {}
    for moment, products in sorted(moments.items()):
        before, after = (fetch_rows(products, wanted, at) for at in (moment - JUST_BEFORE, moment))
        rates = RateBoard(derivation_pairs(book), moment.astimezone(UTC).date())
        for product_id in products:
            when = (before.get(product_id, {}), after.get(product_id, {}))
            for one in moved_overrides(product_id, lists, book, when, skips[product_id], rates):
                found[one.price_list.id, product_id, one.min_quantity] = one
    return list(found.values())


def _lists(change: PriceChange, policies: Collection[str], at: datetime | None) -> tuple[Book, list[Any]]:
    book = price_list_book(at)
    touched = set(change.lines.values_list("price_list_id", flat=True).distinct())
    found = below(book, touched, {*policies, FOLLOW})
    return book, found if any(one.override_policy in policies for one in found) else []


def override_findings(change: PriceChange, now: datetime) -> list[Found]:
    """Notes on the whole change: how many overrides follow it, and how many will ask."""
    moved = moved_by_draft(change, now, (FOLLOW, ASK))
    counts = {
        policy: sum(one.price_list.override_policy == policy for one in moved) for policy in (FOLLOW, ASK)
    }
    lists = {
        policy: ", ".join(
            sorted({m.price_list.code for m in moved if m.price_list.override_policy == policy})
        )
        for policy in (FOLLOW, ASK)
    }
    return [
        Found(f"overrides_{policy}", NOTE, {"count": counts[policy], "lists": lists[policy]})
        for policy in (FOLLOW, ASK)
        if counts[policy]
    ]


def override_questions(price_list: str = "", answer: str | None = None) -> QuerySet[OverrideQuestion]:
    """Questions with list, product and change, newest first; answer "" = the open ones, None = all."""
    found = OverrideQuestion.objects.select_related("price_list__parent", "product", "change").order_by("-id")
    if price_list:
        found = found.filter(price_list__code=price_list)
    return found if answer is None else found.filter(answer=answer)


def question_row(one: OverrideQuestion) -> dict[str, Any]:
    """A question as REST gives it. No query when read with what it names."""
    return {
        "id": one.pk,
        "price_list": one.price_list.code,
        "sku": one.product.sku,
        "min_quantity": f"{one.min_quantity.normalize():f}",
        "currency": one.currency,
        "own_amount": money_text(one.own_amount, one.currency),
        "moved_amount": money_text(one.moved_amount, one.currency),
        "parent_from": f"{one.parent_from.normalize():f}",
        "parent_to": f"{one.parent_to.normalize():f}",
        "price_change": one.change_id,
        "asked_at": one.asked_at,
        "answer": one.answer or "open",
        "answered_at": one.answered_at,
        "answered_by": one.answered_by_name or None,
        "answer_change": one.answer_change_id,
    }
