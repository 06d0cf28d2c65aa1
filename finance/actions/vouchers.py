"""Making vouchers: the facts of some local days, booked by the account map, numbered, once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max

from audit.actions import next_event_id, record
from audit.queries import digests_of
from catalog.models import LegalEntity, Site
from finance.access import check_right, visible_entities
from finance.models import AccountMap, Voucher, VoucherSeries
from finance.queries.accounts import chart_of, current_map
from finance.rules.postings import ZERO, Booked, Group, book
from finance.sql import vouchers as sql
from inventory.queries.documents import plain
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.money import minor_unit

RIGHT = "vouchers.make"
MOST_DAYS = 31
TOLD = 50


@dataclass(frozen=True)
class Asked:
    """Local days from ≤ day < until of these legal entities."""

    entities: tuple[LegalEntity, ...]
    start: date
    until: date


@dataclass(frozen=True)
class Draft:
    """What a voucher would hold: the facts of one entity and currency, booked."""

    entity: LegalEntity
    currency: str
    booked: Booked
    entries: int
    sale_lines: int
    unpriced: int
    gross: Decimal
    tax: Decimal
    opening: Decimal
    closing: Decimal
    earlier: Decimal

    @property
    def held_move(self) -> Decimal:
        """What all vouchers of the days, this one included, say that sites and transit moved by."""
        return self.earlier + sum(
            (
                side.group.amount
                for side in self.booked.sides
                if side.is_stock and side.group.place != "customs"
            ),
            ZERO,
        )

    @property
    def is_in_balance(self) -> bool:
        return self.opening + self.held_move == self.closing


@transaction.atomic
def make_vouchers(*, actor: Actor, start: date, until: date, entity: str = "") -> list[Voucher]:
    """Book what occurred on the local days start ≤ day < until and is in no voucher yet; one for each entity and currency.

    entity: a code, "" for all in scope. Days that a voucher holds already get a supplementary one with what became known
    since. Raises Faults 403; 422 `unknown_entity`, `invalid_days`, `not_over`, `unmapped` naming each group without an
    account; 409 `nothing_new`, `days_overlap`, `control_totals`: nothing is made then.
    Locks: the number series by entity. Records: voucher.made for each, with a digest of its lines.
    Allowed: vouchers.make, all sites of the entity in scope.
    """
    check_right(actor, RIGHT)
    asked = _asked(actor, start, until, entity)
    series = _locked(asked)
    account_map = current_map()
    drafts, known_until = _drafts(asked, account_map)
    if not drafts:
        raise refuse("nothing_new", "Every fact of these days is in a voucher already.", status=409)
    _refuse_unsound(drafts)
    try:
        with transaction.atomic():
            return [_write(actor, asked, draft, series, account_map, known_until) for draft in drafts]
    except IntegrityError as error:
        if "finance_voucher_days_once" not in str(error):
            raise
        raise refuse(
            "days_overlap", "Another voucher holds some of these days, but not all.", status=409
        ) from error


@transaction.atomic
def preview_vouchers(*, actor: Actor, start: date, until: date, entity: str = "") -> list[Draft]:
    """What `make_vouchers` would book, unmapped groups included; nothing is kept.

    Raises Faults as it, except for what the facts lack. Locks: nothing. Records: nothing. Allowed: finance.view.
    """
    check_right(actor, "finance.view")
    return _drafts(_asked(actor, start, until, entity), current_map())[0]


def _asked(actor: Actor, start: date, until: date, entity: str) -> Asked:
    faults = []
    entities = list(visible_entities(actor))
    if entity:
        entities = [one for one in entities if one.code == entity]
        if not entities:
            faults.append(
                Fault("/legal_entity", "unknown_entity", f"There is no legal entity {entity[:40]!r}.")
            )
    if not start < until or (until - start).days > MOST_DAYS:
        faults.append(Fault("/until", "invalid_days", f"From one day to another, at most {MOST_DAYS} days."))
    elif until > _last_over(entities):
        faults.append(Fault("/until", "not_over", "The last day is not over at every site yet."))
    if faults:
        raise Faults(faults)
    return Asked(tuple(entities), start, until)


def _last_over(entities: Sequence[LegalEntity]) -> date:
    """The first day that is not over somewhere."""
    zones = Site.objects.filter(legal_entity__in=entities).values_list("timezone", flat=True).distinct()
    return min((clock.now().astimezone(ZoneInfo(zone)).date() for zone in zones), default=date.max)


def _locked(asked: Asked) -> dict[int, VoucherSeries]:
    ids = sorted(one.pk for one in asked.entities)
    with connection.cursor() as cursor:
        cursor.execute(sql.SERIES, {"year": asked.start.year, "entities": ids})
    found = VoucherSeries.objects.select_for_update().filter(legal_entity__in=ids, year=asked.start.year)
    return {one.legal_entity_id: one for one in found.order_by("legal_entity_id")}


def _drafts(asked: Asked, account_map: AccountMap) -> tuple[list[Draft], datetime]:
    """The facts, booked; those of one entity and currency together."""
    rows, held, chain, known_until = _facts(asked)
    chart = chart_of(account_map)
    by_book: dict[tuple[int, str], list[tuple[Group, int]]] = defaultdict(list)
    for entity_id, currency, kind, place, reason, *rest, unpriced in rows:
        group = Group(kind, place, reason, entity_id, *rest)
        by_book[entity_id, currency].append((group, unpriced))
    entities = {one.pk: one for one in asked.entities}
    drafts = []
    for (entity_id, currency), found in sorted(by_book.items()):
        groups = [group for group, _unpriced in found]
        carried = _carried(entity_id, currency)
        booked = book(groups, chart, minor_unit(currency), carried)
        opening, closing = held.get((entity_id, currency), (ZERO, ZERO))
        drafts.append(
            Draft(
                entity=entities[entity_id],
                currency=currency,
                booked=booked,
                entries=sum(
                    one.count for one in groups if not one.kind.startswith("sales") and one.kind not in BESIDE
                ),
                sale_lines=sum(one.count for one in groups if one.kind.startswith("sales")),
                unpriced=sum(unpriced for _group, unpriced in found),
                gross=sum((one.amount for one in groups if one.kind.startswith("sales")), ZERO),
                tax=sum((one.amount for one in groups if one.kind == "sales_tax"), ZERO),
                opening=opening,
                closing=closing,
                earlier=chain.get((entity_id, currency), ZERO),
            )
        )
    return drafts, known_until


#: Kinds that are not stock's value; their entries are no part of the count that is held against the ledger.
BESIDE = frozenset({"margin", "landed_variance"})
Held = dict[tuple[int, str], tuple[Decimal, Decimal]]


def _facts(asked: Asked) -> tuple[list[Any], Held, dict[tuple[int, str], Decimal], datetime]:
    values: dict[str, Any] = {
        "from": asked.start,
        "until": asked.until,
        "entities": [one.pk for one in asked.entities],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.KNOWN_UNTIL)
        values["known_until"] = cursor.fetchone()[0]
        cursor.execute(sql.BACK)
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(sql.BOUNDS, values)
        cursor.execute("SELECT min(starts_at), max(ends_at) FROM finance_bound")
        values["first"], values["last"] = cursor.fetchone()
        for statement in (sql.LEDGER, sql.BESIDE, sql.SALES):
            cursor.execute(statement, values)
        cursor.execute(sql.GROUPED)
        rows = cursor.fetchall()
        cursor.execute(sql.HELD, values)
        held = {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}
        cursor.execute(sql.CHAIN, values)
        chain = {(row[0], row[1]): row[2] for row in cursor.fetchall()}
        cursor.execute("SET LOCAL work_mem TO DEFAULT")
    return rows, held, chain, values["known_until"]


def _carried(entity_id: int, currency: str) -> Decimal:
    newest = Voucher.objects.filter(legal_entity_id=entity_id, currency=currency).order_by("-id").first()
    return newest.remainder if newest else ZERO


def _refuse_unsound(drafts: Sequence[Draft]) -> None:
    faults = [
        Fault(
            "",
            "unmapped",
            f"{draft.entity.code}: no account for {group.kind} ({group.place}"
            + (f", {group.reason}" if group.reason else "")
            + f") of {group.category or 'no category'} at {group.site}: {group.amount:.2f} {draft.currency}.",
        )
        for draft in drafts
        for group in draft.booked.unmapped
    ]
    if faults:
        raise Faults(faults[:TOLD])
    for draft in drafts:
        if not draft.is_in_balance:
            detail = (
                f"{draft.entity.code} {draft.currency}: opening {plain(draft.opening)} and movements"
                f" {plain(draft.held_move)} are not the closing {plain(draft.closing)}."
            )
            raise refuse("control_totals", detail, status=409)


def _write(
    actor: Actor,
    asked: Asked,
    draft: Draft,
    series: dict[int, VoucherSeries],
    account_map: AccountMap,
    known_until: datetime,
) -> Voucher:
    entity = draft.entity
    numbers = series[entity.pk]
    numbers.last_number += 1
    numbers.save(update_fields=["last_number"])
    base, supplement, known_from = _place_in_chain(asked, draft)
    event_id = next_event_id()
    debits = sum((side.debit for side in draft.booked.sides), ZERO)
    voucher = Voucher.objects.create(
        legal_entity=entity,
        currency=draft.currency,
        year=asked.start.year,
        number=numbers.last_number,
        days=DateRange(asked.start, asked.until),
        base=base,
        supplement=supplement,
        known_from=known_from,
        known_until=known_until,
        map=account_map,
        entries=draft.entries,
        sale_lines=draft.sale_lines,
        unpriced=draft.unpriced,
        value=draft.booked.value,
        rounded=draft.booked.rounded,
        remainder=draft.booked.remainder,
        sales_gross=draft.gross,
        sales_tax=draft.tax,
        debits=debits,
        credits=sum((side.credit for side in draft.booked.sides), ZERO),
        opening=draft.opening,
        closing=draft.closing,
        made_by_id=actor.id if actor.kind == "user" else None,
        made_by_name=actor.name,
        made_at=clock.now(),
        event_id=event_id,
    )
    _write_lines(voucher, draft.booked, event_id)
    _record(actor, voucher, account_map, event_id)
    return voucher


def _place_in_chain(asked: Asked, draft: Draft) -> tuple[Voucher | None, int, datetime | None]:
    """The first voucher of these days, the number of this supplement, and from when on it knows; (None, 0, None): it is the first."""
    same = Voucher.objects.filter(
        legal_entity=draft.entity, currency=draft.currency, days=DateRange(asked.start, asked.until)
    )
    base = same.filter(base__isnull=True).first()
    if base is None:
        return None, 0, None
    last = same.aggregate(known=Max("known_until"), number=Max("supplement"))
    return base, last["number"] + 1, last["known"]


def _write_lines(voucher: Voucher, booked: Booked, event_id: int) -> None:
    sides = booked.sides
    columns: dict[str, list[Any]] = {
        "number": list(range(1, len(sides) + 1)),
        "account": [one.account for one in sides],
        "cost_centre": [one.cost_centre for one in sides],
        "kind": [one.group.kind for one in sides],
        "place": [one.group.place for one in sides],
        "reason": [one.group.reason for one in sides],
        "site_id": [one.group.site_id for one in sides],
        "category_id": [one.group.category_id for one in sides],
        "debit": [one.debit for one in sides],
        "credit": [one.credit for one in sides],
        "is_stock": [one.is_stock for one in sides],
        "exact": [one.group.amount if one.is_stock else ZERO for one in sides],
        "quantity": [one.group.quantity for one in sides],
        "count": [one.group.count if one.is_first else 0 for one in sides],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.LINES, {**columns, "voucher": voucher.pk, "event": event_id})


def _record(actor: Actor, voucher: Voucher, account_map: AccountMap, event_id: int) -> None:
    sites = Site.objects.filter(legal_entity=voucher.legal_entity).values_list("pk", flat=True)
    record(
        actor=actor,
        kind="voucher.made",
        subject=f"voucher:{voucher.pk}",
        policy=f"account map {account_map}",
        after={
            "number": str(voucher),
            "from": voucher.days.lower,
            "until": voucher.days.upper,
            "supplement": voucher.supplement,
            "known_until": voucher.known_until,
            "entries": voucher.entries,
            "sale_lines": voucher.sale_lines,
            "value": voucher.value,
            "debits": voucher.debits,
            "credits": voucher.credits,
            "currency": voucher.currency,
        },
        site_ids=sorted(sites),
        digests=digests_of(event_id, ["finance_voucherline"]),
        event_id=event_id,
    )
