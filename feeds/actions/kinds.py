"""What each kind of feed holds, and which app's action takes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog import actions as catalog
from feeds.models import Delivery
from feeds.rules.batches import Batch, Layout
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

CHUNK = 50_000
MAX_PASSES = 6


@dataclass
class Outcome:
    """What became of a batch: rows accepted, rows rejected with their place and fault, rows older than what is here,
    figures for the record.
    """

    accepted: int = 0
    rejected: list[tuple[int, Fault, Any]] = field(default_factory=list)
    superseded: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    event_time_to: datetime | None = None


Apply = Callable[[Actor, Delivery, Batch], Outcome]
ListAction = Callable[..., Any]


@dataclass(frozen=True)
class Kind:
    """Layout and action of one kind.

    key: for states, the fields that name what a row is about: of two rows with one key the later counts. Facts have none:
    each counts by itself, whenever it comes. sites: the fields that name the site a row is of (one of them suffices);
    a feed or source of one site may tell of no other. is_whole: taken whole or not at all, no row goes to quarantine.
    unique: the fields of which a delivery holds each combination once (`rules.duplicates`). reads_faults: apply looks itself
    at rows that reading found at fault (`rules.cells.fault_of`), to keep back the whole document of such a row.
    parted_by: apply takes sound rows as a block of columns too (`rules.columns`); these fields part it into documents.
    """

    layout: Layout
    apply: Apply
    key: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    is_whole: bool = False
    unique: tuple[str, ...] = ()
    reads_faults: bool = False
    parted_by: tuple[str, ...] = ()


def rows_into(action: ListAction, **extra: Any) -> Apply:
    """An apply that hands the rows to a list action (all or nothing): rows it names in its faults go to quarantine."""

    def apply(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
        outcome = Outcome()
        pairs = list(zip(batch.numbers, batch.rows, strict=True))
        reason = f"delivery:{delivery.pk}"
        for start in range(0, len(pairs), CHUNK):
            _take(
                lambda rows: action(actor=actor, rows=rows, reason=reason, **extra),
                pairs[start : start + CHUNK],
                outcome,
            )
        return outcome

    return apply


def _take(action: Callable[[list[Any]], Any], pairs: list[tuple[int, Any]], outcome: Outcome) -> None:
    for _pass in range(MAX_PASSES):
        if not pairs:
            return
        try:
            with transaction.atomic():
                counts = action([row for _number, row in pairs])
        except Faults as faults:
            bad = faults_by_row(faults)
            if not bad:
                raise
            outcome.rejected += [(pairs[index][0], fault, pairs[index][1]) for index, fault in bad.items()]
            pairs = [pair for index, pair in enumerate(pairs) if index not in bad]
            continue
        outcome.accepted += len(pairs)
        for name, count in counts.as_json().items():
            outcome.result[name] = outcome.result.get(name, 0) + count
        return
    raise refuse("too_many_faults", "The rows contradict each other too often to be taken one by one.")


def faults_by_row(faults: Faults) -> dict[int, Fault]:
    """The first fault of each row that a "/<row>/…" pointer names."""
    found: dict[int, Fault] = {}
    for fault in faults.faults:
        place = fault.pointer.split("/")[1] if fault.pointer.startswith("/") else ""
        if place.isdigit():
            found.setdefault(int(place), fault)
    return found


MASTER_DATA: dict[str, Kind] = {
    "products": Kind(
        Layout(
            ("sku", "name", "category", "unit"),
            ("barcode", "status", "tax_class", "net_content", "net_content_unit"),
        ),
        rows_into(catalog.upsert_products),
        key=("sku",),
        unique=("sku",),
    ),
    "sites": Kind(
        Layout(
            ("code", "name", "kind", "region", "country", "timezone", "currency"),
            ("legal_entity", "operator", "channel"),
            {"site": "code"},
        ),
        rows_into(catalog.upsert_sites),
        key=("code",),
        unique=("code",),
    ),
    "tax-rates": Kind(
        Layout(("country", "tax_class", "rate_fraction", "valid_from"), (), {"rate": "rate_fraction"}),
        rows_into(catalog.upsert_tax_rates),
        key=("country", "tax_class", "valid_from"),
        unique=("country", "tax_class", "valid_from"),
    ),
    "unit-costs": Kind(
        Layout(("sku", "amount", "currency", "valid_from"), (), {"unit_cost": "amount", "on": "valid_from"}),
        rows_into(catalog.upsert_unit_costs),
        key=("sku", "valid_from"),
        unique=("sku", "valid_from"),
    ),
    "exchange-rates": Kind(
        Layout(("base", "quote", "rate", "on"), (), {"currency": "quote", "valid_from": "on"}),
        rows_into(catalog.upsert_exchange_rates, source="feed"),
        key=("base", "quote", "on"),
        unique=("base", "quote", "on"),
    ),
}
