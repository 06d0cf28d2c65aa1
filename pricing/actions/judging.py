"""Ask the guardrails about collected lines, and about the prices that derived lists make of them."""

from datetime import datetime
from decimal import Decimal

from pricing.models import PriceChange
from pricing.queries.bound_facts import bound_facts
from pricing.queries.derived_lines import derived_lines
from pricing.queries.limits import LimitBook
from pricing.queries.rehearsal import rehearsal_findings
from pricing.queries.world import Collected
from pricing.queries.zone_facts import facts_by_zone
from pricing.rules.bounds import NOTHING, bound_findings, derived_findings
from pricing.rules.findings import BLOCK, REVIEW, Figures, Found, LineFacts, figures_of, findings_on

Judged = tuple[LineFacts, Figures, list[Found]]
WEIGHT = {BLOCK: 2, REVIEW: 1}
#: Worse than any margin: it is not known, or there is no net price.
NO_MARGIN = Decimal(-100)


def judge_by_zone(change: PriceChange, now: datetime) -> list[Judged]:
    """Each line with what is found on it, price to pay included, at the instant its zone's clocks give.

    Of a line that is sold in zones of different instants the worst is told: its findings name the zones.
    """
    book = LimitBook()
    parts = facts_by_zone(change, now)
    worst: dict[int, Judged] = {}
    for part in parts:
        met = rehearsal_findings(part.collected)
        for line, figures, found in judge(part.collected, book, change.reason_code):
            found = found + [met[line.line_id]] if line.line_id in met else found
            if part.zones:
                found = [one._replace(params={**one.params, "seen_in": part.zones}) for one in found]
            if line.line_id not in worst or _badness(figures, found) > _badness(*worst[line.line_id][1:]):
                worst[line.line_id] = (line, figures, found)
    return list(worst.values())


def _badness(figures: Figures, found: list[Found]) -> tuple[int, int, Decimal]:
    """Compares: the gravest finding, how many there are, then how little is earned."""
    weight = max((WEIGHT.get(one.severity, 0) for one in found), default=0)
    margin = figures.margin_fraction
    return weight, len(found), -(NO_MARGIN if margin is None else margin)


def judge(collected: Collected, book: LimitBook, reason_code: str) -> list[Judged]:
    """What the guardrails find on each line, and on the prices that derived lists make of it."""
    limits = [
        book.all_of(
            line.list_id, collected.category_ids[line.product_id], collected.statuses[line.product_id]
        )
        for line in collected.lines
    ]
    facts = bound_facts(collected, book.rules_used())
    judged = []
    for line, counted in zip(collected.lines, limits, strict=True):
        figures = figures_of(line)
        found = findings_on(line, figures, counted.limits, reason_code)
        if counted.bounds:
            found += bound_findings(line, counted.bounds, facts.get(line.line_id, NOTHING))
        judged.append((line, figures, found))
    by_line = {line.line_id: found for line, _figures, found in judged}
    for line_id, child, child_facts in derived_lines(collected):
        counted = book.all_of(
            child.list_id, collected.category_ids[child.product_id], collected.statuses[child.product_id]
        )
        by_line[line_id] += derived_findings(child, child_facts, counted.limits, counted.bounds, reason_code)
    return judged
