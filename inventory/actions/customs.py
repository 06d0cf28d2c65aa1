"""Customs consignments up to their declaration: prepared, changed, declared within the import limits, cancelled."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import record
from catalog.access import visible_site_ids_or_all
from catalog.models import Site
from catalog.queries import products_by_sku, sites_by_code
from inventory.access import access_consignment
from inventory.actions.import_limits import import_limit_faults
from inventory.actions.movements import check_right
from inventory.models import CustomsConsignment, CustomsLine
from inventory.queries.customs import subject_of
from inventory.queries.documents import plain
from inventory.rules import customs as rules
from inventory.rules.customs import DeclaredLine
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

State = CustomsConsignment.State
REGIMES = CustomsConsignment.Regime.values
FROM = CustomsConsignment.From.values


@dataclass(frozen=True)
class ConsignmentDraft:
    """What is expected at customs for a site. currency: of the customs values, "" for the site's own."""

    site: str
    from_country: str
    carrier: str
    arrives_on: date
    clears_on: date
    lines: tuple[DeclaredLine, ...]
    regime: str = "free"
    comes_from: str = "supplier"
    waybill: str = ""
    currency: str = ""


@transaction.atomic
def create_consignment(*, actor: Actor, draft: ConsignmentDraft) -> CustomsConsignment:
    """Prepare a consignment; a draft until it is declared.

    Raises Faults 403; 422 with every fault: `unknown_site`, `invalid_country`, `carrier_required`, `invalid_regime`,
    `invalid_origin`, `invalid_currency`, `invalid_dates`, `too_long`, `no_lines`, `too_many_lines`, `unknown_sku`,
    `invalid_quantity`, `invalid_amount`, `invalid_hs_code`, `duplicate_sku`.
    Locks: nothing. Records: customs.requested. Allowed: customs.declare, the site in scope.
    """
    check_right(actor, "customs.declare")
    site, draft = _checked(actor, draft)
    made = CustomsConsignment.objects.create(site=site, **_head(actor, draft))
    _write_lines(made, draft)
    made = fresh(made)
    record_step(actor, made, "requested", after=_content(draft))
    return made


@transaction.atomic
def edit_consignment(*, actor: Actor, consignment_id: int, draft: ConsignmentDraft) -> CustomsConsignment:
    """Change what is not declared yet. Raises as `create_consignment`; 409 `wrong_state`; Http404.

    Locks: the consignment. Records: customs.edited. Allowed: customs.declare.
    """
    check_right(actor, "customs.declare")
    found = locked(actor, consignment_id, State.DRAFT)
    site, draft = _checked(actor, draft)
    CustomsConsignment.objects.filter(pk=found.pk).update(site=site, **_head(actor, draft))
    _write_lines(found, draft)
    record_step(actor, found, "edited", after=_content(draft))
    return fresh(found)


@transaction.atomic
def declare_consignment(*, actor: Actor, consignment_id: int) -> CustomsConsignment:
    """Declare it to customs, counted by the import limits of the destination's country on today's date there.

    Raises Faults 403; 409 `wrong_state`; 422 `import_limit` for each limit it goes beyond, `missing_exchange_rate`;
    Http404.
    Locks: the consignment, the country's limits. Records: customs.declared. Allowed: customs.declare.
    """
    check_right(actor, "customs.declare")
    found = locked(actor, consignment_id, State.DRAFT)
    now = clock.now()
    today = now.astimezone(ZoneInfo(found.site.timezone)).date()
    faults = import_limit_faults(found, today)
    if faults:
        raise Faults(faults)
    CustomsConsignment.objects.filter(pk=found.pk).update(
        state=State.DECLARED, declared_on=today, declared_at=now
    )
    record_step(actor, found, "declared", after={"declared_on": today.isoformat()})
    return fresh(found)


@transaction.atomic
def cancel_consignment(*, actor: Actor, consignment_id: int, reason: str) -> CustomsConsignment:
    """Give it up before anything arrived.

    Raises Faults 403; 409 `wrong_state`, `has_arrived`; 422 `reason_required`; Http404.
    Locks: the consignment. Records: customs.cancelled. Allowed: customs.declare.
    """
    check_right(actor, "customs.declare")
    found = locked(actor, consignment_id, State.DRAFT, State.DECLARED)
    if CustomsLine.objects.filter(consignment=found, arrived__gt=0).exists():
        raise refuse("has_arrived", "Goods have arrived at customs; settle them.", status=409)
    if not reason.strip():
        raise refuse("reason_required", "Say why it is cancelled.", pointer="/reason")
    CustomsConsignment.objects.filter(pk=found.pk).update(
        state=State.CANCELLED, note=reason.strip()[:500], ended_at=Now()
    )
    record_step(actor, found, "cancelled", reason=reason)
    return fresh(found)


def _checked(actor: Actor, draft: ConsignmentDraft) -> tuple[Site, ConsignmentDraft]:
    """The site and the draft with what the products say filled in. Raises Faults with every fault."""
    sites, visible = sites_by_code([draft.site]), visible_site_ids_or_all(actor)
    site = sites.get(draft.site)
    faults: list[Fault] = []
    if site is None or (visible is not None and site.pk not in visible):
        faults.append(Fault("/site", "unknown_site", f"There is no site {draft.site!r}."))
    products = products_by_sku([line.sku for line in draft.lines])
    lines = []
    for line in draft.lines:
        product = products.get(line.sku)
        hs_code = rules.bare_hs(line.hs_code) or (product.hs_code if product else "")
        origin = line.origin_country.strip().upper() or (product.origin_country if product else "")
        lines.append(replace(line, hs_code=hs_code, origin_country=origin))
    full = replace(
        draft,
        lines=tuple(lines),
        from_country=draft.from_country.strip().upper(),
        currency=draft.currency.strip().upper() or (site.currency if site else "GBP"),
    )
    faults += [*_head_faults(full), *rules.declared_faults(lines, products, full.currency)]
    if faults or site is None:
        raise Faults(faults)
    return site, full


def _head_faults(draft: ConsignmentDraft) -> list[Fault]:
    faults = []
    if not rules.is_country(draft.from_country):
        faults.append(Fault("/from_country", "invalid_country", "A country is two letters."))
    if not draft.carrier.strip():
        faults.append(Fault("/carrier", "carrier_required", "Say who carries the goods."))
    for name, most in (("carrier", 120), ("waybill", 64)):
        if len(getattr(draft, name)) > most:
            faults.append(Fault(f"/{name}", "too_long", f"At most {most} characters."))
    if draft.regime not in REGIMES:
        faults.append(Fault("/regime", "invalid_regime", f"The regimes are {', '.join(REGIMES)}."))
    if draft.comes_from not in FROM:
        faults.append(Fault("/comes_from", "invalid_origin", f"Goods come from {' or '.join(FROM)}."))
    if len(draft.currency) != 3 or not (draft.currency.isascii() and draft.currency.isalpha()):
        faults.append(Fault("/currency", "invalid_currency", "A currency has three letters."))
    if draft.clears_on < draft.arrives_on:
        detail = "Goods are cleared on the day they arrive or later."
        faults.append(Fault("/clears_on", "invalid_dates", detail))
    return faults


def _head(actor: Actor, draft: ConsignmentDraft) -> dict[str, Any]:
    names = ("from_country", "regime", "comes_from", "currency", "arrives_on", "clears_on")
    return {
        **{name: getattr(draft, name) for name in names},
        "carrier": draft.carrier.strip(),
        "waybill": draft.waybill.strip(),
        "prepared_by_id": actor.id if actor.kind == "user" else None,
        "prepared_by_name": actor.name,
    }


def _write_lines(found: CustomsConsignment, draft: ConsignmentDraft) -> None:
    CustomsLine.objects.filter(consignment=found).delete()
    products = products_by_sku([line.sku for line in draft.lines])
    CustomsLine.objects.bulk_create(
        CustomsLine(
            consignment=found,
            number=number,
            product=products[line.sku],
            lot=line.lot,
            hs_code=line.hs_code,
            origin_country=line.origin_country,
            value=line.value,
            declared=line.quantity,
        )
        for number, line in enumerate(draft.lines)
    )


def _content(draft: ConsignmentDraft) -> dict[str, Any]:
    lines = [
        {"sku": one.sku, "lot": one.lot, "hs_code": one.hs_code, "quantity": plain(one.quantity)}
        for one in draft.lines[:50]
    ]
    return {"site": draft.site, "line_count": len(draft.lines), "lines": lines}


# -- shared with the other steps ---------------------------------------------------------------------------------------


def locked(actor: Actor, consignment_id: int, *states: str) -> CustomsConsignment:
    """The consignment in scope, locked, in one of `states`. Raises Http404, Faults 409 `wrong_state`."""
    access_consignment(actor, consignment_id)
    rows = CustomsConsignment.objects.select_for_update(of=("self",)).select_related("site__legal_entity")
    found = rows.get(pk=consignment_id)
    if found.state not in states:
        raise refuse("wrong_state", f"The consignment is {found.state}.", status=409)
    return found


def fresh(found: CustomsConsignment) -> CustomsConsignment:
    """The consignment as it is stored now."""
    return CustomsConsignment.objects.select_related("site__legal_entity").get(pk=found.pk)


def record_step(
    actor: Actor,
    found: CustomsConsignment,
    step: str,
    *,
    reason: str = "",
    after: dict[str, Any] | None = None,
) -> None:
    """One event of a consignment: customs.<step>."""
    record(
        actor=actor,
        kind=f"customs.{step}",
        subject=subject_of(found),
        reason=reason,
        before={"state": found.state},
        after={"reference": str(found), **(after or {})},
        site_ids=[found.site_id],
    )
