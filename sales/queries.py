"""Reads of what was sold; all from daily facts, so that they do not grow with the number of lines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Max, Min, Q, QuerySet, Sum

from sales.models import DailyFact, SaleLine


@dataclass(frozen=True)
class DayFigures:
    """Sales of one local day in one currency: units sold and returned, revenue net of returns, lines."""

    currency: str
    units_sold: Decimal
    units_returned: Decimal
    revenue: Decimal
    lines: int


def _in_sites(site_ids: Collection[int] | None) -> QuerySet[DailyFact]:
    return (
        DailyFact.objects.all() if site_ids is None else DailyFact.objects.filter(site_id__in=list(site_ids))
    )


def lowest_price_paid(
    product_ids: Collection[int], site_ids: Collection[int] | None, since: date, until: date
) -> dict[tuple[int, int], Decimal]:
    """(product, site) → the lowest unit price paid on local days since ≤ day < until, in the site's currency.

    Returns and gifts (price 0) do not count; pairs without a sale are absent. site_ids None = all. 1 query.
    """
    found = (
        _in_sites(site_ids)
        .filter(product_id__in=list(product_ids), on__gte=since, on__lt=until, lowest_price__isnull=False)
        .values("product_id", "site_id")
        .annotate(lowest=Min("lowest_price"))
    )
    return {(row["product_id"], row["site_id"]): row["lowest"] for row in found}


def lowest_paid_before(
    asked: Sequence[tuple[int, int, date]], days: int
) -> list[tuple[Decimal | None, Decimal | None]]:
    """(lowest price paid in the `days` local days before, last price paid before) for each (product, site, day).

    In the site's currency, in the order asked; None where nothing was sold. The last price is the lowest of its day.
    Returns and gifts do not count. 1 query.
    """
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT w.lowest, l.lowest_price FROM unnest(%s::bigint[], %s::bigint[], %s::date[])
                 WITH ORDINALITY AS a(product_id, site_id, day, place)
               LEFT JOIN LATERAL (SELECT min(f.lowest_price) AS lowest FROM sales_dailyfact f
                  WHERE f.product_id = a.product_id AND f.site_id = a.site_id AND f."on" >= a.day - %s AND f."on" < a.day) w
                 ON true
               LEFT JOIN LATERAL (SELECT f.lowest_price FROM sales_dailyfact f
                  WHERE f.product_id = a.product_id AND f.site_id = a.site_id AND f."on" < a.day
                    AND f.lowest_price IS NOT NULL ORDER BY f."on" DESC LIMIT 1) l ON true
               ORDER BY a.place""",
            [*([row[column] for row in asked] for column in range(3)), days],
        )
        return [(lowest, last) for lowest, last in cursor.fetchall()]


def daily_units(site_id: int, product_id: int, days: int, until: date) -> list[tuple[date, Decimal]]:
    """Units sold net of returns for each of the `days` local days before `until`, oldest first, zeros included. 1 query."""
    since = until - timedelta(days=days)
    stored = {
        on: sold - returned
        for on, sold, returned in DailyFact.objects.filter(
            site_id=site_id, product_id=product_id, on__gte=since, on__lt=until
        ).values_list("on", "units_sold", "units_returned")
    }
    return [
        (on, stored.get(on, Decimal(0))) for on in (since + timedelta(days=number) for number in range(days))
    ]


def units_sold(
    product_ids: Collection[int], site_ids: Collection[int] | None, since: date, until: date
) -> dict[int, Decimal]:
    """Product → units sold net of returns on local days since ≤ day < until; products without are absent. 1 query."""
    found = (
        _in_sites(site_ids)
        .filter(product_id__in=list(product_ids), on__gte=since, on__lt=until)
        .values("product_id")
        .annotate(sold=Sum("units_sold"), returned=Sum("units_returned"))
    )
    return {row["product_id"]: row["sold"] - row["returned"] for row in found}


def figures_of_day(site_ids: Collection[int] | None, on: date) -> list[DayFigures]:
    """Sales of the local day `on` by currency; site_ids None = all. 1 query."""
    found = (
        _in_sites(site_ids)
        .filter(on=on)
        .values("site__currency")
        .annotate(
            sold=Sum("units_sold"),
            returned=Sum("units_returned"),
            revenue_sum=Sum("revenue"),
            line_sum=Sum("lines"),
        )
        .order_by("site__currency")
    )
    return [
        DayFigures(row["site__currency"], row["sold"], row["returned"], row["revenue_sum"], row["line_sum"])
        for row in found
    ]


def latest_day(site_ids: Collection[int] | None) -> date | None:
    """The last local day with a sale or return; None without any. 1 query."""
    latest: date | None = _in_sites(site_ids).aggregate(latest=Max("on"))["latest"]
    return latest


def daily_revenue(
    site_ids: Collection[int] | None, currency: str, days: int, until: date
) -> list[tuple[date, Decimal]]:
    """Revenue in `currency` (sites that keep it) for each of the `days` days before `until`, zeros included. 1 query."""
    since = until - timedelta(days=days)
    found = (
        _in_sites(site_ids)
        .filter(site__currency=currency, on__gte=since, on__lt=until)
        .values("on")
        .annotate(total=Sum("revenue"))
    )
    stored = {row["on"]: row["total"] for row in found}
    return [
        (on, stored.get(on, Decimal(0))) for on in (since + timedelta(days=number) for number in range(days))
    ]


def lines_of_movement(movement_id: int) -> QuerySet[SaleLine]:
    """The sale lines of one movement, with product and site. 1 query when read."""
    return (
        SaleLine.objects.filter(Q(movement_id=movement_id)).select_related("product", "site").order_by("id")
    )
