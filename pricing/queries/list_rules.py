"""Versions of how lists derive, as they are read."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from lib import clock
from pricing.models import ListRule, Price, PriceList
from pricing.queries.price_lists import price_list_rows
from pricing.queries.world import with_parents
from pricing.rules.resolution import Book

#: What a version decides, as fields of ListRule and PriceList alike.
DERIVATION = (
    "parent", "float_fraction", "float_amount", "floor_fraction", "ceiling_fraction", "ends_in",
    "rate_max_age_days", "rate_dead_band", "rate_step_limit",
)  # fmt: skip


def is_deriving(one: ListRule | PriceList) -> dict[str, Any]:
    """How it derives, with the parent's id: two that are equal make the same prices."""
    return {
        ("parent_id" if name == "parent" else name): getattr(one, "parent_id" if name == "parent" else name)
        for name in DERIVATION
    }


def list_rules(price_list_id: int) -> QuerySet[ListRule]:
    """Every version of a list, the newest first, with what it names."""
    return (
        ListRule.objects.filter(price_list=price_list_id)
        .select_related("price_list", "parent", "created_by")
        .order_by("-version")
    )


def lists_waiting() -> set[int]:
    """The lists of which a version waits for approval; 1 query."""
    waiting = ListRule.objects.filter(state=ListRule.State.PENDING)
    return set(waiting.values_list("price_list_id", flat=True))


def rules_in_force(price_list_id: int) -> QuerySet[ListRule]:
    """The versions in force, those to come among them."""
    return list_rules(price_list_id).filter(state=ListRule.State.IN_FORCE)


def rule_row(one: ListRule) -> dict[str, Any]:
    """A version as REST gives it and the trail keeps it."""
    return {
        "id": one.pk,
        "price_list": one.price_list.code,
        "version": one.version,
        "base_version": one.base_version,
        "state": one.state,
        "parent": one.parent.code if one.parent else None,
        **{name: _text(getattr(one, name)) for name in DERIVATION[1:]},
        "asked_from": _moment(one.asked_from),
        "effective_from": _moment(one.effective_from),
        "known_from": _moment(one.known_from),
        "recorded_at": _moment(one.recorded_at)
        if not hasattr(one.recorded_at, "resolve_expression")
        else None,
        "proposed_by": one.created_by.username if one.created_by else "",
        "reason": one.reason,
    }


def _text(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _moment(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def price_list_item(code: str) -> dict[str, Any] | None:
    """A list with the fields it is posted with, the version in force and the one that waits; None for no such list."""
    lists = PriceList.objects.select_related("parent", "region", "channel", "site", "customer_group")
    one = lists.filter(code=code).first()
    if one is None:
        return None
    rules = list(list_rules(one.pk))
    waiting = next((rule for rule in rules if rule.state == ListRule.State.PENDING), None)
    in_force = next((rule for rule in rules if rule.state == ListRule.State.IN_FORCE), None)
    return {
        **price_list_rows([one])[0],
        "version": in_force.version if in_force else 0,
        "waiting": rule_row(waiting) if waiting else None,
    }


def is_waiting(code: str, asked: Mapping[str, Any]) -> bool:
    """Whether a version that says the same waits for approval. asked: DERIVATION, the parent by its code. 1 query."""
    rule = (
        ListRule.objects.filter(price_list__code=code, state=ListRule.State.PENDING)
        .select_related("parent")
        .first()
    )
    if rule is None:
        return False
    told = {name: getattr(rule, name) for name in DERIVATION[1:]}
    return {"parent": rule.parent.code if rule.parent else None, **told} == dict(asked)


def makes_prices(book: Book, list_id: int, new_parent_id: int | None) -> bool:
    """Whether the list derives prices from what stands in the lists above it, as it is or below a new parent. 1 query."""
    above = with_parents(book, {list_id} | ({new_parent_id} if new_parent_id else set())) - {list_id}
    if not above:
        return False
    standing = Price.objects.filter(price_list__in=above, known__upper_inf=True)
    return standing.filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=clock.now())).exists()


def making_prices(book: Book, list_ids: Collection[int]) -> set[int]:
    """Which of these lists make prices now or later, of their own or derived from those above them. 1 query."""
    above = {pk: with_parents(book, {pk}) for pk in list_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id FROM pricing_pricelist l WHERE l.id = ANY(%s) AND EXISTS (SELECT FROM pricing_price p"
            " WHERE p.price_list_id = l.id AND upper_inf(p.known) AND coalesce(upper(p.valid) > %s, true))",
            [list(set().union(*above.values(), set())), clock.now()],
        )
        priced = {pk for (pk,) in cursor.fetchall()}
    return {pk for pk, lists in above.items() if lists & priced}
