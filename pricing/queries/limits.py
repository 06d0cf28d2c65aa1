"""The guardrails in force for a line."""

from catalog.models import Category
from pricing.models import Guardrail
from pricing.rules.findings import Limits


class LimitBook:
    """The guardrails in force, by list and category; the most specific scope wins. At most 2 queries."""

    def __init__(self) -> None:
        newest: dict[tuple[str, int | None, int | None], Guardrail] = {}
        for rule in Guardrail.objects.order_by("version"):
            newest[rule.rule, rule.price_list_id, rule.category_id] = rule
        self._rules = newest
        self._parents: dict[int, int | None] = {}
        if any(category is not None for _rule, _list, category in newest):
            self._parents = dict(Category.objects.values_list("id", "parent_id"))
        self._made: dict[tuple[int, int | None], Limits] = {}

    def limits(self, list_id: int, category_id: int | None) -> Limits:
        """What counts for a line of this list and category."""
        key = (list_id, category_id)
        if key not in self._made:
            self._made[key] = self._make(list_id, category_id)
        return self._made[key]

    def _rule(self, rule: str, list_id: int, category_id: int | None) -> Guardrail | None:
        path: list[int | None] = []
        while category_id is not None:
            path.append(category_id)
            category_id = self._parents.get(category_id)
        for one_list in (list_id, None):
            for category in [*path, None]:
                found = self._rules.get((rule, one_list, category))
                if found is not None and (one_list is not None or category is not None or found.is_active):
                    return found if found.is_active else None
        return None

    def _make(self, list_id: int, category_id: int | None) -> Limits:
        found = {rule: self._rule(rule, list_id, category_id) for rule in Guardrail.Rule.values}
        change, cumulative = found["change_limit"], found["cumulative_change_limit"]
        margin, below = found["margin_floor"], found["below_cost"]
        return Limits(
            change_review=change.review_at if change else None,
            change_block=change.block_at if change else None,
            cumulative_review=cumulative.review_at if cumulative else None,
            cumulative_block=cumulative.block_at if cumulative else None,
            margin_review=margin.review_at if margin else None,
            margin_block=margin.block_at if margin else None,
            checks_below_cost=below is not None,
            soft_reasons=frozenset(below.soft_reasons) if below else frozenset(),
            labels={rule: f"{rule} v{one.version}" for rule, one in found.items() if one},
        )
