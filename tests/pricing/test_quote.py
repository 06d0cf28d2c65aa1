"""Quotes: the access sequence, derived prices, currency, tax, times, errors."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Scope
from lib import clock
from lib.actors import Actor
from pricing.models import PriceList
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from tests.pricing.builders import (
    House,
    a_draft,
    a_house,
    a_list,
    a_person,
    a_product,
    a_rate,
    a_site,
    amount,
    priced,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def quote(house: House, sku: str = "A", site: str = "LON", actor: Actor | None = None, **asked: Any) -> Quote:
    at, known_at = asked.pop("at", None), asked.pop("known_at", None)
    return quote_lines([QuoteLine(sku, site, **asked)], actor=actor or house.clerk, at=at, known_at=known_at)[
        0
    ]


def rules(found: Quote) -> list[tuple[str, str]]:
    return [(step.rule, format(step.amount_to.normalize(), "f")) for step in found.steps]


def test_a_base_price_with_its_tax(house: House):
    found = quote(house)
    assert (found.amount, found.net_amount, found.tax_amount) == (
        amount("10"),
        amount("8.33"),
        amount("1.67"),
    )
    assert (found.currency, found.price_list, rules(found)) == ("GBP", "BASE", [("base", "10")])


def test_the_first_list_with_a_row_wins_from_site_to_base(house: House):
    made = [
        a_list("CH", kind="channel", channel=house.web.channel),
        a_list("RE", kind="region", region=house.london.region),
        a_list("SI", kind="site", site=house.web),
    ]
    for price_list, text in zip(made, ("11.00", "12.00", "13.00"), strict=True):
        priced(house.clerk, (price_list.code, "A", text))
    assert [quote(house, site=site).amount for site in ("WEB", "LON")] == [amount("13"), amount("12")]
    assert quote(house, site="LON", channel="market").price_list == "CH"


def test_higher_priority_comes_first_within_a_kind(house: House):
    a_list("BASE2", priority=5)
    priced(house.clerk, ("BASE2", "A", "9.00"))
    assert quote(house).price_list == "BASE2"


def test_a_promotion_undercuts_and_the_steps_show_both(house: House):
    a_list("PROMO", kind="promotion")
    priced(house.clerk, ("PROMO", "A", "8.00"))
    found = quote(house)
    assert (found.amount, rules(found)) == (amount("8"), [("base", "10"), ("promotion", "8")])
    assert found.steps[1].amount_from == amount("10")


@pytest.mark.parametrize(("exclusive", "expected"), [(False, "10"), (True, "12")])
def test_a_promotion_above_the_price_is_passed_over_unless_exclusive(
    house: House, exclusive: bool, expected: str
):
    """oroinc#105, medusa#13079: not the newest and not the cheapest, but what the list says."""
    a_list("LESS", kind="promotion", priority=1)
    PriceList.objects.filter(code="LESS").update(exclusive=exclusive)
    from pricing.actions.price_changes import approve_change
    from tests.pricing.builders import submitted

    change = submitted(house.clerk, ("LESS", "A", "12.00"))
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)
    found = quote(house)
    assert found.amount == amount(expected)
    assert (found.steps[-1].rule == "passed_over") is not exclusive


def test_the_largest_minimum_quantity_not_above_the_quantity_applies(house: House):
    """open-mercato#2454: the tier is the largest not above the quantity; a return pays its absolute value."""
    from pricing.actions.price_changes import approve_change
    from tests.pricing.builders import submitted

    change = submitted(house.clerk, ("BASE", "A", "9.00", "10"), ("BASE", "A", "8.50", "50"))
    approve_change(actor=house.manager, change_id=change.pk)
    asked = [Decimal(q) for q in ("1", "9.5", "10", "49", "50", "1000", "-12", "0.3")]
    found = [quote(house, quantity=quantity).amount for quantity in asked]
    assert found == [amount(t) for t in ("10", "10", "9", "9", "8.5", "8.5", "9", "10")]


def test_a_derived_price_converts_floats_ends_and_rounds_once(house: House):
    """odoo#56770, #147417: convert, then float, then ending, then one rounding."""
    a_rate("GBP", "EUR", "1.15")
    a_list(
        "EU", kind="region", region=house.berlin.region, currency="EUR", parent=house.base,
        float_fraction="0.08", ends_in="0.99",
    )  # fmt: skip
    found = quote(house, site="BER")
    assert (found.amount, found.currency, found.price_list) == (amount("11.99"), "EUR", "EU")
    assert rules(found) == [("base", "10"), ("exchange", "11.5"), ("float", "12.42"), ("ending", "11.99")]


def test_a_row_of_the_list_itself_overrides_the_derived_price(house: House):
    a_list("RE", kind="region", region=house.london.region, parent=house.base, float_fraction="0.02")
    assert quote(house).amount == amount("10.2")
    priced(house.clerk, ("RE", "A", "10.10"))
    assert (quote(house).amount, rules(quote(house))) == (amount("10.1"), [("region", "10.1")])


def test_the_currency_asked_for_is_converted_and_rounded(house: House):
    a_rate("EUR", "GBP", "0.85")
    found = quote(house, currency="EUR")
    assert (found.amount, found.currency) == (amount("11.76"), "EUR")


@pytest.mark.parametrize(
    ("age_days", "code"), [(None, "missing_exchange_rate"), (8, "stale_exchange_rate"), (7, "")]
)
def test_a_rate_is_never_one_for_want_of_one(house: House, age_days: int | None, code: str):
    """erpnext#12714, #11752: a missing or old rate is an error of the line, never 1."""
    if age_days is not None:
        a_rate("GBP", "EUR", "1.15", on=(datetime.now(UTC) - timedelta(days=age_days)).date())
    found = quote(house, site="BER")
    assert (found.error_code, found.amount is None) == (code, bool(code))


def test_failing_lines_leave_the_others_answered_in_order(house: House):
    a_product("UNPRICED")
    lines = [
        ("A", "LON"),
        ("NOPE", "LON"),
        ("A", "NOWHERE"),
        ("UNPRICED", "LON"),
        ("A", "WEB"),
        ("A\x00", "LON"),
    ]
    found = quote_lines([QuoteLine(*line) for line in lines], actor=house.clerk)
    assert [one.error_code for one in found] == [
        "",
        "unknown_sku",
        "unknown_site",
        "no_price",
        "",
        "unknown_sku",
    ]
    assert quote(house, channel="nope").error_code == "unknown_channel"


def test_a_site_outside_ones_scope_is_unknown(house: House):
    sales = a_person("sales", "sales")
    Scope.objects.filter(user_id=sales.id).update(region=house.berlin.region)
    assert quote(house, actor=sales).error_code == "unknown_site"


def test_validity_is_read_at_the_moment_of_the_question(house: House):
    """woocommerce#63061, erpnext#29806: no job flips prices; the row valid at the moment applies."""
    begin = clock.now() + timedelta(hours=3)
    priced(
        house.clerk, ("BASE", "A", "10.40"), effective_from=begin, effective_until=begin + timedelta(hours=1)
    )
    moments = [
        begin - timedelta(microseconds=1),
        begin,
        begin + timedelta(minutes=59),
        begin + timedelta(hours=1),
    ]
    assert [quote(house, at=at).amount for at in moments] == [amount(t) for t in ("10", "10.4", "10.4", "10")]


def test_known_at_answers_what_was_believed_then(house: House):
    before = clock.now()
    begin = before + timedelta(days=1)
    priced(house.clerk, ("BASE", "A", "10.40"), effective_from=begin)
    at = begin + timedelta(days=1)
    assert (quote(house, at=at).amount, quote(house, at=at, known_at=before).amount) == (
        amount("10.4"),
        amount("10"),
    )


def test_a_list_without_tax_gives_the_gross_price(house: House):
    a_list("NET", priority=3, tax_included=False)
    priced(house.clerk, ("NET", "A", "10.00"))
    found = quote(house)
    assert (found.amount, found.net_amount, found.tax_amount) == (amount("12"), amount("10"), amount("2"))
    assert rules(found) == [("base", "10"), ("tax", "12")]


def test_the_unit_price_is_per_kilogram(house: House):
    a_product("TEA", net_content="250", net_content_unit="g")
    priced(house.clerk, ("BASE", "TEA", "4.99"))
    found = quote(house, sku="TEA")
    assert (found.unit_price, found.unit_price_unit) == (amount("19.96"), "kg")


def test_the_query_count_is_flat(house: House, django_assert_num_queries: Any):
    for number in range(20):
        a_product(f"P{number}")
    priced(house.clerk, *[("BASE", f"P{number}", "10.00") for number in range(20)])
    for count in (5, 20):
        with django_assert_num_queries(7):
            quote_lines([QuoteLine(f"P{n}", "LON") for n in range(count)], actor=house.clerk)


def test_a_shop_in_another_zone_starts_at_the_same_instant(house: House):
    """magento2#21966: an effective time is an instant; a site in another zone needs no second row."""
    a_site("TYO", house.london.region, timezone="Asia/Tokyo")
    begin = datetime.fromisoformat("2030-03-31T09:00:00+09:00")
    priced(house.clerk, ("BASE", "A", "10.40"), effective_from=begin)
    found = [quote(house, site=site, at=begin.astimezone(UTC)).amount for site in ("TYO", "LON")]
    assert found == [amount("10.4"), amount("10.4")]


def test_a_draft_never_shows(house: House):
    a_draft(house.clerk, ("BASE", "A", "10.10"))
    assert quote(house).amount == amount("10")
