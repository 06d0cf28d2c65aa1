"""Guardrails as they are written, and what a rule would have found on past changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from pricing.models import Guardrail

YEAR = timedelta(days=365)
SHOWN = 50


def guardrails(rule: str = "") -> QuerySet[Guardrail]:
    """Every version by id, with list, category and writer."""
    found = Guardrail.objects.select_related("price_list", "category", "created_by").order_by("id")
    return found.filter(rule=rule) if rule else found


def guardrails_in_force() -> list[Guardrail]:
    """The newest version of each scope, switched off or not; 1 query."""
    newest = {(one.rule, one.price_list_id, one.category_id): one for one in guardrails()}
    return [newest[key] for key in sorted(newest, key=lambda key: (key[0], key[1] or 0, key[2] or 0))]


def guardrail_row(one: Guardrail) -> dict[str, Any]:
    """A rule with the fields it is written with."""
    return {
        "rule": one.rule,
        "price_list": one.price_list.code if one.price_list else "",
        "category": one.category.path if one.category else "",
        "version": one.version,
        "review_at": _text(one.review_at),
        "block_at": _text(one.block_at),
        "soft_reasons": sorted(one.soft_reasons),
        "is_active": one.is_active,
        "note": one.note,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


@dataclass(frozen=True, slots=True)
class Caught:
    """A line of a past change that the rule would have found; value is the figure, a fraction."""

    change_id: int
    title: str
    placed_at: datetime
    sku: str
    price_list: str
    currency: str
    old_amount: Decimal | None
    amount: Decimal
    value: Decimal
    severity: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have found: lines looked at, found by severity, changes held, and what was found then."""

    lines: int
    changes: int
    block: int
    review: int
    changes_held: int
    found_then: int
    examples: list[Caught]


VALUES = {
    Guardrail.Rule.CHANGE_LIMIT: "CASE WHEN l.old_amount > 0 THEN abs(l.change_fraction) END",
    Guardrail.Rule.CUMULATIVE: "abs(l.amount - anchor.amount) / nullif(anchor.amount, 0)",
    Guardrail.Rule.MARGIN_FLOOR: "CASE WHEN l.unit_cost IS NOT NULL AND l.margin_fraction >= 0 THEN -l.margin_fraction END",
    # A band of approvals judges what moved after the approval, which no line tells: its dry run finds nothing.
    Guardrail.Rule.APPROVAL_BAND: "NULL::numeric",
    Guardrail.Rule.BELOW_COST: "CASE WHEN l.unit_cost IS NOT NULL AND l.margin_fraction < 0 THEN -l.margin_fraction END",
}
ANCHOR = """LEFT JOIN LATERAL (SELECT a.amount FROM pricing_pricechangeline a JOIN pricing_pricechange b ON b.id = a.change_id
    WHERE a.price_list_id = l.price_list_id AND a.product_id = l.product_id AND a.min_quantity = l.min_quantity
      AND a.amount IS NOT NULL AND b.placed_at < c.placed_at AND b.decided_by_kind <> 'policy'
      AND b.state <> 'rolled_back'
    ORDER BY b.placed_at DESC LIMIT 1) anchor ON true"""


def dry_run(rule: Guardrail, at: datetime) -> DryRun:
    """`rule` (it need not be stored) over the lines that were placed in the year before `at`. 2 queries.

    With the figures each line had when it was placed. The anchor of the cumulative rule is the last price that a
    person decided before the line. Beyond the limit counts, as in `rules.findings`.
    """
    sign = "-" if rule.rule == Guardrail.Rule.MARGIN_FLOOR else ""
    severity = f"CASE WHEN value > {sign}%(block)s::numeric THEN 'block' WHEN value > {sign}%(review)s::numeric THEN 'review' END"
    if rule.rule == Guardrail.Rule.BELOW_COST:
        severity = "CASE WHEN value > 0 THEN CASE WHEN reason_code = ANY(%(soft)s) THEN 'review' ELSE 'block' END END"
    values = {
        "since": at - YEAR,
        "until": at,
        "list": rule.price_list_id,
        "path": rule.category.path if rule.category else None,
        "block": rule.block_at,
        "review": rule.review_at,
        "soft": rule.soft_reasons,
        "code": rule.rule,
        "shown": SHOWN,
    }
    judged = f"""WITH looked AS (
        SELECT l.id, c.id AS change_id, c.title, c.placed_at, c.reason_code, p.sku, pl.code, l.currency, l.old_amount,
               l.amount, {VALUES[Guardrail.Rule(rule.rule)]} AS value
          FROM pricing_pricechange c JOIN pricing_pricechangeline l ON l.change_id = c.id
          JOIN catalog_product p ON p.id = l.product_id JOIN pricing_pricelist pl ON pl.id = l.price_list_id
          LEFT JOIN catalog_category k ON k.id = p.category_id
          {ANCHOR if rule.rule == Guardrail.Rule.CUMULATIVE else ""}
         WHERE c.placed_at >= %(since)s AND c.placed_at < %(until)s AND l.amount IS NOT NULL
           AND (%(list)s::bigint IS NULL OR l.price_list_id = %(list)s)
           AND (%(path)s::text IS NULL OR k.path = %(path)s OR starts_with(k.path, %(path)s || ' / '))),
      judged AS (SELECT *, {severity} AS severity FROM looked)"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{judged} SELECT count(*), count(DISTINCT change_id), count(*) FILTER (WHERE severity = 'block'),
                count(*) FILTER (WHERE severity = 'review'), count(DISTINCT change_id) FILTER (WHERE severity IS NOT NULL),
                count(*) FILTER (WHERE EXISTS (SELECT FROM pricing_finding f WHERE f.line_id = judged.id
                  AND f.code = %(code)s)) FROM judged""",
            values,
        )
        lines, changes, block, review, held, found_then = cursor.fetchone()
        cursor.execute(
            f"""{judged} SELECT change_id, title, placed_at, sku, code, currency, old_amount, amount, abs(value), severity
                FROM judged WHERE severity IS NOT NULL ORDER BY severity, abs(value) DESC, id LIMIT %(shown)s""",
            values,
        )
        examples = [Caught(*row) for row in cursor.fetchall()]
    return DryRun(lines, changes, block, review, held, found_then, examples)
