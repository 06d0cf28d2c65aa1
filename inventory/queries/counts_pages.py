"""Figures of counts for pages and REST that depend on who looks."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from inventory.models import Count, CountResult, CountScan
from inventory.queries import counts as queries
from inventory.queries.documents import plain
from lib.actors import Actor


def own_or_all_scans(count: Count, actor: Actor) -> QuerySet[CountScan]:
    """All lines for who may review, when nothing is hidden any more; else the actor's own. 1 query."""
    found = queries.scans_of(count)
    if actor.may("counts.review") and not queries.is_hidden(count):
        return found
    return found.filter(counted_by_id=actor.id if actor.kind == "user" else None)


def variance_body(count: Count) -> dict[str, Any]:
    """The variance report as REST shows it. 3 queries."""
    told = queries.summary_of(count)
    whole = ("lines", "matched", "beyond", "waiting")
    figures = ("units_over", "units_under", "value_over", "value_under", "value", "book_value")
    accuracy = told["accuracy"]
    return {
        **{name: told[name] for name in whole},
        **{name: plain(told[name]) for name in figures},
        "accuracy": f"{accuracy:.4f}" if accuracy is not None else None,
        "currency": count.site.currency,
        "categories": [
            {
                "category": row["category"],
                "lines": row["lines"],
                "differing": row["differing"],
                "units": plain(row["units"]),
                "value": plain(row["value"]),
            }
            for row in queries.by_category(count)
        ],
        "zones": queries.by_zone(count),
    }


COLUMNS = (
    "sku", "name", "category", "lot", "state", "counted", "book", "difference", "unit_cost", "value", "scanned_at", "round",
    "beyond", "reason",
)  # fmt: skip


def variance_rows(results: Iterable[CountResult]) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Columns and rows of the report as a file; needs product and category."""
    rows = []
    for one in results:
        product = one.item.product
        rows.append(
            [
                product.sku, product.name, product.category.path if product.category else "", one.lot, one.state,
                one.counted, one.book, one.difference, one.unit_cost, one.value, one.last_at.isoformat(), one.round,
                one.is_beyond, one.reason_code,
            ]
        )  # fmt: skip
    return COLUMNS, rows
