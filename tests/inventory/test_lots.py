"""Lots: made when they arrive, taken by first expiry, refused or remarked on when they should not move."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.models import Alert
from approvals.actions import ensure_default_policies
from audit.models import Event
from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.movements import post_movement, reverse_movement
from inventory.actions.reservations import Wanted, reserve
from inventory.actions.transfers import TransferDraft, request_transfer, submit_transfer
from inventory.actions.transfers_moving import receive_transfer, ship_transfer
from inventory.models import Balance, Entry, Lot, LotFinding, Movement, TransferParcel
from inventory.queries.documents import movement_draft
from inventory.queries.ledger import Asked, balance_page
from inventory.queries.verification import ledger_breaches
from inventory.rules.transfers import Came
from lib.clock import frozen
from lib.faults import Faults
from sales.models import SaleLine
from tests.inventory.builders import AT, TESTER, draft, line, make_product, make_site, post

DAY = AT.date()


@pytest.fixture(autouse=True)
def house(db: None) -> Any:
    with frozen(AT):
        make_site()
        make_site("YRK")
        ensure_default_policies(actor=TESTER)
        make_product("M1", tracks_lots=True, shelf_life_days=20, unit="pcs")
        make_product("A1")
        yield
        assert list(ledger_breaches()) == []


def arrive(lot: str, quantity: str, days: int, site: str = "LON", **more: Any) -> Movement:
    """A receipt of a lot that expires in so many days."""
    one = line(
        "M1", "supplier", site, quantity, lot=lot, unit_cost="2", expires_on=DAY + timedelta(days=days)
    )
    return post("receipt", one, **more)


def sell(quantity: str, lot: str = "", **more: Any) -> Movement:
    return post("sale", line("M1", "LON", "customer", quantity, lot=lot, unit_price="5"), **more)


def on_hand(site: str = "LON") -> dict[tuple[str, str], int]:
    found = Balance.objects.filter(site__code=site, product__sku="M1").exclude(on_hand=0)
    return {(one.lot, one.state): int(one.on_hand) for one in found}


def remarks() -> list[tuple[str, str, int]]:
    return [(one.code, one.lot, int(one.quantity)) for one in LotFinding.objects.order_by("pk")]


def refusal(kind: str, *lines: Any, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(Faults) as refused:
        post(kind, *lines, **more)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


# -- arriving --------------------------------------------------------------------------------------------------------


def test_a_lot_is_made_at_its_first_receipt_and_kept(house: None) -> None:
    arrive("L1", "5", 10)
    arrive("L1", "5", 10, site="YRK")
    lot = Lot.objects.get()
    assert (lot.code, lot.expires_on, lot.product.sku) == ("L1", DAY + timedelta(days=10), "M1")


def test_shelf_life_from_production_gives_the_expiry(house: None) -> None:
    post("receipt", line("M1", "supplier", "LON", "5", lot="L1", unit_cost="2", produced_on=DAY))
    assert Lot.objects.get().expires_on == DAY + timedelta(days=20)


def test_a_date_that_was_not_known_is_added_and_another_one_is_remarked_on(house: None) -> None:
    post("receipt", line("M1", "supplier", "LON", "5", lot="L1", unit_cost="2"))
    arrive("L1", "5", 10)
    arrive("L1", "1", 12)
    assert Lot.objects.get().expires_on == DAY + timedelta(days=10)
    assert remarks() == [("other_expiry", "L1", 1)]


@pytest.mark.parametrize(
    ("days", "state", "code"),
    [(15, "available", None), (14, "quarantine", "short_life"), (-1, "quarantine", "expired")],
)
def test_too_little_life_at_receipt_is_quarantined(
    house: None, days: int, state: str, code: str | None
) -> None:
    from catalog.models import Product

    Product.objects.filter(sku="M1").update(receipt_life_fraction=Decimal("0.75"))
    arrive("L1", "5", days)
    assert on_hand() == {("L1", state): 5}
    assert [one[0] for one in remarks()] == ([code] if code else [])
    assert Alert.objects.filter(kind="expiry").count() == (1 if code else 0)


def test_a_receipt_without_a_lot_stands_and_is_remarked_on(house: None) -> None:
    post("receipt", line("M1", "supplier", "LON", "5", unit_cost="2"))
    assert (on_hand(), remarks()) == ({("", "available"): 5}, [("no_lot", "", 5)])


def test_an_expiry_before_production_is_refused(house: None) -> None:
    wrong = line("M1", "supplier", "LON", "5", lot="L1", produced_on=DAY, expires_on=DAY - timedelta(days=1))
    assert refusal("receipt", wrong) == [("/lines/0/expires_on", "expires_before_production")]


# -- first expiry first ----------------------------------------------------------------------------------------------


def test_a_sale_without_a_lot_takes_the_first_to_expire_and_says_that_it_assumed(house: None) -> None:
    arrive("LATE", "5", 10)
    arrive("SOON", "5", 3)
    made = sell("7")
    assert on_hand() == {("LATE", "available"): 3}
    taken = Entry.objects.filter(movement_id=made.pk, quantity__lt=0).order_by("line")
    assert [(one.lot, int(one.quantity), one.is_assumed) for one in taken] == [
        ("SOON", -5, True),
        ("LATE", -2, True),
    ]
    event = Event.objects.get(subject=f"movement:{made.pk}")
    assert [one["lot"] for one in event.after["assumed_lots"]] == ["SOON", "LATE"]


def test_what_is_beyond_all_lots_goes_below_zero_without_one(house: None) -> None:
    arrive("L1", "5", 10)
    sell("7")
    assert on_hand() == {("", "available"): -2}
    post("adjustment", line("M1", "adjustment", "LON", "2"))
    assert on_hand() == {}


def test_one_sale_stays_one_line_of_sales(house: None) -> None:
    arrive("L1", "5", 10)
    arrive("L2", "5", 11)
    sell("7")
    assert [(int(one.quantity), one.unit_price) for one in SaleLine.objects.all()] == [(7, 5)]


def test_a_product_without_lots_is_not_touched(house: None) -> None:
    post("receipt", line("A1", "supplier", "LON", "5", lot="X", unit_cost="2"))
    post("sale", line("A1", "LON", "customer", "3", unit_price="5"))
    found = Balance.objects.filter(product__sku="A1").exclude(on_hand=0).order_by("lot")
    assert [(one.lot, int(one.on_hand)) for one in found] == [("", -3), ("X", 5)]


def test_a_command_takes_by_first_expiry_and_never_more_than_is_free(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 10)
    post("issue", line("M1", "LON", "customer", "6"))
    assert on_hand() == {("L2", "available"): 4}
    assert refusal("issue", line("M1", "LON", "customer", "5")) == [
        ("/lines/0/quantity", "insufficient_stock")
    ]


def test_two_lines_of_one_command_do_not_take_the_same_pieces(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 10)
    post("issue", line("M1", "LON", "customer", "4"), line("M1", "LON", "customer", "4"))
    assert on_hand() == {("L2", "available"): 2}
    twice = (line("M1", "LON", "customer", "1"), line("M1", "LON", "customer", "2"))
    assert refusal("issue", *twice) == [("/lines/1/quantity", "insufficient_stock")]


def test_a_backdated_issue_takes_lots_of_its_day(house: None) -> None:
    """frappe/erpnext#40551 (14): a back-dated issue offers the batches of that date, not today's."""
    arrive("OLD", "5", 9, at=AT - timedelta(days=5))
    arrive("NEW", "5", 2, at=AT)
    post("issue", line("M1", "LON", "customer", "3"), at=AT - timedelta(days=3))
    assert on_hand() == {("OLD", "available"): 2, ("NEW", "available"): 5}


def test_a_late_sale_takes_lots_of_its_day_too(house: None) -> None:
    arrive("OLD", "5", 9, at=AT - timedelta(days=5))
    arrive("NEW", "5", 2, at=AT)
    sell("3", at=AT - timedelta(days=3))
    assert on_hand() == {("OLD", "available"): 2, ("NEW", "available"): 5}


def test_expired_lots_are_sold_last_and_flagged(house: None) -> None:
    arrive("OLD", "5", 1, at=AT - timedelta(days=3))
    arrive("GOOD", "2", 9)
    with frozen(AT + timedelta(days=2)):
        sell("3", at=AT + timedelta(days=2))
    assert on_hand() == {("OLD", "available"): 4}
    assert remarks() == [("expired", "OLD", 1)]
    assert Alert.objects.filter(kind="expiry").count() == 1


def test_what_is_thrown_away_takes_the_expired_first(house: None) -> None:
    arrive("OLD", "5", 1)
    arrive("GOOD", "5", 9)
    with frozen(AT + timedelta(days=2)):
        post("scrap", line("M1", "LON", "scrap", "6"), at=AT + timedelta(days=2))
    assert on_hand() == {("GOOD", "available"): 4}


# -- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "target"), [("issue", "customer"), ("transfer", "YRK"), ("transfer", "transit")]
)
def test_commands_with_an_expired_lot_are_refused(house: None, kind: str, target: str) -> None:
    arrive("OLD", "5", 1)
    with frozen(AT + timedelta(days=2)):
        asked = {"at": AT + timedelta(days=2), "destination": "YRK" if target == "transit" else ""}
        assert refusal(kind, line("M1", "LON", target, "1", lot="OLD"), **asked) == [
            ("/lines/0/lot", "expired_lot")
        ]
        post("scrap", line("M1", "LON", "scrap", "1", lot="OLD"), at=AT + timedelta(days=2))
        post("issue", line("M1", "LON", "supplier", "1", lot="OLD"), at=AT + timedelta(days=2))


def test_the_last_day_of_sale_is_the_sites_own(house: None) -> None:
    """A lot expires at the end of its day where the goods are, not in UTC."""
    arrive("L1", "5", 0)
    with frozen(AT + timedelta(hours=14, minutes=59)):
        post("issue", line("M1", "LON", "customer", "1", lot="L1"), at=None)
    with frozen(AT + timedelta(hours=15)):
        assert refusal("issue", line("M1", "LON", "customer", "1", lot="L1"), at=None)[0][1] == "expired_lot"


def test_too_little_life_for_a_sale_refuses_the_command_and_remarks_on_the_fact(house: None) -> None:
    from catalog.models import Product

    Product.objects.filter(sku="M1").update(sale_life_fraction=Decimal("0.5"))
    arrive("L1", "5", 9)
    assert refusal("issue", line("M1", "LON", "customer", "1", lot="L1")) == [("/lines/0/lot", "short_life")]
    assert refusal("issue", line("M1", "LON", "customer", "1")) == [
        ("/lines/0/quantity", "insufficient_stock")
    ]
    sell("1", lot="L1")
    assert remarks() == [("short_life", "L1", 1)]


# -- between sites ---------------------------------------------------------------------------------------------------


def test_a_transfer_without_a_lot_carries_lots_to_the_other_site(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 10)
    made = post("transfer", line("M1", "LON", "YRK", "7"))
    assert (on_hand(), on_hand("YRK")) == (
        {("L2", "available"): 3},
        {("L1", "available"): 5, ("L2", "available"): 2},
    )
    assert [one.is_assumed for one in movement_draft(made).lines] == [True, True]
    assert refusal("transfer", line("M1", "LON", "YRK", "4")) == [("/lines/0/quantity", "insufficient_stock")]


def test_what_comes_from_transit_without_a_lot_is_what_was_sent(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 10)
    post("transfer", line("M1", "LON", "transit", "7"), destination="YRK")
    post("transfer", line("M1", "transit", "YRK", "6"), destination="YRK")
    assert on_hand("YRK") == {("L1", "available"): 5, ("L2", "available"): 1}


def test_setting_aside_without_a_lot_takes_the_first_to_expire(house: None) -> None:
    arrive("L1", "5", 3)
    post("transfer", line("M1", "LON", "LON", "2", to_state="blocked"))
    assert on_hand() == {("L1", "available"): 3, ("L1", "blocked"): 2}


# -- reversed, in bulk, for others -----------------------------------------------------------------------------------


def test_a_reversal_gives_each_lot_back(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 10)
    made = sell("7")
    reverse_movement(actor=TESTER, movement_id=made.pk, reason="till error")
    assert on_hand() == {("L1", "available"): 5, ("L2", "available"): 5}
    assert sum(one.quantity for one in SaleLine.objects.all()) == 0


def test_bulk_chooses_as_the_single_path_does(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 10)
    sales = [
        draft("sale", line("M1", "LON", "customer", "4", unit_price="5"), reference=f"T{n}") for n in range(3)
    ]
    items = [BulkItem(f"k{n}", b"%d" % n, one) for n, one in enumerate(sales)]
    assert [one.status for one in post_movements(actor=TESTER, items=items)] == ["posted"] * 3
    bulk = on_hand()
    entries = list(
        Entry.objects.filter(location_id__gt=0, quantity__lt=0).order_by("id").values_list("lot", "quantity")
    )
    for made in Movement.objects.filter(kind="sale").order_by("-pk"):
        reverse_movement(actor=TESTER, movement_id=made.pk, reason="again, one by one")
    before = Entry.objects.order_by("-id").first()
    for one in sales:
        post_movement(actor=TESTER, draft=one)
    again = Entry.objects.filter(
        location_id__gt=0, quantity__lt=0, id__gt=before.pk if before else 0
    ).order_by("id")
    assert bulk == on_hand() == {("", "available"): -2}
    assert list(again.values_list("lot", "quantity")) == entries


def test_transfers_in_bulk_share_the_lots_as_one_after_another_would(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 10)
    moves = [draft("transfer", line("M1", "LON", "YRK", "4"), reference=f"T{n}") for n in range(3)]
    results = post_movements(
        actor=TESTER, items=[BulkItem(f"k{n}", b"%d" % n, one) for n, one in enumerate(moves)]
    )
    assert [one.status for one in results] == ["posted", "posted", "refused"]
    assert on_hand("YRK") == {("L1", "available"): 5, ("L2", "available"): 3}
    twice = (line("M1", "YRK", "LON", "4"), line("M1", "YRK", "LON", "4"))
    post("transfer", *twice)
    assert on_hand("YRK") == {}


def test_a_lot_received_in_the_same_batch_is_sold_from(house: None) -> None:
    one = line("M1", "supplier", "LON", "5", lot="L1", unit_cost="2", expires_on=date(2026, 12, 24))
    drafts = [draft("receipt", one), draft("sale", line("M1", "LON", "customer", "3", unit_price="5"))]
    items = [BulkItem(f"k{n}", b"%d" % n, made) for n, made in enumerate(drafts)]
    post_movements(actor=TESTER, items=items)
    assert on_hand() == {("L1", "available"): 2}


def test_more_than_a_hundred_keys_go_the_same_way(house: None) -> None:
    lines = [
        line("M1", "supplier", "LON", "1", lot=f"L{n:03}", unit_cost="2", expires_on=DAY + timedelta(days=n))
        for n in range(120)
    ]
    post("receipt", *lines)
    post(
        "sale",
        line("M1", "LON", "customer", "119", unit_price="5"),
        *[line("A1", "LON", "customer", "1") for _ in range(3)],
    )
    assert on_hand() == {("L119", "available"): 1}
    assert Lot.objects.count() == 120


# -- promised, shipped, counted --------------------------------------------------------------------------------------


def promise(quantity: str, lot: str = "") -> None:
    wanted = [Wanted("M1", Decimal(quantity), lot)]
    reserve(actor=TESTER, site_code="LON", reference="O-1", lines=wanted, expires_at=AT + timedelta(days=1))


def test_a_promise_without_a_lot_is_of_all_that_may_be_sold(house: None) -> None:
    arrive("OLD", "5", -1)
    arrive("L1", "5", 3)
    arrive("L2", "5", 9)
    promise("8")
    with pytest.raises(Faults):
        promise("3")
    assert refusal("issue", line("M1", "LON", "customer", "3")) == [
        ("/lines/0/quantity", "insufficient_stock")
    ]
    post("issue", line("M1", "LON", "customer", "2"))
    assert on_hand()[("L1", "available")] == 3


def test_a_shipped_transfer_knows_its_lots_and_they_arrive(house: None) -> None:
    arrive("L1", "5", 3)
    arrive("L2", "5", 9)
    lines = (Wanted("M1", Decimal(7)),)
    made = request_transfer(
        actor=TESTER, draft=TransferDraft("LON", "YRK", "low", DAY + timedelta(days=1), lines)
    )
    submit_transfer(actor=TESTER, transfer_id=made.pk)
    ship_transfer(actor=TESTER, transfer_id=made.pk)
    parcels = TransferParcel.objects.order_by("lot").values_list("lot", "shipped")
    assert list(parcels) == [("L1", 5), ("L2", 2)]
    receive_transfer(
        actor=TESTER, transfer_id=made.pk, lines=[Came("M1", lot, received=Decimal(n)) for lot, n in parcels]
    )
    assert on_hand("YRK") == {("L1", "available"): 5, ("L2", "available"): 2}


def test_a_backdated_count_of_a_lot_corrects_that_lot_once(house: None) -> None:
    """frappe/erpnext#37192 (12): a back-dated count on a batch gave 9,000 instead of 11,000; ours adds its difference to
    the lot and later movements stay."""
    arrive("L1", "10", 30, at=AT - timedelta(days=5))
    arrive("L2", "1", 30, at=AT - timedelta(days=5))
    sell("2", lot="L1", at=AT - timedelta(days=1))
    post("adjustment", line("M1", "adjustment", "LON", "1", lot="L1"), at=AT - timedelta(days=3))
    assert on_hand() == {("L1", "available"): 9, ("L2", "available"): 1}
    part = Asked("LON", "M1", None)
    then, _more = balance_page(part, at=AT - timedelta(days=2), known_at=None, after=None, limit=9)
    assert {row.get("lot", ""): row["on_hand"] for row in then if row["on_hand"] != "0"} == {
        "L1": "11",
        "L2": "1",
    }
