"""Customer groups and the lists that use them."""

from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import CustomerGroup
from lib import clock
from pricing.models import Price, PriceList
from pricing.queries.list_book import price_list_book
from pricing.queries.world import with_parents


def open_groups() -> QuerySet[CustomerGroup]:
    """Groups that have not ended, by code."""
    return CustomerGroup.objects.filter(ended_at__isnull=True).order_by("code")


def groups_with_lists() -> list[dict[str, Any]]:
    """Every group with its lists, those in use first, then by code; 2 queries."""
    lists: dict[int, list[PriceList]] = {}
    for one in PriceList.objects.filter(customer_group__isnull=False).order_by("code"):
        lists.setdefault(one.customer_group_id or 0, []).append(one)
    groups = CustomerGroup.objects.order_by("code")
    rows = [{"group": one, "lists": lists.get(one.pk, [])} for one in groups]
    return sorted(rows, key=lambda row: row["group"].ended_at is not None)


def lists_selling_to(group_id: int) -> list[str]:
    """The codes of a group's lists that have prices of their own now or to come, or derive some; 2 queries and one for each list."""
    lists = PriceList.objects.filter(customer_group=group_id)
    book = price_list_book()
    found = []
    for one in lists.order_by("code"):
        sources = with_parents(book, {one.pk})
        standing = Price.objects.filter(price_list__in=sources, known__upper_inf=True)
        if standing.filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=clock.now())).exists():
            found.append(one.code)
    return found
