"""Bundles and production under real commits: no circle, no deadlock, no piece lost."""

from decimal import Decimal

import pytest

from inventory.actions.movements import post_movement
from inventory.actions.production import post_production
from inventory.queries.verification import ledger_breaches
from inventory.rules.production import Part, ProductionDraft
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, held, line, make_product, make_site, receive
from tests.inventory.test_bundles import bill
from tests.inventory.test_races import THREADS, together


@pytest.fixture
def stocked(cloned_db: str) -> str:
    """1,000 CUP and 1,000 TEA; GIFT is one CUP and two TEA, DUO two CUP and one TEA, KIT one of each."""
    make_site()
    for sku in ("CUP", "TEA", "GIFT", "DUO", "KIT"):
        make_product(sku)
    receive("CUP", quantity="1000", cost="3", at=None)
    receive("TEA", quantity="1000", cost="1", at=None)
    bill("GIFT", ("CUP", "1"), ("TEA", "2"))
    bill("DUO", ("TEA", "1"), ("CUP", "2"))
    bill("KIT", ("CUP", "1"), ("TEA", "1"), kind="kit")
    return cloned_db


def test_bundles_that_share_components_the_other_way_round_never_wait_for_each_other(stocked: str) -> None:
    def sell(number: int) -> int:
        first, second = ("GIFT", "TEA") if number % 2 else ("DUO", "CUP")
        for _again in range(5):
            lines = [line(sku, "LON", "customer", "1", unit_price="9") for sku in (first, second)]
            post_movement(actor=TESTER, draft=draft("sale", *lines, at=None))
        return 5

    assert sum(together(sell)) == 5 * THREADS
    # Each of 40 GIFT + TEA takes 1 CUP and 3 TEA, each of 40 DUO + CUP takes 3 CUP and 1 TEA.
    assert (held(sku="CUP").on_hand, held(sku="TEA").on_hand) == (1000 - 160, 1000 - 160)
    assert list(ledger_breaches()) == []


def test_sixteen_assembling_from_one_thousand_make_exactly_a_thousand(stocked: str) -> None:
    def assemble(_number: int) -> int:
        made = 0
        while True:
            try:
                asked = ProductionDraft("P", "LON", (), (Part("KIT", Decimal(30)),))
                post_production(actor=TESTER, draft=asked)
                made += 30
            except Faults as refused:
                assert {fault.code for fault in refused.faults} == {"insufficient_stock"}
                return made

    # 33 × 30 = 990, and ten of each are left.
    assert sum(together(assemble)) == 990
    assert (held(sku="KIT").on_hand, held(sku="KIT").value, held(sku="CUP").on_hand) == (990, 990 * 4, 10)
    assert list(ledger_breaches()) == []


def test_two_bills_never_close_a_circle_together(cloned_db: str) -> None:
    for number in range(THREADS):
        make_product(f"P{number}")

    def save(number: int) -> str:
        try:
            bill(f"P{number}", (f"P{(number + 1) % THREADS}", "1"), kind="kit")
        except Faults as refused:
            return refused.faults[0].code
        return "saved"

    answers = together(save)
    assert (answers.count("saved"), answers.count("cycle")) == (THREADS - 1, 1)
