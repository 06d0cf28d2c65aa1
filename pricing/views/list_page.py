"""What the pages of one price list show."""

from typing import Any

from django.utils.translation import gettext as _

from approvals.queries import request_of
from lib import clock
from lib.actors import Actor
from pricing.access import editable_lists
from pricing.actions.list_rules import KIND
from pricing.list_forms import PERCENT
from pricing.messages import finding_message
from pricing.models import ListRule, PriceList
from pricing.queries.customer_groups import open_groups
from pricing.queries.list_book import price_list_book
from pricing.queries.list_counts import list_counts
from pricing.queries.list_rules import list_rules
from pricing.queries.price_lists import price_lists
from pricing.queries.why import channels_to_choose, regions_to_choose, sites_to_choose
from pricing.queries.world import with_parents
from web import figures

SHOWN = 20


def list_context(one: PriceList, actor: Actor) -> dict[str, Any]:
    """Everything templates/pricing/list.html reads."""
    rules = list(list_rules(one.pk))
    waiting = next((rule for rule in rules if rule.state == ListRule.State.PENDING), None)
    may_edit = actor.may("price_lists.edit") and one.code in editable_lists(actor)
    return {
        "list": one,
        "counts": list_counts(clock.now()).get(one.pk),
        "derives": rule_words(one),
        "below": lists_below(one),
        "versions": [{"rule": rule, "words": rule_words(rule), **_stands(rule, rules)} for rule in rules],
        "waiting": waiting,
        "waiting_words": rule_words(waiting) if waiting else [],
        "effect": effect_context(waiting.effect) if waiting else None,
        "request_made": request_of(KIND, f"{KIND}:{waiting.pk}") if waiting else None,
        "is_mine": waiting is not None and waiting.created_by_id == actor.id,
        "may_edit": may_edit,
    }


def _stands(rule: ListRule, rules: list[ListRule]) -> dict[str, bool]:
    """Whether a version counts now, or is still to come."""
    now = clock.now()
    in_force = [one for one in rules if one.state == ListRule.State.IN_FORCE]
    reached = [one for one in in_force if one.effective_from is not None and one.effective_from <= now]
    return {
        "is_now": bool(reached) and rule.pk == max(reached, key=lambda one: one.version).pk,
        "is_coming": rule.effective_from is not None and rule.effective_from > now,
    }


def lists_below(one: PriceList) -> list[PriceList]:
    """The lists that derive from it, through others too; 2 queries."""
    book = price_list_book()
    ids = {pk for pk in book if pk != one.pk and one.pk in with_parents(book, {pk})}
    return [found for found in price_lists().order_by("code") if found.pk in ids]


def rule_words(one: ListRule | PriceList) -> list[tuple[str, str]]:
    """How it derives, as label and words; empty where it does not."""
    if one.parent is None:
        return []
    labels = {
        "float_fraction": _("Float"),
        "floor_fraction": _("at least"),
        "ceiling_fraction": _("Ceiling"),
        "rate_dead_band": _("Rate stays within"),
        "rate_step_limit": _("Rate asks beyond"),
    }
    found = [(_("Derived from"), one.parent.name)]
    for name in PERCENT[:3]:
        if (value := getattr(one, name)) is not None:
            found.append((labels[name], _percent(value)))
    if one.float_amount is not None:
        currency = one.currency if isinstance(one, PriceList) else one.price_list.currency
        found.append((_("Surcharge"), figures.money_text(one.float_amount, currency, plus=True)))
    if one.ends_in is not None:
        found.append((_("Ends in"), f"{one.ends_in.normalize():f}"))
    for name in PERCENT[3:]:
        if (value := getattr(one, name)) is not None:
            found.append((labels[name], _percent(value)))
    if one.rate_max_age_days is not None:
        found.append((_("Rate at most so many days old"), str(one.rate_max_age_days)))
    return found


def _percent(value: Any) -> str:
    return figures.figure(value * 100, 2, plus=True).removesuffix("0").removesuffix(".0") + figures.NBSP + "%"


def effect_context(row: dict[str, Any]) -> dict[str, Any]:
    """An effect as the pages show it: findings in the reader's language."""
    found = [
        {**one, "text": finding_message(one["code"], one["params"])} for one in row.get("found", [])[:SHOWN]
    ]
    return {**row, "largest": row.get("largest", [])[:SHOWN], "found": found}


def places(actor: Actor) -> dict[str, list[tuple[str, str]]]:
    """What a new list may be for."""
    return {
        "region": [(one.code, one.name) for one in regions_to_choose()],
        "channel": [(one.code, one.name) for one in channels_to_choose()],
        "site": [(one.code, one.name) for one in sites_to_choose(actor)],
        "customer_group": [(one.code, one.name) for one in open_groups()],
    }


def parents(one: PriceList) -> list[tuple[str, str]]:
    """Lists it may derive from: all but itself and those below it."""
    out = {found.pk for found in lists_below(one)} | {one.pk}
    return [
        (found.code, f"{found.name} {found.currency}")
        for found in price_lists().order_by("code")
        if found.pk not in out
    ]
