"""Reading the daily figures: six key figures with their trend."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext, ngettext

from approvals.models import Decision
from catalog.models import Site
from catalog.queries import MissingRate, StaleRate, exchange_rate
from inventory.models import Reconciliation
from reports.models import Figure

TREND_DAYS = 28
COUNTED_WITHIN_DAYS = 7


@dataclass(frozen=True)
class KeyFigure:
    """One figure of Today.

    value: None when it cannot be computed (then `missing` says why). unit: "money" (in `currency`) or "fraction" (0–1).
    change: against the same weekday a week before, as a fraction for money and in fraction points otherwise.
    trend:  the last 28 days, oldest first, days without a figure left out.
    """

    name: str
    label: str
    unit: str
    value: Decimal | None
    on: date | None
    currency: str
    change: Decimal | None
    trend: list[Decimal]
    detail: str = ""

    @property
    def points(self) -> Decimal | None:
        """The change in percent (money) or percentage points."""
        return None if self.change is None else self.change * 100

    @property
    def change_unit(self) -> str:
        return "%" if self.unit == "money" else "pt"

    @property
    def good(self) -> str:
        """The direction that is good; more stock is neither."""
        return "" if self.name == Figure.Name.STOCK_VALUE else "up"


def reporting_currency(sites: QuerySet[Site]) -> str:
    """The currency of most of `sites` (the first by alphabet among equals), "EUR" without sites; one query."""
    counts = Counter(sites.values_list("currency", flat=True))
    return min(counts, key=lambda code: (-counts[code], code)) if counts else "EUR"


def key_figures(sites: QuerySet[Site], today: date) -> list[KeyFigure]:
    """The figures of `sites` up to the day before `today`; three queries and one per exchange rate."""
    currency = reporting_currency(sites)
    series = _series(sites, today - timedelta(days=TREND_DAYS), currency)
    counted = _accuracy(sites, today - timedelta(days=COUNTED_WITHIN_DAYS))
    if counted:
        series.setdefault(Figure.Name.STOCK_ACCURACY, {})[today] = counted
    return [_key_figure(name, series.get(name.value, {}), currency) for name in Figure.Name]


def _accuracy(sites: QuerySet[Site], since: date) -> tuple[Decimal, Decimal] | None:
    """Matched and compared lines of each site's last reconciliation since `since`, summed; one query."""
    rows = (
        Reconciliation.objects.filter(site__in=sites, taken_at__date__gte=since)
        .order_by("site", "-taken_at")
        .distinct("site")
        .values_list("matched", "differing")
    )
    matched, differing = (sum(column) for column in zip(*rows, strict=True)) if rows else (0, 0)
    return (Decimal(matched), Decimal(matched + differing)) if matched + differing else None


def _series(
    sites: QuerySet[Site], since: date, currency: str
) -> dict[str, dict[date, tuple[Decimal, Decimal]]]:
    """Per figure and day the summed numerator and denominator, money in `currency`."""
    rows = Figure.objects.filter(site__in=sites, on__gte=since).values_list(
        "name", "on", "site__currency", "numerator", "denominator"
    )
    rates: dict[tuple[str, date], Decimal | None] = {}
    found: dict[str, dict[date, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for name, on, base, numerator, denominator in rows:
        is_amount = name in (Figure.Name.NET_SALES, Figure.Name.STOCK_VALUE)
        is_money = is_amount or name == Figure.Name.GROSS_MARGIN
        rate = _rate(rates, base, currency, on) if is_money else Decimal(1)
        if rate is None:
            continue
        above, below = found[name].get(on, (Decimal(0), Decimal(0)))
        found[name][on] = (
            above + numerator * rate,
            Decimal(1) if is_amount else below + denominator * rate,
        )
    return found


def _rate(known: dict[tuple[str, date], Decimal | None], base: str, quote: str, on: date) -> Decimal | None:
    if base == quote:
        return Decimal(1)
    if (base, on) not in known:
        try:
            known[base, on] = exchange_rate(base, quote, on).rate
        except (MissingRate, StaleRate):
            known[base, on] = None
    return known[base, on]


def _key_figure(name: Figure.Name, days: dict[date, tuple[Decimal, Decimal]], currency: str) -> KeyFigure:
    is_money = name in (Figure.Name.NET_SALES, Figure.Name.STOCK_VALUE)
    values = {on: above / below for on, (above, below) in sorted(days.items()) if below}
    last = max(values, default=None)
    value = values[last] if last else None
    before = values.get(last - timedelta(days=7)) if last else None
    change = None
    if value is not None and before is not None:
        change = value - before
        if is_money:
            change = change / before if before else None
    return KeyFigure(
        name=name.value,
        label=str(name.label),
        unit="money" if is_money else "fraction",
        value=value,
        on=last,
        currency=currency,
        change=change,
        trend=list(values.values()),
    )


def policy_figure(since: datetime, until: datetime) -> KeyFigure:
    """The share of decisions that policies took from `since` to `until`, by week in the trend; one query."""
    rows = (
        Decision.objects.filter(decided_at__gte=since, decided_at__lt=until)
        .annotate(week=TruncWeek("decided_at"))
        .values_list("week")
        .annotate(by_policy=Count("id", filter=Q(decided_by_kind="policy")), decided=Count("id"))
        .order_by("week")
    )
    weeks = [(by_policy, decided) for _week, by_policy, decided in rows]
    by_policy, decided = sum(week[0] for week in weeks), sum(week[1] for week in weeks)
    return KeyFigure(
        name="policy_share",
        label=gettext("Decided by policy"),
        unit="fraction",
        value=Decimal(by_policy) / decided if decided else None,
        on=until.date(),
        currency="",
        change=None,
        trend=[Decimal(part) / whole for part, whole in weeks],
        detail=ngettext("of %(count)d decision", "of %(count)d decisions", decided) % {"count": decided},
    )
