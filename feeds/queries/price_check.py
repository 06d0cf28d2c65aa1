"""The price check: what shops were read to ask against what is effective, line by line."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.db import connection
from django.db.models import QuerySet

from catalog.queries import tax_rates
from feeds.models import PriceReading
from feeds.rules.price_check import Ours, Theirs, Verdict, verdict
from lib import actors, clock
from lib.money import round_money
from lib.verifications import Compared, Differs
from pricing.queries.bulk_prices import BulkPrice, PriceAsked, bulk_prices

#: How long a change may take until a shop shows it, and how far clocks may lie apart.
ARRIVAL = timedelta(minutes=10)
SKEW = timedelta(minutes=2)
#: How many differing lines are told one by one; the counts stay whole.
TOLD = 1_000
TITLES = {
    "unknown_product": "The shop sells {sku}, which is not known here",
    "missing_there": "The shop does not show {sku}",
    "missing_here": "The shop shows {sku}, which has no price",
    "currency": "{sku} is shown in another currency",
    "tax": "{sku} is shown with or without tax by mistake",
    "rounding": "{sku} is rounded in the shop",
    "price": "The shop asks another price for {sku}",
    "timing": "{sku} changed just then",
}

#: Readings whose product stands published there, with whether the newest version was confirmed.
_UNSENT = """
SELECT r.id FROM feeds_pricereading r
  JOIN feeds_publisheditem i ON i.publication_id = r.publication_id AND i.site_id = r.site_id
   AND i.product_id = r.product_id
 WHERE r.id = ANY(%s) AND (i.taken_version IS NULL OR i.taken_version < i.version)
"""


@dataclass(frozen=True)
class Checked:
    """One reading with our price then and the verdict."""

    reading: PriceReading
    ours: BulkPrice
    verdict: Verdict


def compare(site_ids: Collection[int], since: datetime, at: datetime | None = None) -> Compared | None:
    """Every price read at the sites after `since` (up to `at`) against the price effective when it was read.

    None: nothing was read. value: Σ |ours − theirs| of what is unexplained, one piece each, when all are in one currency.
    A fixed number of queries.
    """
    rows = checked_readings(site_ids, since, at)
    if not rows:
        return None
    differing = [row for row in rows if row.verdict.class_code]
    left = [row for row in differing if not row.verdict.is_settled]
    told = sorted(left, key=_weight) + [row for row in differing if row.verdict.is_settled]
    value, currency = _stake(left)
    return Compared(
        lines=len(rows),
        differing=len(differing),
        explained=len(differing) - len(left),
        differences=tuple(differs(row) for row in told[:TOLD]),
        complete_to=max(row.reading.read_at for row in rows),
        value=value,
        currency=currency,
    )


@dataclass(frozen=True)
class Check:
    """The newest reading of every price, and what differs: unexplained first, the dearest first."""

    lines: int
    differing: list[Checked]
    explained: int
    complete_to: datetime | None

    def of_class(self, code: str) -> list[Checked]:
        """The differing lines of a class, of all when it is "", at most 1,000."""
        return [row for row in self.differing if code in ("", row.verdict.class_code)][:TOLD]

    @property
    def unexplained(self) -> int:
        return len(self.differing) - self.explained

    @property
    def accuracy(self) -> Decimal | None:
        """Lines that agree or are explained, of all; None when nothing was read."""
        return 1 - Decimal(self.unexplained) / self.lines if self.lines else None

    @property
    def classes(self) -> list[tuple[str, int]]:
        """(class, lines), the most frequent first."""
        return Counter(row.verdict.class_code for row in self.differing).most_common()


def latest_check(site_ids: Collection[int]) -> Check:
    """The last day's readings of the sites against what is effective. A fixed number of queries."""
    rows = checked_readings(site_ids, clock.now() - timedelta(days=1))
    differing = [row for row in rows if row.verdict.class_code]
    left = sorted((row for row in differing if not row.verdict.is_settled), key=_weight)
    settled = [row for row in differing if row.verdict.is_settled]
    complete_to = max((row.reading.read_at for row in rows), default=None)
    return Check(len(rows), left + settled, len(settled), complete_to)


def checked_readings(site_ids: Collection[int], since: datetime, at: datetime | None = None) -> list[Checked]:
    """The readings with their verdicts, by site, channel and SKU. Prices around the moment are asked only where they differ."""
    readings = list(
        newest_readings(site_ids).filter(read_at__gt=since, read_at__lte=at or clock.now() + SKEW)
    )
    ours = _prices(readings, timedelta(0))
    tax = _taxes(readings)
    first = [
        verdict(_ours(price, (), tax[n]), _theirs(reading))
        for n, (reading, price) in enumerate(zip(readings, ours, strict=True))
    ]
    open_places = [n for n, one in enumerate(first) if one.class_code not in ("", "unknown_product")]
    again = [readings[n] for n in open_places]
    moments = [_prices(again, shift) for shift in (-ARRIVAL, SKEW)]
    unsent = _unsent(again)
    for place, n in enumerate(open_places):
        around = tuple(_amount(prices[place]) for prices in moments)
        first[n] = verdict(_ours(ours[n], around, tax[n], readings[n].pk in unsent), _theirs(readings[n]))
    return [Checked(*row) for row in zip(readings, ours, first, strict=True)]


def newest_readings(site_ids: Collection[int]) -> QuerySet[PriceReading]:
    """What was read last of every site, channel and SKU."""
    rows = PriceReading.objects.filter(site__in=list(site_ids)).select_related("site", "channel", "product")
    return rows.order_by("site__code", "channel__code", "sku")


def _prices(readings: Sequence[PriceReading], shift: timedelta) -> list[BulkPrice]:
    asked = [
        PriceAsked(
            reading.product_id or 0,
            reading.site.code,
            reading.channel.code if reading.channel else "",
            reading.read_at + shift,
        )
        for reading in readings
    ]
    return bulk_prices(asked, actor=actors.job("feeds.price_check")) if asked else []


def _taxes(readings: Sequence[PriceReading]) -> list[Decimal]:
    days = {reading.read_at.astimezone(UTC).date() for reading in readings}
    rates = {day: tax_rates(day) for day in days}
    found = []
    for reading in readings:
        key = (reading.site.country, reading.product.tax_class if reading.product else "")
        found.append(rates[reading.read_at.astimezone(UTC).date()].get(key, Decimal(0)))
    return found


def _unsent(readings: Sequence[PriceReading]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_UNSENT, [[reading.pk for reading in readings]])
        return {pk for (pk,) in cursor.fetchall()}


def _amount(price: BulkPrice) -> Decimal | None:
    return None if price.amount is None else round_money(price.amount, price.currency)


def _ours(price: BulkPrice, around: Sequence[Decimal | None], tax: Decimal, is_unsent: bool = False) -> Ours:
    return Ours(_amount(price), price.currency, around, tax, is_unsent)


def _theirs(reading: PriceReading) -> Theirs:
    known = reading.product_id is not None
    return Theirs(reading.amount, reading.currency, known, reading.tax_included)


def _gap(row: Checked) -> Decimal:
    if row.ours.amount is None or row.reading.amount is None:
        return row.ours.amount or row.reading.amount or Decimal(0)
    return abs(row.ours.amount - row.reading.amount)


def _weight(row: Checked) -> tuple[Decimal, str]:
    return -_gap(row), row.reading.sku


def _stake(rows: Sequence[Checked]) -> tuple[Decimal | None, str]:
    currencies = {
        row.ours.currency or row.reading.currency for row in rows if row.verdict.class_code != "currency"
    }
    if len(currencies) != 1:
        return None, ""
    return sum(
        (_gap(row) for row in rows if row.verdict.class_code != "currency"), Decimal(0)
    ), currencies.pop()


def differs(row: Checked) -> Differs:
    """One differing reading as a verification tells it."""
    reading, code = row.reading, row.verdict.class_code
    channel = reading.channel.code if reading.channel else ""
    explanation: dict[str, str | bool] = {
        "channel": channel,
        "why": row.verdict.why,
        "read_at": reading.read_at.isoformat(),
    }
    if row.verdict.is_settled:
        explanation["settled"] = True
    return Differs(
        key=f"price:{reading.site_id}:{channel}:{reading.sku}"[:200],
        class_code=code,
        title=TITLES[code].format(sku=reading.sku),
        site_id=reading.site_id,
        sku=reading.sku,
        ours=_told(row.ours.amount, row.ours.currency),
        theirs=_told(reading.amount, reading.currency),
        explanation=explanation,
        url="/prices/why/?" + urlencode({"sku": reading.sku, "site": reading.site.code, "channel": channel}),
    )


def amount_text(amount: Decimal | None, currency: str) -> str | None:
    """An amount in the currency's minor unit; None stays None."""
    return None if amount is None else f"{round_money(amount, currency):f}"


def _told(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else f"{amount_text(amount, currency)} {currency}".strip()
