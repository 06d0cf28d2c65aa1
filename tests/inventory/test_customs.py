"""Customs: declared, arrived, held, cleared, sent back, destroyed; import limits; late ones; the close of a month."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.models import Alert
from audit.models import Event
from catalog.models import Category, Product
from inventory.actions.customs import (
    cancel_consignment,
    create_consignment,
    declare_consignment,
    edit_consignment,
)
from inventory.actions.customs_alerts import alert_late_consignments
from inventory.actions.customs_moving import (
    arrive_consignment,
    clear_consignment,
    close_consignment,
    destroy_goods,
    hold_goods,
    release_goods,
    send_back,
    settle_undone,
)
from inventory.actions.import_limits import LimitDraft, add_import_limit, end_import_limit
from inventory.actions.movements import reverse_movement
from inventory.actions.periods import close_period
from inventory.models import Balance, CustomsConsignment, CustomsLine, CustomsMovement
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, held, make_rate, make_site
from tests.inventory.customs_builders import (
    arrived,
    at_customs,
    declared,
    declared_line,
    expected,
    figures,
    line_of,
    make_port,
    part,
    today,
)
from tests.together import together


@pytest.fixture
def port(db: None) -> None:
    make_port()


def refused(work: Callable[..., object], **asked: Any) -> list[tuple[str, str]]:
    with pytest.raises(Faults) as caught:
        work(actor=TESTER, **asked)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def limit(**fields: Any) -> LimitDraft:
    given = {"country": "GB", "kind": "quantity", "source": "UK Order 12", "valid_from": today(), **fields}
    return LimitDraft(**given)


def test_from_the_supplier_through_customs_into_the_site(port: None) -> None:
    found = declared("10")
    assert (found.state, found.declared_on, line_of(found).hs_code) == ("declared", today(), "950300")
    found = arrive_consignment(actor=TESTER, consignment_id=found.pk)
    assert (at_customs(), found.arrived_at is not None) == ((10, 50), True)
    found = hold_goods(actor=TESTER, consignment_id=found.pk, parts=[part("4")], reason="samples drawn")
    assert (found.state, figures(found)) == ("held", (10, 10, 0, 4, 0, 0))
    found = clear_consignment(actor=TESTER, consignment_id=found.pk)
    assert (found.state, figures(found)) == ("held", (10, 10, 6, 4, 0, 0))
    assert (held().on_hand, held().value, at_customs()) == (6, 30, (4, 20))
    found = release_goods(actor=TESTER, consignment_id=found.pk, parts=[part("1")])
    found = clear_consignment(actor=TESTER, consignment_id=found.pk, to_state="quarantine")
    assert (found.state, figures(found)) == ("held", (10, 10, 7, 3, 0, 0))
    assert Balance.objects.get(state="quarantine", lot="").on_hand == 1
    found = send_back(actor=TESTER, consignment_id=found.pk, parts=[part("2")], reason="label is missing")
    found = destroy_goods(actor=TESTER, consignment_id=found.pk, parts=[part("1")], reason="mould")
    assert (found.state, figures(found)) == ("cleared", (10, 10, 7, 0, 2, 1))
    assert (at_customs(), line_of(found).hold_reason) == ((0, 0), "")
    assert close_consignment(actor=TESTER, consignment_id=found.pk).state == "closed"
    kinds = list(
        Event.objects.filter(subject=f"customs:{found.pk}").order_by("pk").values_list("kind", flat=True)
    )
    assert kinds == [
        f"customs.{step}"
        for step in (
            "requested", "declared", "arrived", "held", "cleared", "released", "cleared", "refused", "destroyed",
            "closed",
        )
    ]  # fmt: skip


def test_what_does_not_fit_is_refused_and_nothing_moves(port: None) -> None:
    found = declared("10")
    ask = {"consignment_id": found.pk}
    at = "/lines/0"
    assert refused(clear_consignment, **ask) == [("", "nothing_left")]
    assert refused(arrive_consignment, **ask, parts=[part("11")]) == [(f"{at}/quantity", "over_declared")]
    arrive_consignment(actor=TESTER, **ask, parts=[part("6")])
    assert refused(clear_consignment, **ask, parts=[part("7")]) == [(f"{at}/quantity", "not_free")]
    assert refused(clear_consignment, **ask, to_state="blocked") == [("/to_state", "invalid_state")]
    assert refused(clear_consignment, **ask, parts=[part("NaN")]) == [(f"{at}/quantity", "invalid_quantity")]
    assert refused(clear_consignment, **ask, parts=[part("1", "B1")]) == [(f"{at}/sku", "not_declared")]
    assert refused(hold_goods, **ask, parts=[part("1")], reason=" ") == [("/reason", "reason_required")]
    hold_goods(actor=TESTER, **ask, parts=[part("5")], reason="papers")
    assert refused(clear_consignment, **ask, parts=[part("2")]) == [(f"{at}/quantity", "not_free")]
    assert refused(release_goods, **ask, parts=[part("6")]) == [(f"{at}/quantity", "not_held")]
    assert refused(destroy_goods, **ask, parts=[part("7")], reason="x") == [(f"{at}/quantity", "not_there")]
    assert refused(cancel_consignment, **ask, reason="x") == [("", "wrong_state")]
    assert refused(close_consignment, **ask) == [("", "wrong_state")]
    assert (figures(found), at_customs()) == ((10, 6, 0, 5, 0, 0), (6, 30))


def test_every_fault_of_a_declaration_is_told_at_once(port: None) -> None:
    lines = (
        declared_line("0", hs_code="95.03"),
        declared_line("1", "B1", value="1.234"),
        declared_line("1", "NO", hs_code="950300", origin_country="CN"),
    )
    wrong = expected(
        site="NIX",
        from_country="China",
        carrier=" ",
        regime="x",
        lines=lines,
        clears_on=today() - timedelta(9),
    )
    codes = {code for _pointer, code in refused(create_consignment, draft=wrong)}
    assert codes == {
        "unknown_site", "invalid_country", "carrier_required", "invalid_regime", "invalid_dates", "unknown_sku",
        "invalid_quantity", "invalid_amount", "invalid_hs_code",
    }  # fmt: skip
    made = create_consignment(actor=TESTER, draft=expected())
    edited = edit_consignment(actor=TESTER, consignment_id=made.pk, draft=expected("3", carrier="Other"))
    assert (edited.carrier, line_of(edited).declared) == ("Other", 3)
    declare_consignment(actor=TESTER, consignment_id=made.pk)
    assert refused(edit_consignment, consignment_id=made.pk, draft=expected()) == [("", "wrong_state")]


def test_goods_in_another_currency_come_in_at_the_rate_of_the_day(port: None) -> None:
    make_rate("GBP", "EUR", "1.25")
    with clock.frozen(AT):
        found = arrived("10", currency="EUR", lines=(declared_line("10", value="50"),))
    assert (found.currency, at_customs()) == ("EUR", (10, 40))


def test_a_limit_of_a_month_counts_what_was_declared_before(port: None) -> None:
    made = add_import_limit(actor=TESTER, draft=limit(hs_prefix="9503", amount=Decimal(25), period="month"))
    declared("10")
    given_up = declared("10")
    cancel_consignment(actor=TESTER, consignment_id=given_up.pk, reason="ordered twice")
    declared("15")
    third = create_consignment(actor=TESTER, draft=expected("1"))
    with pytest.raises(Faults) as caught:
        declare_consignment(actor=TESTER, consignment_id=third.pk)
    fault = caught.value.faults[0]
    assert (fault.code, fault.pointer) == ("import_limit", "/lines/0")
    assert "26 of 9503 into GB" in fault.detail and "the limit is 25 (UK Order 12)" in fault.detail
    assert CustomsConsignment.objects.get(pk=third.pk).state == "draft"
    assert refused(end_import_limit, limit_id=made.pk, last_day=today() - timedelta(1)) == [
        ("/valid_to", "invalid_dates")
    ]
    later = limit(hs_prefix="95", kind="forbidden", valid_from=today() + timedelta(1))
    add_import_limit(actor=TESTER, draft=later)
    end_import_limit(actor=TESTER, limit_id=made.pk, last_day=today())
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert refused(declare_consignment, consignment_id=third.pk) == [("/lines/0", "import_limit")]


def test_limits_of_value_and_of_a_category(port: None) -> None:
    toys = Category.objects.create(path="Toys", name="Toys")
    wood = Category.objects.create(path="Toys / Wood", name="Wood", parent=toys)
    Product.objects.filter(sku="A1").update(category=wood)
    draft = limit(category="Toys", kind="value", amount=Decimal("60"), currency="GBP", period="year")
    add_import_limit(actor=TESTER, draft=draft)
    declared("10")
    again = create_consignment(actor=TESTER, draft=expected("3", lines=(declared_line("3", value="10.01"),)))
    assert refused(declare_consignment, consignment_id=again.pk) == [("/lines/0", "import_limit")]
    other = (declared_line("9", "B1", "900", hs_code="6109.10", origin_country="TR"),)
    assert declared(lines=other).state == "declared"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"hs_prefix": "95", "category": "Toys", "amount": Decimal(1)}, "one_scope"),
        ({"amount": Decimal(1)}, "one_scope"),
        ({"hs_prefix": "9x", "amount": Decimal(1)}, "invalid_hs_code"),
        ({"hs_prefix": "95"}, "invalid_amount"),
        ({"hs_prefix": "95", "amount": Decimal("NaN")}, "invalid_amount"),
        ({"hs_prefix": "95", "amount": Decimal(1), "kind": "value"}, "invalid_currency"),
        ({"hs_prefix": "95", "amount": Decimal(1), "source": ""}, "source_required"),
        ({"hs_prefix": "95", "amount": Decimal(1), "country": "gb"}, "invalid_country"),
        ({"category": "None such", "amount": Decimal(1)}, "unknown_category"),
    ],
)
def test_a_limit_that_says_nothing_clear_is_refused(port: None, fields: dict[str, Any], code: str) -> None:
    assert code in {found for _pointer, found in refused(add_import_limit, draft=limit(**fields))}


def test_late_and_long_held_goods_raise_one_alert_each(port: None) -> None:
    found = arrived(arrives_on=today() - timedelta(days=9), clears_on=today() - timedelta(days=2))
    hold_goods(actor=TESTER, consignment_id=found.pk, parts=[part("4")], reason="papers")
    CustomsLine.objects.filter(consignment=found).update(held_since=clock.now() - timedelta(days=6))
    on_time = declared("5")
    assert alert_late_consignments(actor=TESTER) == alert_late_consignments(actor=TESTER) == 2
    assert set(Alert.objects.filter(resolved_at=None).values_list("key", flat=True)) == {
        f"customs_late:{found.pk}",
        f"customs_held:{found.pk}",
    }
    release_goods(actor=TESTER, consignment_id=found.pk)
    clear_consignment(actor=TESTER, consignment_id=found.pk)
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert alert_late_consignments(actor=TESTER) == 1
    assert Alert.objects.get(resolved_at=None).key == f"customs_late:{on_time.pk}"


def test_a_movement_taken_back_counts_as_not_done(port: None) -> None:
    found = arrived()
    found = clear_consignment(actor=TESTER, consignment_id=found.pk)
    step = CustomsMovement.objects.get(consignment=found, step="clear")
    reverse_movement(actor=TESTER, movement_id=step.movement_id, reason="not ours")
    assert (settle_undone(actor=TESTER), settle_undone(actor=TESTER)) == (1, 0)
    found.refresh_from_db()
    assert (found.state, figures(found), at_customs()) == ("declared", (10, 10, 0, 0, 0, 0), (10, 50))


def test_a_month_is_not_closed_over_open_consignments(port: None) -> None:
    month = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
    last = today().replace(day=1) - timedelta(days=1)
    late = declared("10", arrives_on=month, clears_on=month)
    bonded = declared("2", regime="bonded", arrives_on=month, clears_on=today())
    declared("1")
    codes = refused(close_period, site_code="LON", month=month)
    assert codes == [("/month", "open_documents")] * 2
    arrive_consignment(actor=TESTER, consignment_id=bonded.pk)
    CustomsConsignment.objects.filter(pk=bonded.pk).update(arrived_at=clock.now() - timedelta(days=35))
    cancel_consignment(actor=TESTER, consignment_id=late.pk, reason="lost")
    assert close_period(actor=TESTER, site_code="LON", month=month).state == "closed"
    assert last < bonded.clears_on


def test_two_who_clear_the_same_goods_clear_them_once(cloned_db: str) -> None:
    make_port()
    number = arrived("10").pk
    clear = lambda: clear_consignment(actor=TESTER, consignment_id=number, parts=[part("10")])  # noqa: E731
    assert together(clear, clear) == ["done", "wrong_state"]
    assert (held().on_hand, at_customs()) == (10, (0, 0))
    other = arrived("10").pk
    some = lambda: clear_consignment(actor=TESTER, consignment_id=other, parts=[part("6")])  # noqa: E731
    assert together(some, some) == ["done", "not_free"]
    assert (held().on_hand, at_customs()) == (16, (4, 20))


def test_two_declarations_do_not_share_what_one_has_room_for(cloned_db: str) -> None:
    make_port()
    make_site("MAN")
    add_import_limit(actor=TESTER, draft=limit(hs_prefix="95", amount=Decimal(15), period="year"))
    drafts = [expected("10"), expected("10", site="MAN")]
    numbers = [create_consignment(actor=TESTER, draft=draft).pk for draft in drafts]
    works = [
        lambda number=number: declare_consignment(actor=TESTER, consignment_id=number) for number in numbers
    ]
    assert together(*works) == ["done", "import_limit"]
