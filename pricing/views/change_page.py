"""What the page of a change shows: facts, lines by list, findings, effect, states, and who may decide."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from approvals.queries import request_of
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from pricing.actions.settling import KIND, subject_of
from pricing.forms import HeaderForm
from pricing.models import PriceChange
from pricing.queries.lines import LineRow, line_rows
from pricing.queries.price_changes import findings_of, summary_of
from pricing.queries.replay import Replay, replay
from pricing.views.change_findings import finding_rows
from pricing.views.change_states import decision_of, state_lines
from pricing.views.grid_page import safe, zone_words
from pricing.views.shapes import amount_text, percent_text
from web import figures

SHOWN_LINES = 500
INSTANT = timedelta(microseconds=1)
State = PriceChange.State


@dataclass
class ListGroup:
    """The lines of one list."""

    name: str
    code: str
    currency: str
    lines: list[dict[str, Any]] = field(default_factory=list)


def change_context(
    change: PriceChange,
    actor: Actor,
    *,
    refused: Faults | None = None,
    form: HeaderForm | None = None,
    comment: str = "",
) -> dict[str, Any]:
    """Everything templates/pricing/change.html reads."""
    lines = line_rows(change.pk)
    may_see_costs = actor.may("costs.view")
    effect = _replayed(change, lines, actor) if may_see_costs else None
    request = request_of(KIND, subject_of(change))
    return {
        "change": change,
        "subject": subject_of(change),
        "approval": request,
        "groups": _groups(lines[:SHOWN_LINES], effect),
        "hidden_lines": max(len(lines) - SHOWN_LINES, 0),
        "moved_lines": [line for line in lines if line.is_moved],
        "summary": summary_of(change.pk),
        "findings": finding_rows(findings_of(change.pk)),
        "may_see_costs": may_see_costs,
        "effect": _effect(effect),
        "states": state_lines(change, request),
        "decision": decision_of(change, request, actor),
        "is_own_draft": change.state == State.DRAFT and change.prepared_by_id == actor.id,
        "form": form or HeaderForm(initial=_initial(change)),
        "form_is_open": form is not None,
        "zone_words": zone_words(),
        "refused": refused,
        "comment": comment,
    }


def _replayed(change: PriceChange, lines: Sequence[LineRow], actor: Actor) -> Replay | None:
    """Against what was valid just before it was placed; while it is not placed, against today."""
    if change.placed_at is None:
        return replay(lines, actor=actor, at=clock.now())
    return replay(lines, actor=actor, at=change.placed_at, known_at=change.placed_at - INSTANT)


def _initial(change: PriceChange) -> dict[str, Any]:
    names = ("title", "reason", "reason_code", "effective_from", "effective_until", "is_advertised")
    initial = {name: getattr(change, name) for name in names}
    if change.local_from or change.local_until:
        walls = {"effective_from": change.local_from, "effective_until": change.local_until}
        return {**initial, **walls, "is_local": True}
    return initial


def _groups(lines: Sequence[LineRow], effect: Replay | None) -> list[ListGroup]:
    groups: dict[str, ListGroup] = {}
    for line in lines:
        group = groups.setdefault(line.price_list, ListGroup(line.list_name, line.price_list, line.currency))
        group.lines.append(
            {
                "line": line,
                "key": f"{line.price_list}\t{line.sku}\t{line.min_quantity.normalize():f}",
                "is_tiered": line.min_quantity != 1,
                "change_percent": None if line.change_fraction is None else line.change_fraction * 100,
                "margin": None
                if line.margin_fraction is None
                else figures.figure(line.margin_fraction * 100, 1),
                "weekly": effect.line_effects.get((line.price_list, line.sku)) if effect else None,
                "codes": list(dict.fromkeys((f.severity, f.code) for f in line.findings)),
            }
        )
    return list(groups.values())


def _effect(found: Replay | None) -> dict[str, Any] | None:
    """The margin effect: figures, waterfall rows and the points of the chart."""
    if found is None:
        return None
    currency = found.currency

    def text(amount: Decimal, plus: bool = False) -> str:
        return figures.money_text(amount, currency, plus=plus, whole=abs(found.before) >= 1000)

    rows = [
        {"label": _("Margin before"), "amount": found.before, "text": text(found.before), "kind": "total"}
    ]
    for one in found.lists:
        if one.higher:
            label = _("Higher prices, %(list)s") % {"list": one.name}
            rows.append(
                {"label": label, "amount": one.higher, "text": text(one.higher, True), "kind": "step"}
            )
        if one.lower:
            label = _("Lower prices, %(list)s") % {"list": one.name}
            rows.append({"label": label, "amount": one.lower, "text": text(one.lower, True), "kind": "step"})
    rows.append(
        {"label": _("Margin after"), "amount": found.after, "text": text(found.after), "kind": "total"}
    )
    start = _bars_start(min(found.before, found.after), max(found.before, found.after))
    return {
        "replay": found,
        "effect": found.effect,
        "currency": currency,
        "rows": rows,
        "start": start,
        "start_text": text(start) if start else "",
        "before_text": text(found.before),
        "after_text": text(found.after),
        "words": _replay_words(found, text(found.before), text(found.after)),
        "chart": _chart(found),
    }


def _replay_words(found: Replay, before: str, after: str) -> str:
    sold = ngettext("%(count)s sale line", "%(count)s sale lines", found.sale_lines)
    return _("8 weeks, %(sold)s. Margin %(before)s a week becomes %(after)s at the same units sold.") % {
        "sold": sold % {"count": figures.figure(found.sale_lines, 0)},
        "before": before,
        "after": after,
    }


def _bars_start(low: Decimal, high: Decimal) -> Decimal:
    """Where bars begin: at zero, or cut when the difference would not be seen."""
    gap = high - low
    if low <= 0 or gap * 5 >= high or not gap:
        return Decimal(0)
    step = Decimal(10) ** max(gap.adjusted(), 0)
    return max((low - gap * 2) // step * step, Decimal(0))


def _chart(found: Replay) -> dict[str, Any]:
    return {
        "currency": found.currency,
        "symbol": figures.SYMBOLS.get(found.currency, found.currency + " "),
        "before": [[week.start.isoformat(), f"{week.before:.2f}"] for week in found.weeks],
        "after": [[week.start.isoformat(), f"{week.after:.2f}"] for week in found.weeks],
        "weeks": [f"W{week.start.isocalendar().week}" for week in found.weeks],
        "words": {
            "before": _("At the old prices"),
            "after": _("At the new prices"),
            "label": _("Margin per week"),
        },
    }


def done_words(change: PriceChange) -> str:
    """What the toast says after a decision."""
    words = {
        State.PENDING: _("%(reference)s waits for a decision."),
        State.APPROVED: _("%(reference)s is approved; its prices stand from the effective moment on."),
        State.APPLIED: _("%(reference)s is applied."),
        State.REJECTED: _("%(reference)s is rejected."),
        State.WITHDRAWN: _("%(reference)s is withdrawn."),
        State.ROLLED_BACK: _("%(reference)s is rolled back."),
        State.DRAFT: _("%(reference)s is a draft."),
    }
    return words[State(change.state)] % {"reference": change.reference}


def lines_csv(change: PriceChange, actor: Actor) -> str:
    """All lines, old and new."""
    out = io.StringIO()
    writer = csv.writer(out)
    heads = [
        "price_list",
        "sku",
        "name",
        "min_quantity",
        "currency",
        "old_amount",
        "amount",
        "change_percent",
    ]
    may_see_costs = actor.may("costs.view")
    writer.writerow([*heads, *(["margin_percent"] if may_see_costs else []), "findings"])
    for line in line_rows(change.pk):
        row = [
            line.price_list,
            line.sku,
            line.name,
            f"{line.min_quantity.normalize():f}",
            line.currency,
            amount_text(line.old_amount, line.currency),
            amount_text(line.amount, line.currency),
            percent_text(line.change_fraction),
            *([percent_text(line.margin_fraction)] if may_see_costs else []),
            " ".join(f"{finding.severity}:{finding.code}" for finding in line.findings),
        ]
        writer.writerow([safe(value) for value in row])
    return "\ufeff" + out.getvalue()
