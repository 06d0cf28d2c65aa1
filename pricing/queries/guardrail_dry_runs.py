"""What a guardrail would have found on the changes of the last 12 months."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from pricing.models import Guardrail
from pricing.queries.competitors import FRESH_DAYS
from pricing.queries.dry_run_rows import SHOWN, YEAR, Caught, DryRun
from pricing.queries.spread_dry_runs import spread_dry_run
from pricing.rules.bounds import bound_of, modulus_of
from pricing.rules.costs import REVIEWED

CODES: dict[str, list[str]] = {"band": ["band_floor", "band_ceiling"]}

SPEAKS = "(%(currency)s = '' OR %(currency)s = l.currency)"
VALUES = {
    Guardrail.Rule.CHANGE_LIMIT: "CASE WHEN l.old_amount > 0 THEN abs(l.change_fraction) END",
    Guardrail.Rule.CUMULATIVE: "abs(l.amount - anchor.amount) / nullif(anchor.amount, 0)",
    Guardrail.Rule.MARGIN_FLOOR: "CASE WHEN l.unit_cost IS NOT NULL AND l.margin_fraction >= 0 THEN -l.margin_fraction END",
    Guardrail.Rule.MAP: "CASE WHEN pl.tax_included THEN (held.amount - l.amount) / held.amount END",
    Guardrail.Rule.MSRP: "CASE WHEN pl.tax_included THEN (l.amount - held.amount) / held.amount END",
    Guardrail.Rule.COMPETITOR: "CASE WHEN pl.tax_included THEN abs(l.amount - held.amount) / held.amount END",
    Guardrail.Rule.STEP: f"CASE WHEN {SPEAKS} THEN mod(l.amount, %(step)s::numeric) / %(step)s::numeric END",
    Guardrail.Rule.ENDING: f"CASE WHEN {SPEAKS} AND NOT EXISTS (SELECT FROM unnest(%(endings)s::numeric[],"
    " %(moduli)s::numeric[]) e(ending, modulus) WHERE mod(l.amount, e.modulus) = e.ending) THEN 1 END",
    Guardrail.Rule.BAND: f"CASE WHEN {SPEAKS} THEN greatest(((CASE WHEN %(around)s THEN held.amount *"
    " (1 + %(floor)s::numeric) ELSE %(floor)s::numeric END) - l.amount), l.amount - (CASE WHEN %(around)s THEN"
    " held.amount * (1 + %(ceiling)s::numeric) ELSE %(ceiling)s::numeric END)) / nullif(l.amount, 0) END",
    # A band of approvals judges what moved after the approval, which no line tells: its dry run finds nothing.
    Guardrail.Rule.APPROVAL_BAND: "NULL::numeric",
    Guardrail.Rule.BELOW_COST: "CASE WHEN l.unit_cost IS NOT NULL AND l.margin_fraction < 0 THEN -l.margin_fraction END",
}
ANCHOR = """LEFT JOIN LATERAL (SELECT a.amount FROM pricing_pricechangeline a JOIN pricing_pricechange b ON b.id = a.change_id
    WHERE a.price_list_id = l.price_list_id AND a.product_id = l.product_id AND a.min_quantity = l.min_quantity
      AND a.amount IS NOT NULL AND b.placed_at < c.placed_at AND b.decided_by_kind <> 'policy'
      AND b.state <> 'rolled_back'
    ORDER BY b.placed_at DESC LIMIT 1) anchor ON true"""

SUPPLIER = """LEFT JOIN LATERAL (SELECT s.amount FROM pricing_supplierlimit s WHERE s.product_id = l.product_id
    AND s.kind = %(kind)s AND s.currency = l.currency AND s.valid_from <= (c.placed_at AT TIME ZONE 'UTC')::date
    ORDER BY s.valid_from DESC, s.id DESC LIMIT 1) held ON true"""
COMPETITORS = """LEFT JOIN LATERAL (SELECT min(n.amount) AS amount FROM (SELECT DISTINCT ON (o.competitor_id) o.amount
    FROM pricing_competitorprice o WHERE o.product_id = l.product_id AND o.currency = l.currency AND o.is_tax_included
      AND o.observed_at <= c.placed_at AND o.observed_at > c.placed_at - make_interval(days => %(fresh)s)
    ORDER BY o.competitor_id, o.observed_at DESC, o.id DESC) n) held ON true"""
BASE = """LEFT JOIN roots ON roots.id = l.price_list_id LEFT JOIN LATERAL (SELECT b.amount FROM pricing_price b
    WHERE b.price_list_id = roots.root AND b.product_id = l.product_id AND b.min_quantity = l.min_quantity
      AND b.currency = l.currency AND upper_inf(b.known) AND b.valid @> greatest(c.effective_from, c.placed_at)
    LIMIT 1) held ON true"""
ROOTS = """RECURSIVE up AS (SELECT id, id AS root, parent_id FROM pricing_pricelist UNION ALL
    SELECT up.id, p.id, p.parent_id FROM up JOIN pricing_pricelist p ON p.id = up.parent_id),
    roots AS (SELECT id, root FROM up WHERE parent_id IS NULL AND id <> root),"""
JOINS = {
    Guardrail.Rule.CUMULATIVE: ANCHOR,
    Guardrail.Rule.MAP: SUPPLIER,
    Guardrail.Rule.MSRP: SUPPLIER,
    Guardrail.Rule.COMPETITOR: COMPETITORS,
    Guardrail.Rule.BAND: BASE,
}
#: Rules whose figure only has to lie above nothing; how bad it is stands in their options.
ABOVE_NOTHING = frozenset(
    {
        Guardrail.Rule.BAND,
        Guardrail.Rule.MAP,
        Guardrail.Rule.MSRP,
        Guardrail.Rule.ENDING,
        Guardrail.Rule.STEP,
    }
)


def _severity(rule: Guardrail) -> str:
    if rule.rule in ABOVE_NOTHING:
        return "CASE WHEN value > 0 THEN %(severity)s END"
    if rule.rule == Guardrail.Rule.BELOW_COST:
        return "CASE WHEN value > 0 THEN CASE WHEN reason_code = ANY(%(soft)s) THEN 'review' ELSE 'block' END END"
    sign = "-" if rule.rule == Guardrail.Rule.MARGIN_FLOOR else ""
    return f"CASE WHEN value > {sign}%(block)s::numeric THEN 'block' WHEN value > {sign}%(review)s::numeric THEN 'review' END"


def _values(rule: Guardrail, at: datetime) -> dict[str, Any]:
    bound = bound_of(rule.rule, "", (rule.review_at, rule.block_at), rule.options)
    return {
        "since": at - YEAR,
        "until": at,
        "list": rule.price_list_id,
        "path": rule.category.path if rule.category else None,
        "status": rule.status,
        "block": rule.block_at,
        "review": rule.review_at,
        "soft": sorted(REVIEWED | set(rule.soft_reasons)),
        "codes": CODES.get(rule.rule, [rule.rule]),
        "shown": SHOWN,
        "severity": bound.severity,
        "currency": "" if bound.basis == "base" else bound.currency,
        "around": bound.basis == "base",
        "floor": bound.floor,
        "ceiling": bound.ceiling,
        "step": bound.step,
        "endings": [Decimal(one) for one in bound.endings],
        "moduli": [modulus_of(one) for one in bound.endings],
        "kind": "map" if rule.rule == Guardrail.Rule.MAP else "msrp",
        "fresh": FRESH_DAYS,
    }


def dry_run(rule: Guardrail, at: datetime) -> DryRun:
    """`rule` (it need not be stored) over the lines that were placed in the year before `at`. 2 queries; more for the spread
    between regions, whose derived prices are worked out.

    With the figures each line had when it was placed. The anchor of the cumulative rule is the last price that a
    person decided before the line. Prices of suppliers, competitors and base lists are those of that day, in the line's currency;
    the life-cycle state is today's, and a profile narrows nothing. Beyond the limit counts, as in `rules.findings`.
    """
    if rule.rule == Guardrail.Rule.SPREAD:
        return spread_dry_run(rule, at)
    values = _values(rule, at)
    roots = ROOTS if rule.rule == Guardrail.Rule.BAND else ""
    judged = f"""WITH {roots} looked AS (
        SELECT l.id, c.id AS change_id, c.title, c.placed_at, c.reason_code, p.sku, pl.code, l.currency, l.old_amount,
               l.amount, {VALUES[Guardrail.Rule(rule.rule)]} AS value
          FROM pricing_pricechange c JOIN pricing_pricechangeline l ON l.change_id = c.id
          JOIN catalog_product p ON p.id = l.product_id JOIN pricing_pricelist pl ON pl.id = l.price_list_id
          LEFT JOIN catalog_category k ON k.id = p.category_id
          {JOINS.get(Guardrail.Rule(rule.rule), "")}
         WHERE c.placed_at >= %(since)s AND c.placed_at < %(until)s AND l.amount IS NOT NULL
           AND (%(list)s::bigint IS NULL OR l.price_list_id = %(list)s)
           AND (%(status)s = '' OR p.status = %(status)s)
           AND (%(path)s::text IS NULL OR k.path = %(path)s OR starts_with(k.path, %(path)s || ' / '))),
      judged AS (SELECT *, {_severity(rule)} AS severity FROM looked)"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{judged} SELECT count(*), count(DISTINCT change_id), count(*) FILTER (WHERE severity = 'block'),
                count(*) FILTER (WHERE severity = 'review'), count(DISTINCT change_id) FILTER (WHERE severity IS NOT NULL),
                count(*) FILTER (WHERE EXISTS (SELECT FROM pricing_finding f WHERE f.line_id = judged.id
                  AND f.code = ANY(%(codes)s))) FROM judged""",
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
