"""Hypothesis drives the ledger in any order; a plain list of what moved says what must be there and what is refused."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from inventory.actions.movements import post_movement, reverse_movement
from inventory.actions.periods import close_period
from inventory.actions.reservations import Wanted, release, reserve
from inventory.models import Balance
from inventory.queries.ledger import Asked, balance_page
from inventory.queries.verification import ledger_breaches
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, line, make_product, make_rate, make_site

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITES = ("LON", "YRK", "PAR")
#: Local months end at midnight in London, where all three keep their books.
ENDS = {
    date(2026, 9, 1): datetime(2026, 9, 30, 23, tzinfo=UTC),
    date(2026, 10, 1): datetime(2026, 11, 1, tzinfo=UTC),
}
COMMANDS = {"issue", "transfer", "adjustment"}

Key = tuple[str, str, str]  # site, lot, state
sites = st.sampled_from(SITES)
lots = st.sampled_from(["", "L1"])
quantities = st.integers(1, 9).map(Decimal)
days_ago = st.sampled_from([0, 0, 0, 5, 15, 30, 60])


@dataclass
class Plain:
    """All that moved, as a list; every question is answered by adding it up."""

    moves: list[tuple[datetime, Key, Decimal]] = field(default_factory=list)
    promised: dict[int, tuple[str, Decimal]] = field(default_factory=dict)
    closed: dict[str, datetime] = field(default_factory=dict)

    def on_hand(self, key: Key, at: datetime = datetime.max.replace(tzinfo=UTC)) -> Decimal:
        return sum((q for when, k, q in self.moves if k == key and when <= at), Decimal(0))

    def available(self, key: Key) -> Decimal:
        held_back = sum(q for site, q in self.promised.values() if (site, "", "available") == key)
        return self.on_hand(key) - held_back

    def is_short(self, key: Key, quantity: Decimal, at: datetime) -> bool:
        """Whether taking `quantity` at `at` leaves less than nothing then, at a later moment or now."""
        moments = [at] + [when for when, k, _ in self.moves if k == key and when > at]
        later = min(self.on_hand(key, when) for when in moments)
        return self.available(key) < quantity or later < quantity

    def first_open(self, touched: list[str], at: datetime) -> datetime:
        return max([at] + [self.closed[site] for site in touched if self.closed.get(site, at) > at])


class LedgerMachine(RuleBasedStateMachine):
    """The real ledger and the plain list, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.clock = frozen(NOW)
        self.clock.__enter__()
        self.plain = Plain()
        self.posted: dict[int, tuple[str, list[tuple[Key, Decimal]]]] = {}

    def teardown(self) -> None:
        assert list(ledger_breaches()) == []
        self.clock.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def post(
        self, kind: str, source: str, target: str, quantity: Decimal, lot: str, days: int, **fields: str
    ) -> None:
        """Post for real; the list says whether it must be refused and what must have moved."""
        at = NOW - timedelta(days=days)
        effects = [
            ((code, lot, fields.get(name, "available")), sign * quantity)
            for code, name, sign in ((source, "from_state", -1), (target, "to_state", 1))
            if code in SITES
        ]
        touched = [key[0] for key, _ in effects]
        is_late = self.plain.first_open(touched, at) > at
        is_refused = kind in COMMANDS and (
            is_late or any(q < 0 and self.plain.is_short(key, -q, at) for key, q in effects)
        )
        cost = {"unit_cost": "2"} if kind == "receipt" else {}
        made = draft(
            kind, line("A1", source, target, str(quantity), lot=lot, **cost, **fields), at=at, reason="m"
        )
        try:
            movement = post_movement(actor=TESTER, draft=made)
        except Faults as refused:
            assert is_refused, (refused.faults, made)
            return
        assert not is_refused, made
        when = self.plain.first_open(touched, at)
        assert movement.occurred_at == when
        self.plain.moves += [(when, key, q) for key, q in effects]
        self.posted[movement.pk] = (kind, effects)

    @rule(site=sites, quantity=quantities, lot=lots, days=days_ago)
    def receive(self, site: str, quantity: Decimal, lot: str, days: int) -> None:
        self.post("receipt", "supplier", site, quantity, lot, days)

    @rule(site=sites, quantity=quantities, lot=lots, days=days_ago)
    def sell(self, site: str, quantity: Decimal, lot: str, days: int) -> None:
        self.post("sale", site, "customer", quantity, lot, days)

    @rule(site=sites, quantity=quantities, lot=lots, days=days_ago)
    def issue(self, site: str, quantity: Decimal, lot: str, days: int) -> None:
        self.post("issue", site, "customer", quantity, lot, days)

    @rule(source=sites, taker=sites, quantity=quantities, lot=lots, days=days_ago)
    def move(self, source: str, taker: str, quantity: Decimal, lot: str, days: int) -> None:
        if source != taker:
            self.post("transfer", source, taker, quantity, lot, days)

    @rule(site=sites, quantity=quantities, lot=lots)
    def take_back_from_a_customer(self, site: str, quantity: Decimal, lot: str) -> None:
        self.post("return", "customer", site, quantity, lot, 0, to_state="inspect")

    @rule(site=sites, quantity=quantities, lot=lots, is_release=st.booleans())
    def set_aside_or_release(self, site: str, quantity: Decimal, lot: str, is_release: bool) -> None:
        states = ["available", "inspect"]
        before, after = reversed(states) if is_release else states
        self.post("transfer", site, site, quantity, lot, 0, from_state=before, to_state=after)

    @rule(site=sites, quantity=quantities, lot=lots, days=days_ago, is_loss=st.booleans())
    def count(self, site: str, quantity: Decimal, lot: str, days: int, is_loss: bool) -> None:
        ends = (site, "adjustment") if is_loss else ("adjustment", site)
        self.post("adjustment", *ends, quantity, lot, days)

    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        if not self.posted:
            return
        number = data.draw(st.sampled_from(sorted(self.posted)))
        _kind, effects = self.posted[number]
        is_short = any(q > 0 and self.plain.is_short(key, q, NOW) for key, q in effects)
        try:
            reverse_movement(actor=TESTER, movement_id=number, reason="machine")
        except Faults as refused:
            assert is_short, refused.faults
            return
        assert not is_short
        self.plain.moves += [(NOW, key, -q) for key, q in effects]
        del self.posted[number]

    @rule(site=sites, quantity=quantities)
    def promise(self, site: str, quantity: Decimal) -> None:
        is_short = self.plain.available((site, "", "available")) < quantity
        try:
            (made,) = reserve(
                actor=TESTER, site_code=site, reference="O", lines=[Wanted("A1", quantity)],
                expires_at=NOW + timedelta(days=1),
            )  # fmt: skip
        except Faults as refused:
            assert is_short, refused.faults
            return
        assert not is_short
        self.plain.promised[made.pk] = (site, quantity)

    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        if self.plain.promised:
            number = data.draw(st.sampled_from(sorted(self.plain.promised)))
            release(actor=TESTER, reservation_id=number, reason="machine")
            del self.plain.promised[number]

    @rule(site=sites, month=st.sampled_from(sorted(ENDS)))
    def close(self, site: str, month: date) -> None:
        was_closed = self.plain.closed.get(site, NOW.replace(year=2000)) >= ENDS[month]
        try:
            close_period(actor=TESTER, site_code=site, month=month)
        except Faults as refused:
            codes = {fault.code for fault in refused.faults}
            assert codes == {"already_closed"} if was_closed else codes == {"earlier_open"}, codes
            return
        assert not was_closed
        self.plain.closed[site] = ENDS[month]

    @invariant()
    def balances_are_what_moved(self) -> None:
        moved: dict[Key, Decimal] = defaultdict(Decimal)
        for _when, key, quantity in self.plain.moves:
            moved[key] += quantity
        rows = Balance.objects.values_list("site__code", "lot", "state", "on_hand")
        assert {row[:3]: row[3] for row in rows if row[3]} == {key: q for key, q in moved.items() if q}

    @invariant()
    def the_past_is_what_had_moved_by_then(self) -> None:
        for days in (10, 45):
            at = NOW - timedelta(days=days)
            rows, _ = balance_page(Asked(), at=at, known_at=None, after=None, limit=50)
            moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
            for when, key, quantity in self.plain.moves:
                moved[key[:2]] += quantity if when <= at else 0
            found = {(row["site"], row.get("lot", "")): Decimal(row["on_hand"]) for row in rows}
            assert {key: q for key, q in found.items() if q} == {key: q for key, q in moved.items() if q}


@pytest.mark.django_db
def test_any_order_of_postings_reversals_counts_and_closes_keeps_the_ledger() -> None:
    with frozen(NOW - timedelta(days=365)):
        make_site("LON")
        make_site("YRK")
        make_site("PAR", "EUR", "eu")
        make_product("A1")
        for days in range(0, 75, 5):
            make_rate(days_ago=days)
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
