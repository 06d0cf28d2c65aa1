"""The guardrails in force for a line."""

from dataclasses import dataclass, field

from catalog.models import Category, Site
from pricing.models import Guardrail
from pricing.queries.list_book import price_list_book
from pricing.queries.market import SiteFacts
from pricing.queries.world import sites_of
from pricing.rules.bounds import CHECKS, Bound, bound_of
from pricing.rules.costs import REVIEWED
from pricing.rules.findings import Limits

#: list, category, life-cycle state, profile: None and "" mean everything.
Scope = tuple[int | None, int | None, str, int | None]


@dataclass(frozen=True, slots=True)
class LineLimits:
    """What counts for a line: the limits of `rules.findings` and the bounds of `rules.bounds`."""

    limits: Limits
    bounds: tuple[Bound, ...] = field(default=())


class LimitBook:
    """The guardrails in force; the most specific scope wins, as `models.Guardrail` says. At most 4 queries."""

    def __init__(self) -> None:
        newest: dict[str, dict[Scope, Guardrail]] = {}
        for rule in Guardrail.objects.filter(state=Guardrail.State.IN_FORCE).order_by("version"):
            scope = (rule.price_list_id, rule.category_id, rule.status, rule.profile_id)
            newest.setdefault(rule.rule, {})[scope] = rule
        self._rules = newest
        scopes = {scope for found in newest.values() for scope in found}
        self._statuses = {status for _list, _category, status, _profile in scopes}
        self._parents: dict[int, int | None] = {}
        if any(scope[1] is not None for scope in scopes):
            self._parents = dict(Category.objects.values_list("id", "parent_id"))
        self._profiles = _profiles() if any(scope[3] is not None for scope in scopes) else {}
        self._made: dict[tuple[int, int | None, str], LineLimits] = {}

    def limits(self, list_id: int, category_id: int | None, status: str = "") -> Limits:
        """The limits of change, margin and cost for a line of this list, category and life-cycle state."""
        return self.all_of(list_id, category_id, status).limits

    def all_of(self, list_id: int, category_id: int | None, status: str = "") -> LineLimits:
        """Everything that counts for a line."""
        key = (list_id, category_id, status if status in self._statuses else "")
        if key not in self._made:
            found = {rule: self._rule(rule, *key) for rule in Guardrail.Rule.values}
            self._made[key] = LineLimits(_limits(found), _bounds(found))
        return self._made[key]

    def rules_used(self) -> set[str]:
        """The bounds that any line met so far."""
        return {bound.rule for made in self._made.values() for bound in made.bounds}

    def _rule(self, rule: str, list_id: int, category_id: int | None, status: str) -> Guardrail | None:
        rules = self._rules.get(rule)
        if not rules:
            return None
        path: list[int | None] = []
        while category_id is not None:
            path.append(category_id)
            category_id = self._parents.get(category_id)
        for one_list in (list_id, None):
            for category in [*path, None]:
                for state in dict.fromkeys((status, "")):
                    for profile in [*self._profiles.get(list_id, ()), None]:
                        found = rules.get((one_list, category, state, profile))
                        if found is not None:
                            return found if found.is_active else None
        return None


def _profiles() -> dict[int, list[int]]:
    """List → the control profiles of its sites, by id; 2 queries."""
    fields = ("id", "code", "region_id", "channel_id", "country", "currency", "control_profile_id")
    rows = list(Site.objects.order_by("code").values_list(*fields))
    profile_of = {row[0]: row[6] for row in rows}
    sites = [SiteFacts(*row[:6]) for row in rows]
    return {
        facts.id: sorted({profile_of[site.id] for site in sites_of(facts, sites)} - {None})
        for facts in price_list_book().values()
    }


def _limits(found: dict[str, Guardrail | None]) -> Limits:
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
        soft_reasons=REVIEWED | set(below.soft_reasons) if below else REVIEWED,
        labels={rule: f"{rule} v{one.version}" for rule, one in found.items() if one},
    )


def _bounds(found: dict[str, Guardrail | None]) -> tuple[Bound, ...]:
    return tuple(
        bound_of(rule, f"{rule} v{one.version}", (one.review_at, one.block_at), one.options)
        for rule, one in found.items()
        if one is not None and rule in CHECKS
    )
