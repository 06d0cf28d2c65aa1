"""Rates that linked lists keep: taking the day's when it moves enough, staying and asking when it is missing or jumps."""

from datetime import UTC, date
from decimal import Decimal

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from audit.actions import next_event_id, record
from audit.queries import digests_of
from catalog.queries import Rate, exchange_rates
from catalog.rules.exchange import LIMIT_DAYS
from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.models import ListRate, PriceList
from pricing.rules.linked_rates import RatePolicy, outcome


def keep_rates(*, actor: Actor) -> int:
    """Look at every linked list: take the day's rate, stay, or raise an alert; returns how many took a new rate.

    Each list in a transaction of its own; safe to run twice at once. A missing or too old rate freezes the list at the
    rate it keeps; a move beyond the step limit waits for `accept_rate`.
    Locks: the price list. Records: list_rate.kept. Allowed: the loop.
    """
    linked = [one for one in PriceList.objects.filter(parent__isnull=False).order_by("pk") if one.is_linked]
    return sum(_look(actor, one.pk) for one in linked)


@transaction.atomic
def _look(actor: Actor, list_id: int) -> bool:
    one = _locked(list_id)
    if one is None or one.parent is None or one.parent.currency == one.currency:
        return False
    newest = _newest(one)
    frozen = f"exchange_frozen:{one.pk}"
    if newest is None:
        raise_alert(
            key=frozen, kind="exchange_frozen", severity="warning", url="/prices/lists/",
            title=format_lazy(_("{name}: no fresh exchange rate, its prices stay where they are"), name=one.name),
            actor=actor,
        )  # fmt: skip
        return False
    resolve_alert(frozen, "there is a fresh rate", actor=actor)
    kept = one.rates.order_by("-effective_on", "-pk").first()
    policy = RatePolicy(one.rate_dead_band or Decimal(0), one.rate_step_limit)
    what = outcome(policy, kept.rate if kept else None, newest.rate)
    jump = f"exchange_jump:{one.pk}"
    if what == "asks" and kept is not None:
        title = _("{name}: the exchange rate moved from {kept} to {newest}; a person decides")
        raise_alert(
            key=jump, kind="exchange_jump", severity="warning", url="/prices/lists/",
            title=format_lazy(title, name=one.name, kept=_plain(kept.rate), newest=_plain(newest.rate)),
            actor=actor,
        )  # fmt: skip
        return False
    resolve_alert(jump, "the rate is within its step again", actor=actor)
    if what == "stays":
        return False
    _keep(actor, one, newest, ListRate.Reason.FIRST if what == "first" else ListRate.Reason.MOVED)
    return True


@transaction.atomic
def accept_rate(*, actor: Actor, code: str, reason: str) -> ListRate:
    """Take the day's rate for a linked list although it moved beyond the step limit.

    Raises Faults 403 `not_allowed`; 404 `unknown_price_list`; 409 `not_linked`, `no_fresh_rate`; 422 `reason_required`.
    Locks: the price list. Records: list_rate.kept. Allowed: price_lists.edit.
    """
    access.require_right(actor, "price_lists.edit")
    if not reason.strip():
        raise refuse("reason_required", "Say why the rate is taken.", pointer="/reason")
    found = PriceList.objects.filter(code=code).first()
    one = _locked(found.pk) if found else None
    if one is None:
        raise refuse("unknown_price_list", f"There is no price list “{code[:40]}”.", status=404)
    if not one.is_linked or one.parent is None or one.parent.currency == one.currency:
        raise refuse("not_linked", f"{one.code} keeps no exchange rate.", status=409)
    newest = _newest(one)
    if newest is None:
        raise refuse("no_fresh_rate", f"There is no fresh rate for {one.code}.", status=409)
    kept = _keep(actor, one, newest, ListRate.Reason.ACCEPTED, reason)
    resolve_alert(f"exchange_jump:{one.pk}", reason[:200], actor=actor)
    return kept


def _locked(list_id: int) -> PriceList | None:
    return (
        PriceList.objects.select_for_update(of=("self",)).select_related("parent").filter(pk=list_id).first()
    )


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def _today() -> date:
    return clock.now().astimezone(UTC).date()


def _newest(one: PriceList) -> Rate | None:
    """The day's rate from the parent's currency, None when it is missing or older than the list allows."""
    assert one.parent is not None
    pair = (one.parent.currency, one.currency)
    found = exchange_rates([pair], _today(), one.rate_max_age_days or LIMIT_DAYS)[pair]
    return found if isinstance(found, Rate) else None


def _keep(actor: Actor, one: PriceList, newest: Rate, why: str, reason: str = "") -> ListRate:
    assert one.parent is not None
    before = one.rates.order_by("-effective_on", "-pk").first()
    event_id = next_event_id()
    kept = ListRate.objects.create(
        price_list=one, rate=newest.rate, on=newest.on, path=f"{one.parent.currency}→{one.currency} {newest.path}"[:40],
        effective_on=_today(), reason=why, event_id=event_id,
    )  # fmt: skip
    record(
        actor=actor,
        kind="list_rate.kept",
        subject=f"price_list:{one.code}",
        reason=reason,
        before={"rate": _plain(before.rate) if before else None},
        digests=digests_of(event_id, ["pricing_listrate"]),
        after={"rate": _plain(kept.rate), "on": kept.on.isoformat(), "why": why},
        event_id=event_id,
    )
    return kept
