"""The account map as it stands."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from catalog.models import Category, LegalEntity
from finance.models import AccountMap, AccountRule, PostingKind
from finance.rules.postings import Chart, Rule


def current_map() -> AccountMap:
    """The newest version. 1 query; a house is set up with one."""
    return AccountMap.objects.order_by("-version")[0]


def account_map(version: int) -> AccountMap:
    """One version. Raises Http404. 1 query."""
    found = AccountMap.objects.filter(version=version).first()
    if found is None:
        raise Http404(version)
    return found


def maps() -> QuerySet[AccountMap]:
    """All versions, newest first."""
    return AccountMap.objects.order_by("-version")


def rules_of(account_map: AccountMap) -> list[AccountRule]:
    """The rules of one version by kind, the widest first. 1 query."""
    found = AccountRule.objects.filter(map=account_map).select_related("category", "legal_entity")
    rows = found.order_by("place", "reason", "legal_entity__code", "category__path")
    return sorted(rows, key=lambda one: PostingKind.values.index(one.kind))


def chart_of(account_map: AccountMap) -> Chart:
    """The rules ready for booking. 1 query."""
    return Chart(rule_of(one) for one in rules_of(account_map))


def rule_of(one: AccountRule) -> Rule:
    """A stored rule as the pure rules take it; needs `category`."""
    return Rule(
        kind=one.kind,
        debit=one.debit_account,
        credit=one.credit_account,
        cost_centre=one.cost_centre,
        place=one.place,
        reason=one.reason,
        category=one.category.path if one.category else None,
        legal_entity_id=one.legal_entity_id,
    )


def rule_body(one: AccountRule) -> dict[str, Any]:
    """A rule as REST shows and takes it."""
    return {
        "kind": one.kind,
        "place": one.place,
        "reason": one.reason,
        "category": one.category.path if one.category else "",
        "legal_entity": one.legal_entity.code if one.legal_entity else "",
        "debit_account": one.debit_account,
        "credit_account": one.credit_account,
        "cost_centre": one.cost_centre,
    }


def category_paths() -> list[str]:
    """Every category, for a form. 1 query."""
    return list(Category.objects.order_by("path").values_list("path", flat=True))


def entity_codes() -> list[str]:
    """Every legal entity, for a form. 1 query."""
    return list(LegalEntity.objects.order_by("code").values_list("code", flat=True))
