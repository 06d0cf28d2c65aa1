"""A plain movement in one statement: the same ledger as the ordinary way, or nothing at all; keys keep their promises."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.queries import digests_of
from inventory.actions.at_once import Claim, post_at_once
from inventory.actions.movements import post_movement
from inventory.models import Movement
from inventory.queries.documents import whole_answer
from inventory.queries.verification import ledger_breaches
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, line
from tests.inventory.test_bulk_plain import NOW, amounts, drafts, house, ledger, quantities
from tests.inventory.test_races import held, stocked
from web.idempotency import once
from web.models import IdempotencyKey

__all__ = ["house", "stocked"]


def posted(made: MovementDraft, *, is_at_once: bool) -> Any:
    """What became of it: None when one statement cannot, faults when it is refused."""
    try:
        with transaction.atomic():
            if not is_at_once:
                return post_movement(actor=TESTER, draft=made)
            return _or_back(made)
    except Faults as refused:
        return [(fault.pointer, fault.code) for fault in refused.faults]


def _or_back(made: MovementDraft) -> Movement | None:
    found = None
    try:
        with transaction.atomic():
            found = post_at_once(actor=TESTER, draft=made)
            if found is None:
                raise _Undone
    except _Undone:
        return None
    return found


class _Undone(Exception):
    pass


def told() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, channel, kind, regexp_replace(subject, '\\d+', ''), reason, after::text, site_ids,"
            " jsonb_array_length(digests) FROM audit_event ORDER BY id"
        )
        events = cursor.fetchall()
        cursor.execute("SELECT id, digests FROM audit_event WHERE kind = 'movement.posted'")
        for event_id, digests in cursor.fetchall():
            found = digests_of(event_id, ["inventory_entry", "inventory_movement"])
            assert [one.as_json() for one in found] == json.loads(digests)
    return events


@given(made=st.lists(drafts(), min_size=1, max_size=10))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_statement_does_what_the_ordinary_way_does(house: None, made: list) -> None:
    """Each draft both ways from the same book; what one statement does not take, the ordinary way goes on with."""
    with frozen(NOW), transaction.atomic():
        for one in made:
            with transaction.atomic():
                fast = posted(one, is_at_once=True)
                left = (ledger(), told()) if fast else None
                transaction.set_rollback(True)
            slow = posted(one, is_at_once=False)
            if fast is not None:
                assert isinstance(slow, Movement)
                assert (ledger(), told()) == left
                same = ("reference", "kind", "state", "occurred_at", "reason", "source", "prepared_by_id")
                assert all(getattr(fast, name) == getattr(slow, name) for name in same)
        assert list(ledger_breaches()) == []
        transaction.set_rollback(True)


flows = st.lists(
    st.tuples(st.booleans(), quantities.filter(lambda q: q.is_finite() and Decimal("0.001") <= q), amounts),
    min_size=2,
    max_size=14,
)


@given(flow=flows)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_average_runs_as_the_pool_does(house: None, flow: list) -> None:
    """One product in and out; what comes costs something, so that most of it is plain."""
    made = [
        MovementDraft(
            "R", "receipt", (LineDraft("A1", "supplier", "LON", q, unit_cost=cost or Decimal("1.1")),)
        )
        if comes
        else MovementDraft("S", "sale", (LineDraft("A1", "LON", "customer", q, unit_price=cost),))
        for comes, q, cost in flow
    ]
    with frozen(NOW), transaction.atomic():
        post_movement(actor=TESTER, draft=made[0])
        outcomes = []
        for is_at_once in (True, False):
            with transaction.atomic():
                for one in made:
                    if not is_at_once or posted(one, is_at_once=True) is None:
                        posted(one, is_at_once=False)
                outcomes.append(ledger())
                transaction.set_rollback(True)
        assert outcomes[0] == outcomes[1]
        transaction.set_rollback(True)


def test_what_is_plain_is_taken_and_a_question_is_not(house: None) -> None:
    receipt = MovementDraft(
        "R", "receipt", (LineDraft("A1", "supplier", "LON", Decimal(5), unit_cost=Decimal(2)),)
    )
    sale = MovementDraft("S", "sale", (LineDraft("A1", "LON", "customer", Decimal(2)),))
    with frozen(NOW):
        assert posted(receipt, is_at_once=True) is None  # its month and its balance are made first
        assert posted(receipt, is_at_once=False).state == "posted"
        assert posted(receipt, is_at_once=True).state == "posted"
        assert [posted(sale, is_at_once=True) is not None for _ in range(6)] == [True] * 5 + [False]
        for sku in ("LOT", "FIFO", "nothing"):
            other = MovementDraft("R", "receipt", (LineDraft(sku, "supplier", "LON", Decimal(5)),))
            assert posted(other, is_at_once=True) is None


# -- keys, with real commits -----------------------------------------------------------------------------------------


def under_key(key: str, asked: bytes = b"same", quantity: str = "1") -> tuple[int, Any, bool]:
    made = draft("issue", line("A1", "LON", "customer", quantity), at=None)

    def at_once(claim: Claim) -> tuple[int, Any] | None:
        found = post_at_once(actor=TESTER, draft=made, claim=claim)
        return None if found is None else (201, {"id": found.pk})

    def effect() -> tuple[int, Any]:
        return 201, {"id": post_movement(actor=TESTER, draft=made).pk}

    return once(1, key, asked, effect, is_plain=True, at_once=at_once)


def test_a_key_has_one_effect_and_answers_again(stocked: str) -> None:
    under_key("warm")
    first = under_key("50% 'off'")
    again = under_key("50% 'off'")
    assert (again[0], again[1]["id"], again[2]) == (201, first[1]["id"], True)
    assert (
        whole_answer(again[1])["recorded_at"]
        == Movement.objects.get(pk=first[1]["id"]).recorded_at.isoformat()
    )
    assert held().on_hand == 998


def test_another_body_under_the_key_is_refused(stocked: str) -> None:
    under_key("warm")
    under_key("key")
    with pytest.raises(Faults) as refused:
        under_key("key", b"other")
    assert (refused.value.status, held().on_hand) == (409, 998)


def test_what_is_refused_leaves_its_key_free(stocked: str) -> None:
    under_key("warm")
    with pytest.raises(Faults) as refused:
        under_key("key", quantity="5000")
    assert refused.value.faults[0].code == "insufficient_stock"
    assert not IdempotencyKey.objects.filter(key="key").exists()
    assert under_key("key")[2] is False
