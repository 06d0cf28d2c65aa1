"""Recalls: one action blocks a lot everywhere, what arrives is blocked too, two people give it free."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from alerts.models import Alert
from audit.models import Event
from catalog.models import Supplier
from inventory.actions.movements import post_movement, reverse_movement
from inventory.actions.recalls import ask_release, decide_release, start_recall
from inventory.models import Balance, Lot, LotFinding, Recall
from inventory.queries.lots import sold_to, where_it_is
from inventory.queries.verification import ledger_breaches
from lib.actors import Actor
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, draft, line, make_product, make_site, post

DAY = AT.date()


@pytest.fixture
def house(db: None) -> Any:
    with frozen(AT):
        for code in ("LON", "YRK"):
            make_site(code)
        make_product("M1", tracks_lots=True)
        for code in ("LON", "YRK"):
            arrive("L1", "10", code)
        yield
        assert list(ledger_breaches()) == []


def arrive(lot: str, quantity: str, site: str = "LON", **more: Any) -> None:
    one = line("M1", "supplier", site, quantity, lot=lot, unit_cost="2", expires_on=DAY + timedelta(days=30))
    post("receipt", one, **more)


def on_hand(site: str = "LON") -> dict[tuple[str, str, bool], int]:
    found = Balance.objects.filter(site__code=site, product__sku="M1").exclude(on_hand=0)
    return {(one.lot, one.state, bool(one.owner_id)): int(one.on_hand) for one in found}


def recall(reason: str = "glass splinters") -> Recall:
    return start_recall(actor=TESTER, sku="M1", lot="L1", reason=reason)


def person(number: int, *rights: str) -> Actor:
    return Actor("user", number, f"user {number}", frozenset(rights))


def code(refused: pytest.ExceptionInfo[Faults]) -> str:
    return refused.value.faults[0].code


def test_one_action_blocks_the_lot_everywhere(house: None) -> None:
    supplier = Supplier.objects.create(code="ACME", name="Acme", country="GB", currency="GBP")
    post("receipt", line("M1", "supplier", "LON", "3", lot="L1", owner=supplier.code))
    made = recall()
    assert on_hand() == {("L1", "blocked", False): 10, ("L1", "blocked", True): 3}
    assert on_hand("YRK") == {("L1", "blocked", False): 10}
    assert (made.units, made.sites, Lot.objects.get().is_recalled) == (23, 2, True)


def test_it_is_in_the_trail_and_a_major_alert(house: None) -> None:
    made = recall()
    event = Event.objects.get(kind="lot.recalled")
    assert (event.reason, event.after["units"], event.after["recall"]) == ("glass splinters", "20", made.pk)
    assert Alert.objects.get(key=f"lot_recall:{made.pk}").severity == "major"
    assert Event.objects.filter(kind="movement.posted").order_by("-id").first().digests


def test_what_arrives_afterwards_is_blocked_from_supplier_transit_and_customer(house: None) -> None:
    post("transfer", line("M1", "LON", "transit", "4", lot="L1"), destination="YRK")
    sold = post("sale", line("M1", "LON", "customer", "1", lot="L1", unit_price="5"))
    recall()
    arrive("L1", "2")
    post("transfer", line("M1", "transit", "YRK", "4", lot="L1"), destination="YRK")
    reverse_movement(actor=TESTER, movement_id=sold.pk, reason="brought back")
    assert on_hand() == {("L1", "blocked", False): 8}
    assert on_hand("YRK") == {("L1", "blocked", False): 14}
    assert set(LotFinding.objects.values_list("code", flat=True)) == {"recalled"}


def test_a_recalled_lot_is_not_moved_to_people_nor_set_free_by_hand(house: None) -> None:
    recall()
    for kind, one in (
        ("issue", line("M1", "LON", "customer", "1", lot="L1", from_state="blocked")),
        ("transfer", line("M1", "LON", "LON", "1", lot="L1", from_state="blocked", to_state="available")),
        ("issue", line("M1", "LON", "customer", "1", lot="L1")),
    ):
        with pytest.raises(Faults) as refused:
            post(kind, one)
        assert code(refused) == "recalled_lot"
    post("scrap", line("M1", "LON", "scrap", "1", lot="L1", from_state="blocked"))
    post("issue", line("M1", "LON", "supplier", "1", lot="L1", from_state="blocked"))
    assert on_hand() == {("L1", "blocked", False): 8}


def test_the_recalls_own_movement_is_not_reversed(house: None) -> None:
    from inventory.models import Movement

    made = recall()
    moved = Movement.objects.get(reference=f"RECALL-{made.pk}")
    with pytest.raises(Faults) as refused:
        reverse_movement(actor=TESTER, movement_id=moved.pk, reason="no")
    assert code(refused) == "recalled_lot"


def test_a_sale_of_a_recalled_lot_stands_and_wakes_somebody(house: None) -> None:
    recall()
    post("sale", line("M1", "LON", "customer", "1", lot="L1", unit_price="5"))
    assert LotFinding.objects.get().code == "recalled"
    assert Alert.objects.filter(kind="lot_recall", severity="major").count() == 2


def test_a_lot_nobody_has_seen_yet_can_be_recalled(house: None) -> None:
    made = start_recall(actor=TESTER, sku="M1", lot="NEXT", reason="supplier's notice")
    arrive("NEXT", "5")
    assert (made.units, on_hand()[("NEXT", "blocked", False)]) == (0, 5)


def test_who_had_it(house: None) -> None:
    post("sale", line("M1", "LON", "customer", "3", lot="L1", unit_price="5"), reference="T-1")
    post("sale", line("M1", "LON", "customer", "2", unit_price="5"), reference="T-2")
    post("transfer", line("M1", "LON", "transit", "1", lot="L1"), destination="YRK")
    recall()
    london = next(row for row in where_it_is(Lot.objects.get(), None) if row["site"] == "LON")
    york = next(row for row in where_it_is(Lot.objects.get(), None) if row["site"] == "YRK")
    assert (london["came"], london["aside"], london["sold"], london["assumed"]) == (10, 4, 5, 2)
    assert (york["in_transit"], york["aside"]) == (1, 10)
    assert [(row["reference"], row["is_assumed"]) for row in sold_to(Lot.objects.get(), None)] == [
        ("T-2", True),
        ("T-1", False),
    ]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"reason": " "}, "reason_required"), ({"sku": "XX"}, "unknown_sku"), ({"lot": ""}, "invalid_lot"),
     ({"lot": "L" * 65}, "invalid_lot"), ({"actor": person(1)}, "not_allowed")],
)  # fmt: skip
def test_what_cannot_be_recalled(house: None, fields: dict, wrong: str) -> None:
    asked: dict[str, Any] = {"actor": TESTER, "sku": "M1", "lot": "L1", "reason": "glass"}
    with pytest.raises(Faults) as refused:
        start_recall(**asked | fields)
    assert code(refused) == wrong


def test_twice_is_refused(house: None) -> None:
    recall()
    with pytest.raises(Faults) as refused:
        recall()
    assert code(refused) == "already_recalled"


# -- given free ------------------------------------------------------------------------------------------------------


def test_two_people_give_free_what_the_recall_blocked_and_no_more(house: None) -> None:
    post("transfer", line("M1", "LON", "LON", "2", lot="L1", to_state="blocked"))
    made = recall()
    arrive("L1", "5")
    post("scrap", line("M1", "YRK", "scrap", "4", lot="L1", from_state="blocked"))
    ask_release(actor=person(1, "lots.recall"), recall_id=made.pk, reason="tests are clean")
    ended = decide_release(actor=person(2, "lots.release"), recall_id=made.pk, approve=True)
    assert on_hand() == {("L1", "available", False): 13, ("L1", "blocked", False): 2}
    assert on_hand("YRK") == {("L1", "available", False): 6}
    assert (ended.state, Lot.objects.get().is_recalled) == ("released", False)
    assert Alert.objects.get(key=f"lot_recall:{made.pk}").state == "resolved"


def test_who_asks_does_not_decide(house: None) -> None:
    made = recall()
    both = person(1, "lots.recall", "lots.release")
    ask_release(actor=both, recall_id=made.pk, reason="clean")
    with pytest.raises(Faults) as refused:
        decide_release(actor=both, recall_id=made.pk, approve=True)
    assert (code(refused), refused.value.status) == ("own_request", 403)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recall.objects.filter(pk=made.pk).update(released_by_id=1)
    assert on_hand() == {("L1", "blocked", False): 10}


def test_a_refused_release_leaves_it_blocked_and_can_be_asked_again(house: None) -> None:
    made = recall()
    ask_release(actor=person(1, "lots.recall"), recall_id=made.pk, reason="clean")
    assert Alert.objects.get(key=f"lot_release:{made.pk}").state == "firing"
    decide_release(actor=person(2, "lots.release"), recall_id=made.pk, approve=False, comment="one more test")
    assert Alert.objects.get(key=f"lot_release:{made.pk}").state == "resolved"
    assert Recall.objects.get().state == "open"
    ask_release(actor=person(1, "lots.recall"), recall_id=made.pk, reason="clean now")
    with pytest.raises(Faults) as refused:
        ask_release(actor=person(1, "lots.recall"), recall_id=made.pk, reason="again")
    assert code(refused) == "wrong_state"


def test_a_recall_against_eight_sellers_blocks_all_that_is_left(cloned_db: str) -> None:
    """Eight tills sell while the lot is recalled: nothing of it stays available, nothing is lost, none deadlocks."""
    make_site("LON")
    make_site("YRK")
    make_product("M1", tracks_lots=True)
    for site in ("LON", "YRK"):
        post("receipt", line("M1", "supplier", site, "100", lot="L1", unit_cost="2"), at=None)
        post("receipt", line("M1", "supplier", site, "100", lot="L2", unit_cost="2"), at=None)
    barrier, wrong = threading.Barrier(9), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            if number == 8:
                start_recall(actor=TESTER, sku="M1", lot="L1", reason="glass")
                return
            for _ in range(12):
                site = "LON" if number % 2 else "YRK"
                post_movement(
                    actor=TESTER,
                    draft=draft("sale", line("M1", site, "customer", "1", unit_price="5"), at=None),
                )
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, list(ledger_breaches())) == ([], [])
    left = {(one.lot, one.state): 0 for one in Balance.objects.all()}
    for one in Balance.objects.all():
        left[one.lot, one.state] += int(one.on_hand)
    assert left["L1", "available"] == 0
    assert sum(left.values()) == 400 - 96
    assert Recall.objects.get().units == left["L1", "blocked"]


def test_a_recall_against_receipts_of_the_same_lot_leaves_none_available(cloned_db: str) -> None:
    """Four sites receive a lot nobody knew while it is recalled: each piece is blocked, whoever was first."""
    codes = ["LON", "YRK", "LDS", "MAN"]
    for one in codes:
        make_site(one)
    make_product("M1", tracks_lots=True)
    barrier, wrong = threading.Barrier(5), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            if number == 4:
                start_recall(actor=TESTER, sku="M1", lot="L1", reason="glass")
                return
            for _ in range(5):
                one = line(
                    "M1",
                    "supplier",
                    codes[number],
                    "1",
                    lot="L1",
                    unit_cost="2",
                    expires_on=DAY + timedelta(days=90),
                )
                post_movement(actor=TESTER, draft=draft("receipt", one, at=None))
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {one.state: 0 for one in Balance.objects.all()}
    for one in Balance.objects.all():
        found[one.state] += int(one.on_hand)
    assert (wrong, found["available"], found["blocked"], list(ledger_breaches())) == ([], 0, 20, [])
