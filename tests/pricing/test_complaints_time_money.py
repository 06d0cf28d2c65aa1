"""Complaints about windows and about currencies (39–58 of the notes on peers): time 50–53, money 54–56."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from catalog.models import ExchangeRate
from pricing.actions.applying import settle_all
from pricing.models import Price
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, a_site, priced

TICK = timedelta(microseconds=1)
EVE = date(2030, 7, 1)


@pytest.fixture
def house(db: None) -> House:
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "9.99"))
    return house


def quoted(house: House, at: datetime | None = None, site: str = "LON", **asked: str) -> Quote:
    return quote_lines([QuoteLine("A", site, **asked)], actor=house.clerk, at=at)[0]


def shown(house: House, at: datetime | None = None, site: str = "LON") -> str:
    found = quoted(house, at, site)
    return found.error_code or f"{found.amount:f}".rstrip("0").rstrip(".")


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe"]
)
def test_a_window_by_a_local_clock_is_compared_as_an_instant(house: House, zone: str):
    """odoo/odoo#224665 (50): stored in UTC and compared with the local clock, it starts hours early or late."""
    begins = datetime.combine(EVE, time(9), ZoneInfo(zone))
    ends = begins + timedelta(days=1)
    priced(house.clerk, ("BASE", "A", "9.79"), effective_from=begins, effective_until=ends)
    asked = [begins - TICK, begins, ends - TICK, ends]
    assert [shown(house, at) for at in asked] == ["9.99", "9.79", "9.79", "9.99"]
    elsewhere = [moment.astimezone(ZoneInfo("Pacific/Auckland")) for moment in asked]
    assert [shown(house, at) for at in elsewhere] == ["9.99", "9.79", "9.79", "9.99"]


def test_no_day_and_no_microsecond_lies_between_two_prices(house: House):
    """OCA/product-attribute#1110 (51): an end that is a date, read as its midnight, leaves a day without a price."""
    midnight = datetime.combine(EVE, time(), ZoneInfo("Europe/Berlin"))
    priced(
        house.clerk,
        ("BASE", "A", "9.79"),
        effective_from=midnight - timedelta(days=30),
        effective_until=midnight,
    )
    priced(
        house.clerk,
        ("BASE", "A", "9.89"),
        effective_from=midnight,
        effective_until=midnight + timedelta(days=30),
    )
    rows = Price.objects.filter(known__upper_inf=True).order_by("valid")
    spans = [row.valid for row in rows]
    assert (
        all(one.upper == other.lower for one, other in zip(spans, spans[1:], strict=False))
        and len(spans) == 4
    )
    hours = [midnight + timedelta(hours=hour) for hour in range(-30, 30)]
    assert [shown(house, at) for at in hours] == ["9.79"] * 30 + ["9.89"] * 30
    assert (shown(house, midnight - TICK), shown(house, midnight)) == ("9.79", "9.89")


def test_a_special_price_starts_by_its_own_stores_clock(house: House):
    """magento/magento2#21966 (52): the special price of one store starts in another store's zone, or ends at midnight."""
    tokyo = a_site("TYO", house.london.region, timezone="Asia/Tokyo")
    for code, site in (("LON", house.london), ("TYO", tokyo)):
        a_list(f"S-{code}", kind="site", site=site)
    priced(
        house.clerk,
        ("S-LON", "A", "9.79"),
        ("S-TYO", "A", "9.79"),
        local_from="2030-07-01T00:00",
        local_until="2030-07-03T00:00",
    )
    for code, zone in (("LON", "Europe/London"), ("TYO", "Asia/Tokyo")):
        begins = datetime.combine(EVE, time(), ZoneInfo(zone))
        asked = [begins - TICK, begins, begins + timedelta(days=1), begins + timedelta(days=2)]
        assert [shown(house, at, code) for at in asked] == ["9.99", "9.79", "9.79", "9.99"]


def test_a_sale_starts_and_ends_on_the_second_though_no_job_has_run(house: House):
    """woocommerce/woocommerce#63061 (53): one job a day flips prices, so a sale starts up to 23 h late."""
    begins = datetime.now(UTC) + timedelta(days=2)
    ends = begins + timedelta(hours=1)
    change = priced(house.clerk, ("BASE", "A", "9.79"), effective_from=begins, effective_until=ends)
    assert change.applied_at is None
    asked = [begins - TICK, begins, ends - TICK, ends]
    assert [shown(house, at) for at in asked] == ["9.99", "9.79", "9.79", "9.99"]
    before = list(Price.objects.order_by("id").values_list("id", "valid", "known"))
    settle_all()
    assert list(Price.objects.order_by("id").values_list("id", "valid", "known")) == before


def test_conversion_comes_before_the_only_rounding(house: House):
    """odoo/odoo#56770 (54): rounded before it was converted, 9.50 instead of 9.99."""
    a_rate("GBP", "EUR", "1.0489")
    a_list("EU", kind="region", region=house.berlin.region, currency="EUR", parent=house.base, ends_in="0.99")
    # 9.99 × 1.0489 = 10.478511 → 9.99. Ended in pounds first and then converted it would be 10.48.
    assert shown(house, site="BER") == "9.99"
    ExchangeRate.objects.update(rate=Decimal("1.0505"))
    # 9.99 × 1.0505 = 10.494495, past the middle of 9.99 and 10.99. Rounded to pence before the ending: the same side.
    assert shown(house, site="BER") == "10.99"


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        ({"float_fraction": "0.05", "ends_in": "0.90"}, "10.90"),
        ({"float_fraction": "0.05"}, "10.49"),
        ({"float_amount": "0.005", "float_fraction": "0.1"}, "10.99"),
        ({"float_fraction": "0.3333"}, "13.32"),
    ],
)
def test_the_rounding_is_last_and_leaves_whole_pence(house: House, fields: dict[str, str], amount: str):
    """odoo/odoo#147417 (55): rounded before the surcharge; 158 became 158.01 and 30.0001 was asked."""
    a_list("GB", kind="region", region=house.london.region, parent=house.base, **fields)
    found = quoted(house).amount
    assert found == Decimal(amount) and found == round(found, 2)


def test_a_rate_never_touches_a_typed_price_and_is_never_one(house: House):
    """frappe/erpnext#12714 (56): a wrong or missing rate counts as 1, and a new rate rewrites the typed price."""
    a_list("EU", kind="region", region=house.berlin.region, currency="EUR", parent=house.base)
    assert shown(house, site="BER") == "missing_exchange_rate"
    rate = a_rate("GBP", "EUR", "1.10")
    assert shown(house, site="BER") == "10.99"
    priced(house.clerk, ("EU", "A", "11.05"))
    typed = list(Price.objects.values_list("id", "amount", "known"))
    for text in ("1.20", "0.01", "1"):
        ExchangeRate.objects.filter(pk=rate.pk).update(rate=Decimal(text))
        assert shown(house, site="BER") == "11.05"
    ExchangeRate.objects.all().delete()
    assert shown(house, site="BER") == "11.05"
    assert list(Price.objects.values_list("id", "amount", "known")) == typed
    assert quoted(house, site="LON", currency="EUR").error_code == "missing_exchange_rate"
