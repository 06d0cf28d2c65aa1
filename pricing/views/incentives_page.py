"""What the pages of incentives and of the rehearsal show."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.access import visible_sites
from catalog.rules.fields import Wrong
from lib.actors import Actor
from lib.faults import Faults
from lib.money import round_money
from pricing.forms import whole_number
from pricing.models import Incentive
from pricing.queries.change_list import changes_to_rehearse
from pricing.queries.incentives import incentives
from pricing.queries.price_changes import price_change
from pricing.queries.rehearsal import Rehearsed
from pricing.queries.shop_rehearsal import rehearse_change, rehearse_shop, shop_question
from pricing.rules.amounts import read_decimal

SHOWN = 100
ON_CARD = 10
PERCENTS = ("fraction", "platform_fraction", "supplier_fraction")


def incentives_context(asked: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Newest first, 50 a page."""
    page = Paginator(incentives().order_by("-id"), 50).get_page(asked.get("page"))
    return {
        "page": page,
        "rows": [{"one": one, "state": _state(one, now), "scope": _scope(one)} for one in page],
        "kinds": Incentive.Kind.choices,
    }


def _state(one: Incentive, now: datetime) -> str:
    if one.stopped_at is not None:
        return "stopped"
    if one.valid_until is not None and one.valid_until <= now:
        return "over"
    return "to_come" if one.valid_from > now else "in_force"


def _scope(one: Incentive) -> str:
    named = (one.price_list, one.site, one.region, one.channel, one.customer_group, one.category, one.product)
    return " · ".join(each.name for each in named if each is not None) or _("everywhere")


def form_row(given: Mapping[str, str]) -> dict[str, Any]:
    """The form as the action reads it: percentages become fractions, times are of the reader's zone."""
    row: dict[str, Any] = {name: given.get(name, "")[:300] for name in given}
    row["is_exclusive"] = given.get("is_exclusive") == "1"
    for name in PERCENTS:
        row[name] = _as_fraction(row.get(name, ""))
    for name in ("valid_from", "valid_until"):
        row[name] = _with_zone(row.get(name, ""))
    return row


def _as_fraction(text: str) -> Any:
    try:
        return read_decimal(text.strip().removesuffix("%").strip()) / 100 if text.strip() else None
    except Wrong:
        return text


def _with_zone(text: str) -> Any:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return timezone.make_aware(at) if at.tzinfo is None else at


def rehearsal_context(asked: Mapping[str, str], actor: Actor, now: datetime) -> dict[str, Any]:
    """The worst cases of the site that is asked for, else of the first in scope."""
    sites = list(visible_sites(actor).order_by("name").values_list("code", "name"))
    given = {name: asked.get(name, "") for name in ("site", "day", "channel", "category")}
    known = [code for code, _name in sites]
    given["site"] = given["site"] if given["site"] in known else (known or [""])[0]
    context: dict[str, Any] = {"sites": sites, "given": given, "rows": [], "total": 0, "fault": ""}
    context["changes"] = changes_to_rehearse()
    chosen = whole_number(asked.get("change"), 0)
    if any(one.pk == chosen for one in context["changes"]):
        return {**context, "chosen": chosen, **rehearsed_lines(chosen, now)}
    try:
        question = shop_question(given, now)
        found = rehearse_shop(question, actor) if question.site else []
    except Faults as refused:
        return {**context, "fault": _(refused.faults[0].detail)}
    given["day"] = question.day.isoformat()
    return {**context, **_figures(found, SHOWN)}


def rehearsed_lines(change_id: int, now: datetime) -> dict[str, Any]:
    """The worst cases of a change's lines."""
    change = price_change(change_id)
    return {"change": change, **_figures(rehearse_change(change, now), ON_CARD)}


def _figures(found: Sequence[Rehearsed], shown: int) -> dict[str, Any]:
    return {
        "total": len(found),
        "below": sum(one.is_below_cost for one in found),
        "rows": [_row(one) for one in found[:shown]],
    }


def _row(one: Rehearsed) -> dict[str, Any]:
    currency = one.line.currency
    cost = one.line.unit_cost
    return {
        "one": one,
        "currency": currency,
        "gross": round_money(one.gross, currency),
        "to_pay": _money(one.worst.to_pay, currency),
        "earned": _money(one.worst.earned, currency),
        "cost": None if cost is None else round_money(cost, currency),
        "spare": None if cost is None else _money(one.worst.earned - Fraction(cost), currency),
        "names": " + ".join(one.worst.names),
    }


def _money(value: Fraction, currency: str) -> Decimal:
    return round_money(Decimal(value.numerator) / Decimal(value.denominator), currency)
