"""How a list derives changes by a proposal: nothing moves at once, another person approves it, from a moment on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from approvals.actions import decide
from approvals.queries import request_of
from audit.models import Event
from catalog.models import CustomerGroup, UnitCost
from lib import clock
from lib.actors import Actor, system
from lib.faults import Faults
from pricing.actions.linked_rates import keep_rates
from pricing.actions.list_rules import (
    preview_rule,
    propose_rule,
    settle_list_rules,
    show_effective,
    withdraw_rule,
)
from pricing.actions.price_lists import upsert_price_lists
from pricing.models import ListRule, PriceList
from pricing.queries.list_effects import effect_row
from pricing.queries.quotes import QuoteLine, quote_lines
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced

DAY = timedelta(days=1)
LOOP = system("pricing.apply_due")
TEN = {"parent": "BASE", "float_fraction": "0.10", "reason": "dearer rents"}


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    for sku, amount in (("A", "10.00"), ("B", "20.00"), ("C", "5.00")):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, amount))
    a_list("GB", kind="region", region=made.london.region, parent=made.base, float_fraction="0.02")
    return made


def asked(house: House, sku: str = "A", **when: Any) -> Decimal | None:
    (found,) = quote_lines([QuoteLine(sku, "LON")], actor=house.manager, **when)
    return found.amount


def proposed(house: House, **fields: Any) -> ListRule:
    return propose_rule(actor=house.manager, code="GB", row={**TEN, **fields})


def decided(house: House, rule: ListRule, approve: bool = True, by: Actor | None = None) -> int:
    request = request_of("price_list", f"price_list:{rule.pk}")
    assert request is not None
    decide(actor=by or house.other_manager, request_id=request.pk, approve=approve, comment="looked at it")
    return settle_list_rules(actor=LOOP)


def test_a_proposal_moves_nothing_until_another_approves_it(house: House) -> None:
    rule = proposed(house)
    assert (rule.state, rule.version, settle_list_rules(actor=LOOP), asked(house)) == (
        "pending",
        2,
        0,
        Decimal("10.20"),
    )
    assert decided(house, rule) == 2  # approved, and shown by the list itself
    assert asked(house) == Decimal("11.00")
    assert PriceList.objects.get(code="GB").float_fraction == Decimal("0.10")
    kinds = Event.objects.filter(subject="price_list:GB").order_by("id").values_list("kind", "actor_id")
    assert list(kinds) == [
        ("list_rule.proposed", house.manager.id), ("list_rule.approved", house.other_manager.id),
        ("list_rule.effective", None),
    ]  # fmt: skip


def test_it_takes_effect_from_its_moment_and_was_not_known_before(house: House) -> None:
    begins = clock.now() + 3 * DAY
    rule = proposed(house, effective_from=begins.isoformat())
    before = clock.now()
    decided(house, rule)
    assert (asked(house), asked(house, at=begins - DAY)) == (Decimal("10.20"), Decimal("10.20"))
    assert asked(house, at=begins) == Decimal("11.00")
    assert asked(house, at=begins, known_at=before) == Decimal("10.20")
    with clock.frozen(begins):
        assert show_effective(actor=LOOP) == 1
    assert PriceList.objects.get(code="GB").float_fraction == Decimal("0.10")


def test_the_proposer_does_not_approve(house: House) -> None:
    with pytest.raises(Faults) as refused:
        decided(house, proposed(house), by=house.manager)
    assert refused.value.faults[0].code == "own_request"


def test_rejected_and_withdrawn_versions_change_nothing(house: House) -> None:
    decided(house, proposed(house), approve=False)
    assert asked(house) == Decimal("10.20")
    proposed(house)
    withdraw_rule(actor=house.manager, code="GB")
    assert list(ListRule.objects.order_by("version").values_list("state", flat=True)) == [
        "in_force", "rejected", "rejected",
    ]  # fmt: skip
    assert (settle_list_rules(actor=LOOP), asked(house)) == (0, Decimal("10.20"))


def test_effect_counts_what_moves_largest_first(house: House) -> None:
    """Own prices stay; lists below move along; the endings make one move larger than another."""
    priced(house.clerk, ("GB", "B", "20.40"))
    child = a_list("LONDON", kind="site", site=house.london, parent=PriceList.objects.get(code="GB"))
    _rule, effect = preview_rule(actor=house.manager, code="GB", row={**TEN, "ends_in": "0.99"})
    row = effect_row(effect)
    assert (row["moved"], row["rising"], row["lists"]) == (4, 4, {"GB": 2, "LONDON": 2})
    assert [(one["sku"], one["old"], one["new"]) for one in row["largest"]][:3:2] == [
        ("C", "5.10", "5.99"), ("A", "10.20", "10.99"),
    ]  # fmt: skip
    assert child.pk and not ListRule.objects.exists()


def test_a_list_that_no_longer_derives_loses_its_prices_in_the_preview(house: House) -> None:
    _rule, effect = preview_rule(actor=house.manager, code="GB", row={"reason": "x"})
    assert (effect_row(effect)["ending"], effect_row(effect)["largest"][0]["new"]) == (3, None)


def test_guardrails_block_and_name_the_product(house: House) -> None:
    with pytest.raises(Faults) as refused:
        proposed(house, float_fraction="-0.90")
    told = [(one.code, one.detail) for one in refused.value.faults]
    assert told[0][0] == "blocked"
    assert ("below_cost", "A, GB") in told
    assert not ListRule.objects.filter(state="pending").exists()


def test_a_price_that_comes_nearer_to_its_cost_is_reviewed_not_blocked(house: House) -> None:
    """The cost rose meanwhile: 10.20 is below it already, 11.00 less so; 9.90 would be worse and blocks."""
    product = house.base.prices.get(product__sku="A").product
    UnitCost.objects.create(product=product, amount="9.90", currency="GBP", valid_from=clock.now() - DAY)
    _rule, effect = preview_rule(actor=house.manager, code="GB", row=TEN)
    found = [(one.code, one.severity) for _price, one in effect.found]
    assert ("below_cost", "review") in found
    assert effect.count("block") == 0
    with pytest.raises(Faults):
        proposed(house, float_fraction="-0.01")


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"reason": " "}, ("/reason", "required")),
        ({"parent": "NONE"}, ("/parent", "unknown_price_list")),
        ({"parent": None}, ("/parent", "required")),
        ({"parent": "GB"}, ("/parent", "cycle")),
        ({"float_fraction": "NaN"}, ("/float_fraction", "not_a_number")),
        ({"float_fraction": "1e400"}, ("/float_fraction", "too_large")),
        ({"float_fraction": "-1"}, ("/float_fraction", "not_a_float")),
        ({"ends_in": "0.12345"}, ("/ends_in", "too_precise")),
        ({"floor_fraction": "0.2", "ceiling_fraction": "0.1"}, ("/floor_fraction", "floor_above_ceiling")),
        ({"effective_from": "2020-01-01T00:00:00+00:00"}, ("/effective_from", "in_the_past")),
        ({"effective_from": "2030-01-01T00:00:00"}, ("/effective_from", "no_offset")),
        ({"float_fraction": "0.02"}, ("", "unchanged")),
        ({"base_version": 7}, ("", "changed_meanwhile")),
        ({"colour": "red"}, ("/colour", "unknown_field")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(house: House, fields: dict[str, Any], fault: tuple[str, str]) -> None:
    with pytest.raises(Faults) as refused:
        proposed(house, **fields)
    assert fault in [(one.pointer, one.code) for one in refused.value.faults]


def test_a_circle_through_a_version_to_come_is_refused(house: House) -> None:
    a_list("OTHER", kind="region", region=house.berlin.region)
    decided(house, proposed(house, parent="OTHER", effective_from=(clock.now() + DAY).isoformat()))
    with pytest.raises(Faults) as refused:
        propose_rule(actor=house.manager, code="OTHER", row={"parent": "GB", "reason": "x"})
    assert refused.value.faults[0].code == "cycle"


def test_one_version_waits_at_a_time_and_none_goes_before_one_to_come(house: House) -> None:
    rule = proposed(house, effective_from=(clock.now() + 3 * DAY).isoformat())
    with pytest.raises(Faults) as refused:
        proposed(house, float_fraction="0.05")
    assert (refused.value.status, refused.value.faults[0].code) == (409, "already_pending")
    decided(house, rule)
    with pytest.raises(Faults) as refused:
        proposed(house, float_fraction="0.05")
    assert refused.value.faults[0].code == "before_later_version"


def test_who_does_not_keep_price_lists_may_not(house: House) -> None:
    for act in (
        lambda: propose_rule(actor=house.clerk, code="GB", row=TEN),
        lambda: preview_rule(actor=house.clerk, code="GB", row=TEN),
        lambda: withdraw_rule(actor=house.clerk, code="GB"),
    ):
        with pytest.raises(Faults) as refused:
            act()  # type: ignore[operator]
        assert refused.value.faults[0].code == "not_allowed"


def a_row(**fields: Any) -> dict[str, Any]:
    return {
        "code": "GB",
        "name": "Gb",
        "currency": "GBP",
        "kind": "region",
        "region": "GB",
        "parent": "BASE",
        **fields,
    }


def test_posting_lists_proposes_what_would_move_prices(house: House) -> None:
    """The name changes at once, the float waits; the same again is nothing new."""
    rows = [a_row(name="Great Britain", float_fraction="0.10")]
    assert upsert_price_lists(actor=house.manager, rows=rows).as_json() == {
        "created": 0,
        "updated": 1,
        "unchanged": 0,
    }
    one = PriceList.objects.get(code="GB")
    assert (one.name, one.float_fraction, asked(house)) == (
        "Great Britain",
        Decimal("0.02"),
        Decimal("10.20"),
    )
    rule = ListRule.objects.get(state="pending")
    assert upsert_price_lists(actor=house.manager, rows=rows).unchanged == 1
    decided(house, rule)
    assert (upsert_price_lists(actor=house.manager, rows=rows).unchanged, asked(house)) == (
        1,
        Decimal("11.00"),
    )


def test_a_list_that_makes_no_price_yet_changes_at_once(house: House) -> None:
    a_list("EMPTY")
    a_list("NEW", parent=PriceList.objects.get(code="EMPTY"))
    row = {
        "code": "NEW",
        "name": "New",
        "currency": "GBP",
        "kind": "base",
        "parent": "EMPTY",
        "float_fraction": "0.3",
    }
    assert upsert_price_lists(actor=house.manager, rows=[row]).updated == 1
    assert PriceList.objects.get(code="NEW").float_fraction == Decimal("0.3")
    assert not ListRule.objects.exists()


ROW = {
    "code": "GB",
    "name": "GB",
    "currency": "GBP",
    "kind": "region",
    "region": "GB",
    "parent": "BASE",
    "float_fraction": "0.02",
}


@pytest.mark.parametrize(
    ("field", "value"),
    [("priority", 7), ("tax_included", False), ("region", "EU"), ("exclusive", True), ("customer_group", "VIP")],
)  # fmt: skip
def test_what_decides_where_a_list_counts_stays_once_it_makes_prices(
    house: House, field: str, value: Any
) -> None:
    """GB has no price of its own: what it derives is charged all the same."""
    CustomerGroup.objects.create(code="VIP", name="VIP")
    row = {**ROW, "name": "Britain", field: value}
    with pytest.raises(Faults) as refused:
        upsert_price_lists(actor=house.manager, rows=[row])
    assert [(one.pointer, one.code) for one in refused.value.faults] == [(f"/0/{field}", "makes_prices")]
    assert (PriceList.objects.get(code="GB").name, asked(house)) == ("Gb", Decimal("10.20"))


def test_a_list_that_makes_no_price_yet_may_move_and_a_field_left_out_is_no_way_round(house: House) -> None:
    a_list("NEXT", kind="region", region=house.london.region, priority=5)
    row = {"code": "NEXT", "name": "Next", "currency": "GBP", "kind": "region", "region": "GB", "priority": 9}
    assert upsert_price_lists(actor=house.manager, rows=[row]).updated == 1
    priced(house.clerk, ("NEXT", "A", "9.90"), effective_from=clock.now() + DAY)
    assert upsert_price_lists(actor=house.manager, rows=[{**row, "name": "Soon"}]).updated == 1
    del row["priority"]
    with pytest.raises(Faults) as refused:
        upsert_price_lists(actor=house.manager, rows=[row])
    assert [one.pointer for one in refused.value.faults] == ["/0/priority"]


def test_a_kept_rate_of_another_currency_is_never_used(house: House) -> None:
    """A linked list moves from a pound list to a dollar list: its kept pound rate must not convert dollars."""
    a_rate("GBP", "EUR", "1.20")
    a_rate("USD", "EUR", "0.90")
    a_list("USA", currency="USD", priority=-5)
    priced(house.clerk, ("USA", "A", "10.00"))
    a_list("EU", currency="EUR", kind="site", site=house.berlin, parent=house.base, rate_dead_band="0.02")
    assert keep_rates(actor=LOOP) == 1
    row = {"parent": "USA", "rate_dead_band": "0.02", "reason": "bought in dollars"}
    rule = propose_rule(actor=house.manager, code="EU", row=row)
    decided(house, rule)
    (found,) = quote_lines([QuoteLine("A", "BER")], actor=house.manager)
    assert found.amount == Decimal("9.00")
    assert keep_rates(actor=LOOP) == 1
