"""Price lists, written by lists."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.actions import record
from catalog.actions.upserts import Counts, refuse_all
from catalog.models import Channel, CustomerGroup, Region, Site
from catalog.rules.rows import checked_rows
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.actions.list_rules import lock_lists, propose_rule
from pricing.models import ListRule, PriceList
from pricing.queries.list_book import price_list_book
from pricing.queries.list_rules import DERIVATION, is_deriving, is_waiting, makes_prices, making_prices
from pricing.queries.price_lists import price_list_rows
from pricing.rules.list_rows import PRICE_LIST, cycle_faults, kind_faults

MAX_LISTS = 5_000
#: The reason of a proposal that came with a list of price lists and none of its own.
SENT = "Sent with the price lists"
#: Fields that name something else by its code.
PLACES = {"region": Region, "channel": Channel, "site": Site, "customer_group": CustomerGroup}
#: Fields beside its places that say where a list counts and before which other.
FIXED = ("kind", "priority", "tax_included", "exclusive")
MAKES_PRICES = gettext_noop(
    "%(list)s makes prices: this would change what is charged without approval. Make another list, and move the prices."
)
#: Fields that only a list with a parent may have: a first write leaves them out, its parent may come later.
DERIVING = ("float_fraction", "float_amount", "floor_fraction", "ceiling_fraction")
DEFAULTS: dict[str, Any] = {
    "parent": None, "region": None, "channel": None, "site": None, "priority": 0, "float_fraction": None,
    "ends_in": None, "tax_included": True, "exclusive": False, "customer_group": None, "float_amount": None,
    "floor_fraction": None, "ceiling_fraction": None, "override_policy": "keep",
    "rate_max_age_days": None, "rate_dead_band": None, "rate_step_limit": None,
}  # fmt: skip


@transaction.atomic
def upsert_price_lists(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Create or update price lists by code; all or nothing. Fields that are absent take their default.

    rows: as the contract's `POST price-lists/` takes them; a parent may stand in the same list. A list that makes prices
    does not derive differently at once: that becomes a proposal (`list_rules.propose_rule`) and counts as updated.
    Raises Faults 422 with every fault: those of `catalog.rules.rows` and `rules.list_rows`, unknown_price_list,
    unknown_region, unknown_channel, unknown_site, unknown_customer_group, currency_in_use (prices stand in the old one),
    makes_prices (its kind, scope, priority or tax flag would change what is charged), and
    those of `propose_rule`; 413 too_many.
    Locks: all price lists, by id. Records: price_list.upserted, list_rule.proposed. Allowed: price_lists.edit.
    """
    access.require_right(actor, "price_lists.edit")
    clean, faults = checked_rows(rows, PRICE_LIST)
    if len(clean) > MAX_LISTS:
        raise refuse("too_many", f"At most {MAX_LISTS:,} price lists at a time.", status=413)
    lock_lists()
    stored = {one.code: one for one in PriceList.objects.select_for_update().order_by("id")}
    faults += kind_faults(clean)
    codes = {pk: code for code, one in stored.items() for pk in [one.pk]}
    faults += cycle_faults(clean, {code: codes.get(one.parent_id or 0) for code, one in stored.items()})
    places = _places(actor, clean, faults)
    faults += _parent_faults(clean, set(stored)) + _currency_faults(clean, stored)
    if not faults:
        faults = _fixed_faults(clean, stored, places)
    refuse_all(faults)
    before = {row["code"]: row for row in price_list_rows(stored.values())}
    wanted = _set_apart(clean, stored)
    counts, after = _write(clean, stored, places)
    if after:
        record(
            actor=actor,
            kind="price_list.upserted",
            subject=f"price_list:{after[0]['code'] if len(after) == 1 else 'list'}",
            reason=reason,
            before={"rows": {row["code"]: before[row["code"]] for row in after if row["code"] in before}},
            after={**counts.as_json(), "rows": {row["code"]: row for row in after}},
        )
    written = {row["code"] for row in after}
    proposed = _propose(actor, clean, wanted, reason)
    unseen = len(proposed - written)
    return Counts(counts.created, counts.updated + unseen, counts.unchanged - unseen)


def _set_apart(rows: list[dict[str, Any]], stored: dict[str, PriceList]) -> dict[str, dict[str, Any]]:
    """Take from the rows what would move prices at once, by code; what counts now stays in its place."""
    wanted = {}
    newest: dict[int, ListRule] = {}
    for rule in ListRule.objects.filter(state=ListRule.State.IN_FORCE).order_by("version"):
        newest[rule.price_list_id] = rule
    book = price_list_book()
    codes = {one.pk: one.code for one in stored.values()}
    for row in rows:
        one = stored.get(row["code"])
        if one is None:
            continue
        asked = {name: row.get(name) for name in DERIVATION}
        parent = stored.get(asked["parent"] or "")
        full = {"parent_id": parent.pk if parent else None, **{name: asked[name] for name in DERIVATION[1:]}}
        known = newest.get(one.pk)
        if asked["parent"] and parent is None:
            continue
        if full == is_deriving(known or one):
            kept = known is not None
        elif known is not None or makes_prices(book, one.pk, full["parent_id"]):
            wanted[one.code], kept = asked, True
        else:
            kept = False
        if kept:
            row |= {name: getattr(one, name) for name in DERIVATION[1:]}
            row["parent"] = codes.get(one.parent_id or 0)
    return wanted


def _propose(
    actor: Actor, rows: list[dict[str, Any]], wanted: dict[str, dict[str, Any]], reason: str
) -> set[str]:
    """The codes of the lists for which a proposal was made; one that waits already with the same content stays."""
    proposed, faults = set(), []
    for index, row in enumerate(rows):
        asked = wanted.get(row["code"])
        if asked is None:
            continue
        if is_waiting(row["code"], asked):
            continue
        try:
            propose_rule(actor=actor, code=row["code"], row={**asked, "reason": reason or SENT})
            proposed.add(row["code"])
        except Faults as refused:
            faults += [Fault(f"/{index}{one.pointer}", one.code, one.detail) for one in refused.faults]
            status = refused.status
    if faults:
        raise Faults(faults, status=status)
    return proposed


def _places(actor: Actor, rows: list[dict[str, Any]], faults: list[Fault]) -> dict[tuple[str, str], int]:
    """(field, code) → id of every region, channel and site named; unknown ones become faults."""
    found: dict[tuple[str, str], int] = {}
    for name, model in PLACES.items():
        wanted = {row[name] for row in rows if row.get(name)}
        for pk, code in model._default_manager.filter(code__in=wanted).values_list("pk", "code"):
            found[name, code] = pk
        faults += [
            Fault(
                f"/{index}/{name}", f"unknown_{name}", f"There is no {name.replace('_', ' ')} “{row[name]}”."
            )
            for index, row in enumerate(rows)
            if row.get(name) and (name, row[name]) not in found
        ]
    return found


def _parent_faults(rows: list[dict[str, Any]], stored: set[str]) -> list[Fault]:
    known = stored | {row.get("code") for row in rows}
    return [
        Fault(f"/{index}/parent", "unknown_price_list", f"There is no price list “{row['parent']}”.")
        for index, row in enumerate(rows)
        if row.get("parent") and row["parent"] not in known
    ]


def _currency_faults(rows: list[dict[str, Any]], stored: dict[str, PriceList]) -> list[Fault]:
    changed = [
        (index, stored[row["code"]])
        for index, row in enumerate(rows)
        if row.get("code") in stored and row.get("currency") not in (None, stored[row["code"]].currency)
    ]
    return [
        Fault(f"/{index}/currency", "currency_in_use", f"{one.code} has prices in {one.currency}.")
        for index, one in changed
        if one.prices.exists()
    ]


def _fixed_faults(
    rows: list[dict[str, Any]], stored: dict[str, PriceList], places: dict[tuple[str, str], int]
) -> list[Fault]:
    """What decides where a list counts and before which other, of lists that make prices: nobody approves that here."""
    differing: list[tuple[int, PriceList, str]] = []
    for index, row in enumerate(rows):
        one = stored.get(row.get("code") or "")
        if one is None:
            continue
        full = {**DEFAULTS, **row}
        asked = {name: full.get(name, getattr(one, name)) for name in FIXED}
        asked |= {f"{name}_id": places.get((name, full[name] or "")) for name in PLACES}
        differing += [
            (index, one, name.removesuffix("_id"))
            for name, value in asked.items()
            if getattr(one, name) != value
        ]
    if not differing:
        return []
    making = making_prices(price_list_book(), {one.pk for _index, one, _name in differing})
    return [
        Fault(f"/{index}/{name}", "makes_prices", _(MAKES_PRICES) % {"list": one.code})
        for index, one, name in differing
        if one.pk in making
    ]


def _write(
    rows: list[dict[str, Any]], stored: dict[str, PriceList], places: dict[tuple[str, str], int]
) -> tuple[Counts, list[dict[str, Any]]]:
    """Write parents after their children exist; the changed rows as they are now."""
    created = updated = 0
    changed: list[int] = []
    for row in rows:
        full = {**DEFAULTS, **row}
        values = {
            **{name: full[name] for name in full if name not in ("code", "parent", *PLACES)},
            **{f"{name}_id": places.get((name, full[name] or "")) for name in PLACES},
        }
        one = stored.get(row["code"])
        if one is None:
            first = {**values, **dict.fromkeys(DERIVING)}
            one = stored[row["code"]] = PriceList.objects.create(code=row["code"], **first)
            created += 1
            changed.append(one.pk)
        row["_values"] = values
    for row in rows:
        one = stored[row["code"]]
        parent = stored[row["parent"]].pk if row.get("parent") else None
        values = {**row.pop("_values"), "parent_id": parent}
        if any(getattr(one, name) != value for name, value in values.items()):
            PriceList.objects.filter(pk=one.pk).update(**values)
            if one.pk not in changed:
                updated += 1
                changed.append(one.pk)
    after = price_list_rows(
        PriceList.objects.filter(pk__in=changed).select_related("parent", *PLACES).order_by("pk")
    )
    return Counts(created, updated, len(rows) - created - updated), after
