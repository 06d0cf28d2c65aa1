"""Ask the guardrails about collected lines, and about the prices that derived lists make of them."""

from pricing.queries.bound_facts import bound_facts
from pricing.queries.derived_lines import derived_lines
from pricing.queries.limits import LimitBook
from pricing.queries.world import Collected
from pricing.rules.bounds import NOTHING, bound_findings, derived_findings
from pricing.rules.findings import Figures, Found, LineFacts, figures_of, findings_on


def judge(
    collected: Collected, book: LimitBook, reason_code: str
) -> list[tuple[LineFacts, Figures, list[Found]]]:
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
