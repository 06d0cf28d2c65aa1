"""The law on prices by country: what a reduction is measured against, and controlled prices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import Event
from catalog.models import Product
from lib import clock
from lib.faults import Faults
from pricing.actions.laws import save_law_rule, state_basis
from pricing.actions.price_changes import submit_change
from pricing.messages import finding_message
from pricing.models import Finding, LawRule, PriceChange
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from pricing.rules.laws import Stretch, first_step, reduction_fraction, reference_of, reference_rule
from sales.models import DailyFact
from tests.pricing.builders import (
    House,
    a_draft,
    a_house,
    a_list,
    a_product,
    a_rate,
    a_site,
    amount,
    priced,
    submitted,
)  # fmt: skip
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = clock.now()
START = datetime(2030, 3, 1, tzinfo=UTC)
SOURCE = {"source": "Gazette 7", "source_on": "2026-01-01", "reason": "new law"}


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A", "2.00")
    rates_to_come("EUR")
    a_list("EUR", currency="EUR", kind="region", region=made.berlin.region)
    a_list("PROMO", currency="EUR", kind="promotion", region=made.berlin.region)
    priced(made.clerk, ("EUR", "A", "10.00"))
    return made


def rates_to_come(currency: str) -> None:
    """One a week, so that none of the changes ahead rests on an old one."""
    for number in range(0, 50, 5):
        a_rate(currency, "GBP", "1.0", (clock.now() + number * DAY).date())


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


def quote(house: House, days: float, site: str = "BER") -> Quote:
    return quote_lines([QuoteLine("A", site)], actor=house.clerk, at=later(days))[0]


def promoted(house: House, text: str, start: float, end: float | None = None, **fields: Any) -> PriceChange:
    until = None if end is None else later(end)
    return priced(
        house.clerk, ("PROMO", "A", text), effective_from=later(start), effective_until=until, **fields
    )


def found(change: PriceChange, code: str) -> Finding:
    return Finding.objects.get(change=change, code=code)


def days(*parts: tuple[int, int, str]) -> list[Stretch]:
    """(first day, last day, amount) counted from START, negative = before."""
    return [Stretch(START + begin * DAY, START + end * DAY, amount(text)) for begin, end, text in parts]


# -- the European Union ------------------------------------------------------------------------------------------


def test_the_lowest_of_the_30_days_before_and_the_percentage_from_it(house: House) -> None:
    """Directive 98/6/EC Art. 6a; CJEU C-330/23: 10.00 → 9.80 (day 1–3) → 10.00, then 9.31 is 5 %, not 6.9 %."""
    priced(house.clerk, ("EUR", "A", "9.80"), effective_from=later(1), effective_until=later(3))
    promoted(house, "9.31", 10)
    answer = quote(house, 11)
    assert (answer.reference_amount, answer.reduction_fraction) == (amount("9.8"), amount("0.05"))
    assert answer.reference and [one.amount for one in answer.reference.history] == [
        amount("10"), amount("9.8"), amount("10"),
    ]  # fmt: skip
    assert quote(house, 5).reference_amount is None


def test_an_earlier_promotion_counts_among_the_30_days(house: House) -> None:
    """9.50 from day 2 to 4 was a promotion; the next at day 10 is measured against it."""
    promoted(house, "9.50", 2, 4)
    change = promoted(house, "9.60", 10, 12)
    assert found(change, "reference_price").severity == "note"
    assert quote(house, 11).reference_amount == amount("9.5")


def test_a_finding_carries_the_figure_the_limit_and_the_history(house: House) -> None:
    change = promoted(house, "9.60", 10, 12)
    one = found(change, "announced_reduction")
    assert "4 %" in finding_message(one.code, one.params) and "98/6/EC" in finding_message(
        one.code, one.params
    )
    assert [row[2] for row in one.params["history"]] == ["10"]


def test_a_promotion_without_reduction_is_looked_at(house: House) -> None:
    change = submitted(house.clerk, ("PROMO", "A", "10.00"), reason_code="promotion", effective_from=later(3))
    assert (change.state, found(change, "reference_price").severity) == ("pending", "review")


def test_germany_keeps_the_price_before_the_first_step(house: House) -> None:
    """PAngV section 11: 9.60 on day 10, 9.20 on day 12 without a break: both measured against 10.00."""
    promoted(house, "9.60", 10, 12)
    promoted(house, "9.20", 12, 14)
    assert quote(house, 13).reference_amount == amount("10")


def test_without_progressive_reductions_the_second_step_has_the_first_as_reference(house: House) -> None:
    house.berlin.country = "AT"
    house.berlin.save()
    promoted(house, "9.60", 10, 12)
    promoted(house, "9.20", 12, 14)
    assert quote(house, 13).reference_amount == amount("9.6")


def test_goods_about_to_perish_are_exempt_in_germany_and_not_in_austria(house: House) -> None:
    promoted(house, "9.60", 10, reason_code="expiry")
    assert quote(house, 11).reference_amount is None
    type(house.berlin).objects.update(country="AT")
    assert quote(house, 11).reference_amount == amount("10")


def test_new_goods_are_measured_since_they_are_sold_or_exempt() -> None:
    short = days((-5, 0, "10.00"))
    for new_goods, expected in (("since_start", amount("10")), ("exempt", None)):
        rule = reference_rule("lowest_of_days", {"new_goods": new_goods})
        assert reference_of(rule, rule.method, START, short, short[0].begins).amount == expected


def test_a_row_of_reductions_with_a_pause_begins_anew() -> None:
    steps = [one._replace(is_reduction=True) for one in days((-9, -6, "9"), (-5, -2, "8"), (-2, 0, "7"))]
    rule = reference_rule("lowest_of_days", {"progressive": True})
    assert first_step(rule, START, steps, amount("6")) == START - 5 * DAY
    assert first_step(reference_rule("lowest_of_days", {}), START, steps, amount("6")) == START


def test_a_percentage_is_rounded_down_and_never_from_nothing() -> None:
    assert reduction_fraction(amount("2"), amount("3")) == amount("0.3333")
    assert reduction_fraction(amount("3"), amount("3")) is None
    assert reduction_fraction(amount("3"), None) is None


# -- the United Kingdom ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (((-40, 0, "10"),), "10"),
        (((-60, -30, "9"), (-30, 0, "10")), "10"),
        (((-60, -10, "9"), (-10, 0, "10")), "9"),
        (((-20, 0, "10"),), None),
        (((-50, -45, "8"), (-45, -20, "9"), (-20, 0, "9")), "9"),
    ],
)
def test_a_genuine_price_was_asked_for_28_days_without_a_break(
    history: tuple[tuple[int, int, str], ...], expected: str | None
) -> None:
    rule = reference_rule("genuine_price", {"days": 180, "min_days": 28})
    assert reference_of(rule, rule.method, START, days(*history)).amount == (expected and amount(expected))


def test_in_london_a_price_of_a_few_days_is_no_basis(house: House) -> None:
    a_list("OFFER", kind="promotion", region=house.london.region)
    priced(house.clerk, ("BASE", "A", "10.00"))
    for start, expected in ((5, None), (40, amount("10"))):
        change = priced(
            house.clerk, ("OFFER", "A", "9.60"), effective_from=later(start), effective_until=later(start + 1)
        )
        assert quote(house, start + 0.5, "LON").reference_amount == expected
        assert Finding.objects.filter(change=change, code="reference_price").exists() is (expected is None)


# -- China -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shanghai(house: House) -> House:
    region = type(house.london.region).objects.create(code="CN", name="China")
    site = a_site("SHA", region, country="CN", timezone="Asia/Shanghai", currency="CNY")
    a_list("CNY", currency="CNY", kind="region", region=region)
    a_list("SALE", currency="CNY", kind="promotion", region=region)
    rates_to_come("CNY")
    priced(house.clerk, ("CNY", "A", "10.00"))
    priced(house.clerk, ("SALE", "A", "9.60"), effective_from=later(10))
    house.london = site
    return house


def sold(house: House, price: str, days_from_now: float, site: Any = None) -> None:
    DailyFact.objects.create(
        site=site or house.london,
        product=Product.objects.get(sku="A"),
        on=later(days_from_now).date(),
        units_sold=1,
        revenue=price,
        lines=1,
        lowest_price=price,
    )


def test_china_takes_the_lowest_paid_of_seven_days_in_the_same_shop(shanghai: House) -> None:
    sold(shanghai, "9.90", 6)
    sold(shanghai, "9.70", 1)
    sold(shanghai, "5.00", 6, site=shanghai.berlin)
    answer = quote(shanghai, 11, "SHA")
    assert answer.reference_amount == amount("9.9")
    assert answer.reference and answer.reference.found_by == "lowest_paid"


def test_china_without_a_sale_in_seven_days_takes_the_last_one(shanghai: House) -> None:
    assert quote(shanghai, 11, "SHA").reference_amount is None
    sold(shanghai, "9.70", 1)
    answer = quote(shanghai, 11, "SHA")
    assert answer.reference and (answer.reference_amount, answer.reference.found_by) == (
        amount("9.7"),
        "last_paid",
    )


def test_china_takes_a_stated_basis_first(shanghai: House) -> None:
    sold(shanghai, "9.70", 6)
    state_basis(
        actor=shanghai.manager, price_list="SALE", sku="A", amount="12.00", basis="RRP", evidence="leaflet 4"
    )
    answer = quote(shanghai, 11, "SHA")
    assert answer.reference and (answer.reference_amount, answer.reference.found_by) == (
        amount("12"), "stated_basis",
    )  # fmt: skip


# -- rules that a person writes ----------------------------------------------------------------------------------


def rule_row(**fields: Any) -> dict[str, Any]:
    return {"country": "DE", "kind": "price_ceiling", "amount": "9.50", "currency": "EUR", **SOURCE, **fields}


def test_a_new_version_counts_from_then_on_and_the_trail_tells(house: House) -> None:
    rule = save_law_rule(
        actor=house.manager,
        row={"country": "DE", "kind": "reference_price", "method": "none", "base_version": 1, **SOURCE},
    )
    assert (rule.version, LawRule.objects.filter(country="DE", kind="reference_price").count()) == (2, 2)
    assert Event.objects.get(kind="law_rule.changed").before["version"] == 1
    promoted(house, "9.60", 10)
    assert quote(house, 11).reference_amount is None


@pytest.mark.parametrize("kind", ["price_ceiling", "price_floor"])
def test_a_controlled_price_blocks(house: House, kind: str) -> None:
    limit = "9.50" if kind == "price_ceiling" else "12.00"
    save_law_rule(actor=house.manager, row=rule_row(kind=kind, amount=limit))
    draft = a_draft(house.clerk, ("EUR", "A", "10.20"))
    with pytest.raises(Faults) as refused:
        submit_change(actor=house.clerk, change_id=draft.pk)
    assert [fault.code for fault in refused.value.faults] == [kind]
    assert "10.20 EUR" in refused.value.faults[0].detail and limit in refused.value.faults[0].detail


def test_the_limit_itself_and_other_countries_pass(house: House) -> None:
    save_law_rule(actor=house.manager, row=rule_row(amount="10.20"))
    save_law_rule(actor=house.manager, row=rule_row(amount="1.00", country="FR"))
    assert submitted(house.clerk, ("EUR", "A", "10.20")).state == "approved"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"source": " "}, "required"),
        ({"country": "XX"}, "unknown_country"),
        ({"amount": "NaN"}, "not_a_number"),
        ({"amount": "-1"}, "negative"),
        ({"kind": "x"}, "unknown_kind"),
        ({"currency": "XXZ"}, "unknown_currency"),
        ({"source_on": "yesterday"}, "not_a_date"),
        ({"category": "Nowhere"}, "unknown_category"),
        ({"kind": "reference_price", "amount": None}, "unknown_method"),
        (
            {"kind": "reference_price", "amount": None, "method": "none", "options": {"days": 0}},
            "invalid_option",
        ),
        ({"reason": ""}, "required"),
    ],
)
def test_a_rule_is_refused(house: House, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        save_law_rule(actor=house.manager, row=rule_row(**fields))
    assert code in [fault.code for fault in refused.value.faults]


def test_two_who_look_at_the_same_version_do_not_both_win(house: House) -> None:
    save_law_rule(actor=house.manager, row=rule_row())
    with pytest.raises(Faults) as refused:
        save_law_rule(actor=house.manager, row=rule_row(amount="9.00"))
    assert (refused.value.status, refused.value.faults[0].code) == (409, "changed_meanwhile")


def test_a_clerk_writes_no_law_and_nobody_edits_one(house: House) -> None:
    with pytest.raises(Faults) as refused:
        save_law_rule(actor=house.clerk, row=rule_row())
    assert refused.value.status == 403
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE pricing_lawrule SET source = 'x'")


# -- page and REST -----------------------------------------------------------------------------------------------


def test_the_page_shows_the_rules_and_puts_a_new_version_in_force(house: House) -> None:
    clerk, manager = client_of(house.clerk.id), client_of(house.manager.id)
    assert b"PAngV" in clerk.get("/prices/laws/").content
    assert clerk.post("/prices/laws/save/", {}).status_code == 403
    form = {**rule_row(), "base_version": "0", "is_active": "1"}
    assert manager.post("/prices/laws/save/", form).status_code == 302
    assert LawRule.objects.get(kind="price_ceiling").amount == amount("9.5")


def test_the_page_tells_what_is_wrong_and_keeps_nothing(house: House) -> None:
    answer = client_of(house.manager.id).post("/prices/laws/save/", {**rule_row(amount="1e400")}, follow=True)
    assert "1e400" in answer.content.decode()
    assert not LawRule.objects.filter(kind="price_ceiling").exists()


def test_the_law_over_rest(house: House) -> None:
    manager = client_of(house.manager.id)
    answer = manager.post("/api/v1/law-rules/", rule_row(), content_type="application/json")
    assert (answer.status_code, answer.json()["version"]) == (201, 1)
    assert manager.post("/api/v1/law-rules/", [], content_type="application/json").status_code == 422
    found = manager.get("/api/v1/law-rules/?country=DE").json()["results"]
    assert [row["kind"] for row in found] == ["reference_price", "resale_price", "price_ceiling"]


def test_a_stated_basis_over_rest_and_by_form(house: House) -> None:
    manager = client_of(house.manager.id)
    row = {"price_list": "PROMO", "sku": "A", "amount": "12.00", "basis": "RRP", "evidence": "leaflet"}
    assert manager.post("/api/v1/stated-bases/", row, content_type="application/json").status_code == 201
    refused = manager.post("/api/v1/stated-bases/", {**row, "evidence": ""}, content_type="application/json")
    assert [fault["code"] for fault in refused.json()["errors"]] == ["required"]
    manager.post("/prices/laws/basis/", {**row, "amount": "13.00"})
    rows = manager.get("/api/v1/stated-bases/?sku=A").json()["results"]
    assert [one["amount"] for one in rows] == ["12.00", "13.00"]


def test_a_quote_over_rest_carries_the_reference_and_its_evidence(house: House) -> None:
    promoted(house, "9.60", 10)
    asked = {"at": later(11).isoformat(), "lines": [{"sku": "A", "site": "BER"}]}
    row = (
        client_of(house.clerk.id)
        .post("/api/v1/prices/quote/", asked, content_type="application/json")
        .json()[0]
    )
    assert (row["reference_amount"], row["reduction_fraction"]) == ("10.00", "0.0400")
    assert row["reference"]["history"][0]["amount"] == "10.00" and "PAngV" in row["reference"]["source"]


def test_the_change_page_shows_the_prices_before(house: House) -> None:
    change = promoted(house, "9.60", 10)
    page = client_of(house.manager.id).get(f"/prices/changes/{change.pk}/").content.decode()
    assert "Prices before it" in page and "C-330/23" in page
