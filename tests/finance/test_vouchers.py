"""Vouchers: every fact once, booked by the map, in balance with ledger and balances; who may make them."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError

from alerts.models import Alert
from audit.models import Event
from catalog.models import Category, LegalEntity, Product, TaxRate
from finance.actions.accounts import RuleDraft, save_map
from finance.actions.verifying import verify_vouchers
from finance.actions.vouchers import make_vouchers, preview_vouchers
from finance.checks import late_disputes, unvouchered_facts
from finance.models import Voucher, VoucherLine
from finance.queries.accounts import current_map, rule_body, rules_of
from finance.queries.vouchers import breaches, held_move
from inventory.actions.movements import reverse_movement
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from tests.inventory.builders import TESTER, line, make_product, make_rate, make_site, post, receive

DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)


def make(start: date = DAY, until: date = NEXT, **asked: Any) -> list[Voucher]:
    return make_vouchers(actor=TESTER, start=start, until=until, **asked)


def booked(voucher: Voucher) -> dict[str, Decimal]:
    """account → debits less credits."""
    found: dict[str, Decimal] = {}
    for one in VoucherLine.objects.filter(voucher=voucher):
        found[one.account] = found.get(one.account, Decimal(0)) + one.debit - one.credit
    return {account: total for account, total in found.items() if total}


def a_day(**fields: Any) -> None:
    make_site()
    make_product()
    TaxRate.objects.create(
        country="GB", tax_class="standard", rate_fraction=Decimal("0.2"), valid_from=date(2020, 1, 1)
    )
    receive(quantity="10", cost="2")
    post("sale", line("A1", "LON", "customer", "3", unit_price="12"), reference="S-1", **fields)


def test_a_day_is_booked_in_double_entry(db: None) -> None:
    a_day()
    (voucher,) = make()
    assert booked(voucher) == {
        "1300": Decimal(14), "2110": Decimal(-20), "5000": Decimal(6), "1200": Decimal(36), "4000": Decimal(-30),
        "2200": Decimal(-6),
    }  # fmt: skip
    assert (str(voucher), voucher.opening, voucher.closing) == ("V-uk-2026-00001", 0, 14)
    assert voucher.debits == voucher.credits and held_move(voucher) == 14 and breaches() == []


def test_the_trail_proves_the_lines(db: None) -> None:
    a_day()
    (voucher,) = make()
    event = Event.objects.get(kind="voucher.made", subject=f"voucher:{voucher.pk}")
    assert (
        event.digests[0]["table"] == "finance_voucherline"
        and event.digests[0]["count"] == voucher.lines.count()
    )


def test_what_becomes_known_later_goes_to_a_supplement(db: None) -> None:
    a_day()
    (first,) = make()
    post("sale", line("A1", "LON", "customer", "2", unit_price="12"), reference="S-2")
    (second,) = make()
    assert (second.base_id, second.supplement, second.number) == (first.pk, 1, 2)
    assert second.known_from == first.known_until and booked(second)["5000"] == 4
    assert (second.closing, held_move(second)) == (10, 10) and breaches() == []


def test_nothing_new_makes_no_voucher_and_takes_no_number(db: None) -> None:
    a_day()
    make()
    with pytest.raises(Faults, match="in a voucher already"):
        make()
    receive("A1", quantity="1", cost="2", at=datetime(2026, 11, 21, 9, tzinfo=UTC), reference="R-2")
    (next_day,) = make(NEXT, date(2026, 11, 22))
    assert next_day.number == 2 and next_day.opening == 14


def test_days_never_overlap(db: None) -> None:
    a_day()
    make()
    receive("A1", quantity="1", cost="2", at=datetime(2026, 11, 19, 9, tzinfo=UTC), reference="R-0")
    with pytest.raises(Faults) as refused:
        make(date(2026, 11, 1), date(2026, 11, 22))
    assert refused.value.faults[0].code == "days_overlap" and Voucher.objects.count() == 1


def test_a_group_without_an_account_is_named_and_nothing_is_made(db: None) -> None:
    a_day()
    kept = [one for one in rules_of(current_map()) if one.kind != "sale"]
    save_map(actor=TESTER, rules=[RuleDraft(**rule_body(one)) for one in kept], reason="no cost of sales")
    with pytest.raises(Faults) as refused:
        make()
    assert refused.value.faults[0].code == "unmapped" and "sale" in refused.value.faults[0].detail
    (draft,) = preview_vouchers(actor=TESTER, start=DAY, until=NEXT)
    assert [group.kind for group in draft.booked.unmapped] == ["sale"] and not Voucher.objects.exists()


def test_the_narrowest_rule_wins(db: None) -> None:
    parent = Category.objects.create(path="Kitchen", name="Kitchen")
    child = Category.objects.create(path="Kitchen / Cups", name="Cups", parent=parent)
    a_day()
    Product.objects.update(category=child)
    rules = [RuleDraft(**rule_body(one)) for one in rules_of(current_map())]
    narrow = RuleDraft(
        kind="sale", debit_account="5001", credit_account="1300", category="Kitchen", cost_centre="K"
    )
    save_map(actor=TESTER, rules=[*rules, narrow], reason="cups")
    (voucher,) = make()
    assert booked(voucher)["5001"] == 6 and voucher.map.version == 2
    assert set(voucher.lines.filter(account="5001").values_list("cost_centre", flat=True)) == {"K"}


def test_transfers_between_legal_entities_stand_in_both_books(db: None) -> None:
    a_day()
    make_site("PAR", currency="EUR", region="fr")
    LegalEntity.objects.filter(code="fr").update(country="FR")
    make_rate("GBP", "EUR", "1.2")
    post("transfer", line("A1", "LON", "PAR", "5"), reference="T-1")
    british, french = make()
    assert booked(british)["1890"] == 10 and booked(french) == {"1300": Decimal(12), "1890": Decimal(-12)}
    assert french.currency == "EUR" and breaches() == []


def test_transit_is_booked_beside_the_sites(db: None) -> None:
    a_day()
    make_site("MAN")
    post("transfer", line("A1", "LON", "transit", "5"), reference="T-1", destination="MAN")
    (voucher,) = make()
    found = booked(voucher)
    assert (found["1300"], found["1310"]) == (4, 10) and "1390" not in found and voucher.closing == 14


def test_a_reversal_swaps_the_sides(db: None) -> None:
    a_day()
    receipt = receive(quantity="4", cost="2", reference="R-9")
    make()
    reverse_movement(actor=TESTER, movement_id=receipt.pk, reason="typed twice")
    today = datetime.now(UTC).date()
    assert today > NEXT  # a reversal occurs now, which is not over
    (voucher,) = preview_vouchers(actor=TESTER, start=DAY, until=NEXT) or (None,)
    assert voucher is None


def test_rounding_is_carried_so_that_the_sum_of_vouchers_is_right(db: None) -> None:
    make_site()
    make_product()
    for day in range(1, 7):
        receive(
            quantity="1", cost="0.333333", at=datetime(2026, 11, day, 9, tzinfo=UTC), reference=f"R-{day}"
        )
    made = [make(date(2026, 11, day), date(2026, 11, day + 1))[0] for day in range(1, 7)]
    assert sum(one.rounded for one in made) == Decimal("2.00") and sum(one.value for one in made) == Decimal(
        "1.999998"
    )
    assert {one.rounded for one in made} == {Decimal("0.33"), Decimal("0.34")}


def test_a_voucher_is_never_changed(db: None) -> None:
    a_day()
    make()
    for statement in ("UPDATE finance_voucher SET debits = 0", "DELETE FROM finance_voucherline"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_fact_without_a_voucher_is_found(db: None) -> None:
    """The proof counts anew: an entry that slipped under a voucher's window is named with what it is worth."""
    a_day()
    make()
    receive(quantity="1", cost="2", reference="R-3")
    assert breaches() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_entry (id, movement_id, line, location_id, counter_id, product_id, quantity, value,"
            " currency, occurred_at, event_id, recorded_at) SELECT id + 1000000, movement_id, line, location_id,"
            " counter_id, product_id, 0, 5, currency, occurred_at, event_id, recorded_at FROM inventory_entry"
            " WHERE location_id > 0 ORDER BY id LIMIT 1"
        )
    assert [one.partition("): ")[2] for one in breaches()] == [
        "entries is 2, the books hold 3",
        "value is 14.000000, the books hold 19.000000",
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"until": DAY}, "invalid_days"),
        ({"until": date(2027, 12, 1)}, "invalid_days"),
        ({"start": date(2026, 11, 23), "until": date(2030, 1, 1)}, "invalid_days"),
        ({"entity": "none"}, "unknown_entity"),
    ],
)
def test_what_cannot_be_asked(db: None, asked: dict[str, Any], code: str) -> None:
    a_day()
    with pytest.raises(Faults) as refused:
        make(**{"start": DAY, "until": NEXT, **asked})
    assert refused.value.faults[0].code == code


def test_only_finance_makes_vouchers(db: None) -> None:
    clerk = Actor(kind="user", id=1, name="clerk", permissions=frozenset({"finance.view"}))
    with pytest.raises(Faults) as refused:
        make_vouchers(actor=clerk, start=DAY, until=NEXT)
    assert refused.value.status == 403


def test_two_at_once_make_one(cloned_db: str) -> None:
    a_day()
    barrier, codes = threading.Barrier(2), []

    def go() -> None:
        try:
            barrier.wait()
            make()
            codes.append("made")
        except Faults as refused:
            codes.append(refused.faults[0].code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(codes) == ["made", "nothing_new"] and Voucher.objects.count() == 1


def test_the_nightly_proof_raises_an_alert_until_it_holds(db: None) -> None:
    a_day()
    (voucher,) = make()
    assert verify_vouchers(actor=TESTER) == [] and not Alert.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sales_saleline (site_id, product_id, quantity, currency, sold_at, reference, movement_id,"
            " recorded_at) SELECT site_id, product_id, 1, currency, sold_at, 'X', movement_id, recorded_at"
            " FROM sales_saleline"
        )
    assert len(verify_vouchers(actor=TESTER)) == 1 and voucher.sale_lines == 1
    alert = Alert.objects.get(kind="voucher_breach")
    assert (alert.severity, alert.state) == ("major", "firing")


def test_a_patrol_tells_of_late_facts_and_overdue_disputes(db: None) -> None:
    a_day()
    make()
    receive(quantity="1", cost="2", reference="R-3")
    now = clock.now()
    assert unvouchered_facts(now) == [] and late_disputes(now) == []
    (finding,) = unvouchered_facts(now + timedelta(days=2))
    assert finding.code == "voucher_late" and "2026-11-20" in finding.key


def test_the_margin_of_a_sale_between_legal_entities_is_the_seller_s(db: None) -> None:
    a_day()
    make_site("PAR", region="fr")
    post("transfer", line("A1", "LON", "PAR", "5", unit_cost="3"), reference="T-1")
    british, french = make()
    assert booked(british)["4900"] == -5 and booked(british)["1890"] == 15
    assert booked(french) == {"1300": Decimal(15), "1890": Decimal(-15)} and breaches() == []
