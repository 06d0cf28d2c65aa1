"""The law in force by country and category."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from catalog.models import Category, Product
from pricing.models import LawRule, StatedBasis
from pricing.queries.price_changes import money_text
from pricing.rules.costs import EXEMPT, CostLaw
from pricing.rules.laws import ReferenceRule, reference_rule


@dataclass(frozen=True, slots=True)
class Control:
    """A government's limit: kind price_ceiling or price_floor, gross, per unit."""

    kind: str
    country: str
    amount: Decimal
    currency: str
    source: str
    source_on: str


def reference_rule_of(rule: LawRule) -> ReferenceRule:
    """A stored rule as the rules read it."""
    return reference_rule(
        rule.method,
        rule.options,
        source=rule.source,
        source_on=rule.source_on.isoformat(),
        label=f"{rule.country} v{rule.version}",
    )


def law_rules(country: str = "", kind: str = "") -> QuerySet[LawRule]:
    """Every version, by id; of one country and kind where they are given."""
    found = LawRule.objects.select_related("category").order_by("id")
    if country:
        found = found.filter(country=country)
    return found.filter(kind=kind) if kind else found


def laws_in_force() -> list[LawRule]:
    """The newest version of each (country, kind, category), switched off or not; 1 query."""
    newest = {(one.country, one.kind, one.category_id): one for one in law_rules()}
    return [newest[key] for key in sorted(newest, key=lambda key: (key[0], key[1], key[2] or 0))]


def stated_basis_rows(price_list: str = "", sku: str = "") -> QuerySet[StatedBasis]:
    """Stated bases by id, with list and product."""
    found = StatedBasis.objects.select_related("price_list", "product").order_by("id")
    if price_list:
        found = found.filter(price_list__code=price_list)
    return found.filter(product__sku=sku) if sku else found


def basis_row(one: StatedBasis) -> dict[str, Any]:
    """A stated basis as REST gives it."""
    return {
        "price_list": one.price_list.code,
        "sku": one.product.sku,
        "amount": money_text(one.amount, one.currency),
        "currency": one.currency,
        "basis": one.basis,
        "evidence": one.evidence,
        "stated_at": one.stated_at.isoformat(),
        "stated_by": one.stated_by_name,
    }


def law_row(rule: LawRule) -> dict[str, Any]:
    """A rule with the fields it is written with."""
    return {
        "country": rule.country,
        "kind": rule.kind,
        "category": rule.category.path if rule.category else "",
        "version": rule.version,
        "method": rule.method,
        "options": rule.options,
        "amount": money_text(rule.amount, rule.currency) if rule.amount is not None else None,
        "currency": rule.currency,
        "source": rule.source,
        "source_on": rule.source_on.isoformat(),
        "note": rule.note,
        "is_active": rule.is_active,
        "created_by": rule.created_by_name,
    }


class LawBook:
    """The rules in force of some countries; the nearest category wins. 1 query, and 1 where categories count."""

    def __init__(self, countries: Collection[str]) -> None:
        self._rules: dict[tuple[str, str, int | None], LawRule] = {}
        for rule in LawRule.objects.filter(country__in=set(countries)).order_by("version"):
            self._rules[rule.country, rule.kind, rule.category_id] = rule
        self._parents: dict[int, int | None] = {}
        if any(category is not None for _country, _kind, category in self._rules):
            self._parents = dict(Category.objects.values_list("id", "parent_id"))
        self._references: dict[tuple[str, int | None], ReferenceRule | None] = {}

    def _rule(self, country: str, kind: str, category_id: int | None) -> LawRule | None:
        while category_id is not None:
            found = self._rules.get((country, kind, category_id))
            if found is not None and found.is_active:
                return found
            category_id = self._parents.get(category_id)
        found = self._rules.get((country, kind, None))
        return found if found is not None and found.is_active else None

    def reference_rule(self, country: str, category_id: int | None) -> ReferenceRule | None:
        """How a reduction is measured there, None where nobody has written a rule."""
        key = (country, category_id)
        if key not in self._references:
            rule = self._rule(country, LawRule.Kind.REFERENCE, category_id)
            self._references[key] = None if rule is None else reference_rule_of(rule)
        return self._references[key]

    def only_recommends(self, country: str, category_id: int | None) -> bool:
        """True where a franchisee may not be told the price; so it is where nobody has written a rule."""
        rule = self._rule(country, LawRule.Kind.RESALE, category_id)
        return rule is None or rule.method != LawRule.Method.BINDING

    def cost_law(self, country: str, category_id: int | None) -> CostLaw | None:
        """What forbids prices below cost there, None where nothing does."""
        rule = self._rule(country, LawRule.Kind.BELOW_COST, category_id)
        if rule is None or rule.method != LawRule.Method.FORBIDDEN:
            return None
        exempt = frozenset(rule.options.get(EXEMPT, ()))
        return CostLaw(country, exempt, rule.source, f"{country} v{rule.version}")

    def controls(self, country: str, category_id: int | None) -> list[Control]:
        """The ceilings and floors that hold there."""
        rules = (
            self._rule(country, kind, category_id) for kind in (LawRule.Kind.CEILING, LawRule.Kind.FLOOR)
        )
        return [
            Control(one.kind, country, one.amount, one.currency, one.source, one.source_on.isoformat())
            for one in rules
            if one is not None and one.amount is not None
        ]


def recommended(franchised: Sequence[tuple[int, str, int]]) -> Iterator[int]:
    """Of (index, country, product) at franchisees' sites the indexes whose price may only be recommended.

    At most 3 queries, none without such sites.
    """
    if not franchised:
        return
    book = LawBook({country for _index, country, _product in franchised})
    ids = {product_id for _index, _country, product_id in franchised}
    categories = dict(Product.objects.filter(pk__in=ids).values_list("id", "category_id"))
    for index, country, product_id in franchised:
        if book.only_recommends(country, categories.get(product_id)):
            yield index


def stated_bases(
    product_ids: Collection[int], list_ids: Collection[int]
) -> dict[tuple[int, int], tuple[Decimal, str]]:
    """(product, list) → (amount, currency) of the newest stated basis; 1 query."""
    rows = (
        StatedBasis.objects.filter(product_id__in=list(product_ids), price_list_id__in=list(list_ids))
        .order_by("product_id", "price_list_id", "-id")
        .distinct("product_id", "price_list_id")
        .values_list("product_id", "price_list_id", "amount", "currency")
    )
    return {(product, price_list): (amount, currency) for product, price_list, amount, currency in rows}
