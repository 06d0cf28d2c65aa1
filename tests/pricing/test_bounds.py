"""Guardrails that hold an amount against something else: bands, suppliers, regions, competitors, digits, derived lists."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from catalog.models import ControlProfile, Product
from lib import clock
from pricing.messages import finding_message
from pricing.models import (
    Competitor,
    CompetitorPrice,
    Finding,
    Guardrail,
    PriceChange,
    PriceList,
    SupplierLimit,
)
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, a_rate, priced

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A", "2.00")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def a_rule(rule: str, **fields: Any) -> Guardrail:
    return Guardrail.objects.create(rule=rule, **fields)


def found(change: PriceChange) -> dict[str, tuple[str, dict[str, Any]]]:
    return {one.code: (one.severity, one.params) for one in Finding.objects.filter(change=change)}


def told(change: PriceChange, code: str, language: str = "en") -> str:
    with translation.override(language):
        return finding_message(code, found(change)[code][1])


@pytest.mark.parametrize(
    ("amount", "code", "limit"),
    [("9.49", "band_floor", "9.5"), ("9.50", "", ""), ("10.50", "", ""), ("10.51", "band_ceiling", "10.5")],
)
def test_a_band_in_amounts_finds_what_lies_beyond(house: House, amount: str, code: str, limit: str) -> None:
    a_rule("band", options={"floor": "9.50", "ceiling": "10.50", "currency": "GBP", "severity": "block"})
    mine = found(a_draft(house.clerk, ("BASE", "A", amount)))
    assert {one for one in mine if one.startswith("band")} == ({code} if code else set())
    if code:
        assert (mine[code][0], mine[code][1]["most"], mine[code][1]["rule"]) == ("block", limit, "band v1")


def test_a_band_around_the_base_counts_with_the_base_of_the_same_change(house: House) -> None:
    """12.20 lies 22 % above the live base of 10.00, but 10.9 % above the 11.00 that the change makes of it."""
    a_list("NORTH", kind="region", region=house.london.region)
    a_rule("band", options={"basis": "base", "floor": "-0.1", "ceiling": "0.2"})
    alone = a_draft(house.clerk, ("NORTH", "A", "12.20"))
    assert told(alone, "band_ceiling") == "12.20 GBP lies above the ceiling of the band, 12.00."
    assert "band_ceiling" not in found(a_draft(house.clerk, ("BASE", "A", "11.00"), ("NORTH", "A", "12.20")))


def test_prices_of_the_supplier_count_from_their_day_on(house: House) -> None:
    product_id = _product()
    SupplierLimit.objects.create(
        product_id=product_id,
        kind="map",
        currency="GBP",
        amount="9.90",
        valid_from=date(2020, 1, 1),
        source="letter",
    )
    SupplierLimit.objects.create(
        product_id=product_id,
        kind="msrp",
        currency="GBP",
        amount="11.00",
        valid_from=date(2020, 1, 1),
        source="letter",
    )
    a_rule("map_price")
    a_rule("msrp")
    low, high = a_draft(house.clerk, ("BASE", "A", "9.80")), a_draft(house.clerk, ("BASE", "A", "11.10"))
    assert told(low, "map_price") == "9.80 GBP with tax lies under the minimum advertised price of 9.90."
    assert (found(low)["map_price"][0], found(high)["msrp"][0]) == ("review", "note")
    SupplierLimit.objects.create(
        product_id=product_id,
        kind="map",
        currency="GBP",
        amount=None,
        valid_from=date(2020, 1, 2),
        source="ended",
    )
    assert "map_price" not in found(a_draft(house.clerk, ("BASE", "A", "9.80")))


def _product() -> int:
    return Product.objects.get(sku="A").pk


def test_regions_too_far_apart_at_the_days_rate(house: House) -> None:
    """9.00 EUR at 0.80 are 7.20 GBP; 10.00 GBP are 38.9 % more."""
    a_rate("EUR", "GBP", "0.80")
    a_list("NORTH", kind="region", region=house.london.region)
    a_list("EURO", kind="region", region=house.berlin.region, currency="EUR")
    a_rule("regional_spread", review_at=Decimal("0.30"), block_at=Decimal("0.50"))
    change = a_draft(house.clerk, ("NORTH", "A", "10.00"), ("EURO", "A", "9.00"))
    spread = Finding.objects.filter(change=change, code="regional_spread", params__currency="GBP").get()
    assert spread.severity == "review"
    assert finding_message("regional_spread", spread.params) == (
        "NORTH asks 10.00 GBP, EURO 7.20: 38.9 % apart; the limit is 30 %."
    )
    near = a_draft(house.clerk, ("NORTH", "A", "10.00"), ("EURO", "A", "10.00"))
    assert "regional_spread" not in found(near)


def test_far_from_the_lowest_competitor(house: House) -> None:
    rival = Competitor.objects.create(code="rival", name="Rival")
    CompetitorPrice.objects.create(
        competitor=rival, product_id=_product(), amount="8.00", currency="GBP", observed_at=clock.now(), sku="A",
        is_tax_included=True, source="visit",
    )  # fmt: skip
    a_rule("competitor_distance", review_at=Decimal("0.25"))
    change = a_draft(house.clerk, ("BASE", "A", "10.40"))
    assert told(change, "competitor_distance") == (
        "10.40 GBP with tax lies +30.0 % from the lowest of 1 competitors, 8.00; the limit is ±25 %."
    )
    assert "competitor_distance" not in found(a_draft(house.clerk, ("BASE", "A", "10.00")))


@pytest.mark.parametrize(
    ("amount", "fits"), [("10.99", True), ("10.95", True), ("11.90", False), ("10.98", False)]
)
def test_an_ending_of_the_list(house: House, amount: str, fits: bool) -> None:
    a_rule("ending", options={"endings": ["0.99", "0.95"]}, price_list=house.base)
    assert ("ending" not in found(a_draft(house.clerk, ("BASE", "A", amount)))) is fits


@pytest.mark.parametrize(("amount", "fits"), [("10.05", True), ("10.95", True), ("10.99", False)])
def test_a_step_above_the_minor_unit(house: House, amount: str, fits: bool) -> None:
    a_rule("minor_unit", options={"step": "0.05", "currency": "GBP"})
    mine = found(a_draft(house.clerk, ("BASE", "A", amount)))
    assert ("minor_unit" not in mine) is fits
    if not fits:
        assert mine["minor_unit"][0] == "block"


def test_a_rule_of_another_currency_says_nothing(house: House) -> None:
    a_rule("minor_unit", options={"step": "0.05", "currency": "CHF"})
    assert "minor_unit" not in found(a_draft(house.clerk, ("BASE", "A", "10.99")))


def test_the_most_specific_scope_counts(house: House) -> None:
    """A list before a state, a state before a profile, a profile before everything."""
    profile = ControlProfile.objects.create(code="strict", name="Strict")
    house.london.control_profile = profile
    house.london.save()

    def label(**fields: Any) -> str:
        a_rule("minor_unit", options={"step": "7"}, **fields)
        return str(found(a_draft(house.clerk, ("BASE", "A", "10.00")))["minor_unit"][1]["rule"])

    assert label(version=1) == "minor_unit v1"
    assert label(version=2, profile=profile) == "minor_unit v2"
    assert label(version=3, status="active") == "minor_unit v3"
    assert label(version=4, status="phasing_out") == "minor_unit v3"
    assert label(version=5, price_list=house.base) == "minor_unit v5"
    assert label(version=6, price_list=house.base, state="pending") == "minor_unit v5"


def test_a_base_that_moves_is_judged_on_what_its_derived_lists_ask(house: House) -> None:
    """10.00 at −85 % are 1.50: below the cost of 2.00 in the outlet, though the base itself earns well."""
    a_list(
        "OUTLET",
        kind="region",
        region=house.london.region,
        parent=house.base,
        float_fraction=Decimal("-0.85"),
    )
    change = a_draft(house.clerk, ("BASE", "A", "10.00"))
    assert told(change, "below_cost").startswith("OUTLET: 1.50 GBP is below cost")
    assert found(change)["below_cost"][1]["derived"] == "OUTLET"


def test_a_derived_list_with_a_price_of_its_own_is_left_alone(house: House) -> None:
    outlet = a_list("OUTLET", kind="region", region=house.london.region, parent=house.base)
    priced(house.clerk, ("OUTLET", "A", "10.00"))
    PriceList.objects.filter(pk=outlet.pk).update(float_fraction=Decimal("-0.85"))
    assert "below_cost" not in found(a_draft(house.clerk, ("BASE", "A", "10.10")))
