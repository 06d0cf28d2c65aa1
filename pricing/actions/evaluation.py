"""Evaluate a change: collect facts, ask the rules, store findings and figures; set-based."""

from datetime import datetime

from django.db import connection

from catalog.actions.upserts import stage
from pricing.actions.compliance import settle_signatures
from pricing.actions.judging import judge_by_zone
from pricing.actions.local_times import settle_window, zone_findings
from pricing.models import Finding, PriceChange
from pricing.queries.compliance import store_missing
from pricing.queries.overrides import override_findings
from pricing.queries.overtaken import overtaken_findings
from pricing.rules.findings import ChangeFacts, Figures, Found, LineFacts, summed_up

FIGURES = {
    "line_id": "bigint",
    "old_amount": "numeric(20,6)",
    "change_fraction": "numeric",
    "net_amount": "numeric",
    "unit_cost": "numeric",
    "margin_fraction": "numeric",
}
#: The largest fraction a figure can hold; beyond it the figure only says "very much".
MOST = 99_999_999


def evaluate(change: PriceChange, now: datetime, restores_days: int | None = None) -> ChangeFacts:
    """Findings and figures of every line at the effective moment, stored; the facts for the policy.

    The caller holds the change's lock. A fixed number of statements whatever the number of lines.
    """
    if change.state == PriceChange.State.DRAFT:
        settle_window(change)
    by_list, on_change = zone_findings(change)
    evaluated = [
        (line, figures, [by_list[line.list_id], *found] if line.list_id in by_list else found)
        for line, figures, found in judge_by_zone(change, now)
    ]
    _store_figures(evaluated)
    Finding.objects.filter(change=change).delete()
    Finding.objects.bulk_create(
        [
            Finding(
                change=change, line_id=line.line_id, code=one.code, severity=one.severity, params=one.params
            )
            for line, _figures, found in evaluated
            for one in found
        ]
        + [
            Finding(change=change, code=one.code, severity=one.severity, params=one.params)
            for one in on_change + override_findings(change, now) + overtaken_findings(change, now)
        ],
        batch_size=5000,
    )
    settle_signatures(change)
    store_missing(change)
    return summed_up(evaluated, change.reason_code, restores_days)


def _store_figures(evaluated: list[tuple[LineFacts, Figures, list[Found]]]) -> None:
    stage(
        "pricing_stage_figures",
        FIGURES,
        (
            (
                line.line_id,
                line.old_amount,
                figures.change_fraction,
                figures.net_amount,
                line.unit_cost,
                figures.margin_fraction,
            )
            for line, figures, _found in evaluated
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pricing_pricechangeline l SET old_amount = f.old_amount, change_fraction = f.change_fraction,"
            " net_amount = f.net_amount, unit_cost = f.unit_cost, margin_fraction = f.margin_fraction FROM ("
            f"SELECT line_id, old_amount, round(CASE WHEN change_fraction IS NOT NULL THEN least(change_fraction, {MOST}) END, 6) AS change_fraction,"
            " round(net_amount, 6) AS net_amount, round(unit_cost, 6) AS unit_cost,"
            f" round(CASE WHEN margin_fraction IS NOT NULL THEN greatest(margin_fraction, -{MOST}) END, 6)"
            " AS margin_fraction FROM pg_temp.pricing_stage_figures) f"
            " WHERE f.line_id = l.id AND (l.old_amount, l.change_fraction, l.net_amount, l.unit_cost,"
            " l.margin_fraction) IS DISTINCT FROM"
            " (f.old_amount, f.change_fraction, f.net_amount, f.unit_cost, f.margin_fraction)"
        )
