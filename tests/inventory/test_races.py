"""What only real commits show: 16 withdrawing the same pieces, one key at once, tampering by the owner."""

import threading

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, connections

from config.embedded.postgres import OWNER
from inventory.actions.movements import post_movement
from inventory.models import Entry
from inventory.queries.verification import ledger_breaches
from lib.faults import Faults
from tests.embedded import server
from tests.inventory.builders import TESTER, draft, held, line, make_product, make_site, receive
from web.idempotency import once

THREADS = 16


def together(work) -> list:
    """Run `work(number)` in 16 threads that start at one moment; what they answered."""
    barrier, answers = threading.Barrier(THREADS), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            answers.append(work(number))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def stocked(cloned_db: str) -> str:
    make_site()
    make_site("YRK")
    make_product("A1")
    make_product("B2")
    receive("A1", quantity="1000", cost="2", at=None)
    return cloned_db


def test_sixteen_withdrawing_the_same_thousand_get_exactly_a_thousand(stocked: str) -> None:
    def withdraw(_number: int) -> int:
        got = 0
        while True:
            try:
                post_movement(actor=TESTER, draft=draft("issue", line("A1", "LON", "customer", "7"), at=None))
                got += 7
            except Faults:
                break
        return got

    # 142 × 7 = 994, and 6 pieces are left for nobody.
    assert sum(together(withdraw)) == 994
    assert (held().on_hand, list(ledger_breaches())) == (6, [])


@pytest.mark.parametrize("is_plain", [False, True])
def test_one_key_at_once_has_one_effect(stocked: str, is_plain: bool) -> None:
    def post(_number: int) -> int:
        made = draft("issue", line("A1", "LON", "customer", "1"), at=None)
        effect = lambda: (201, {"id": post_movement(actor=TESTER, draft=made).pk})  # noqa: E731
        answer = once(1, "key", b"same", effect, is_plain=is_plain)
        return answer[1]["id"]

    assert len(set(together(post))) == 1
    assert held().on_hand == 999


def test_opposite_transfers_and_new_rows_do_not_deadlock(stocked: str) -> None:
    receive("A1", site="YRK", quantity="1000", cost="2", at=None)

    def swap(number: int) -> bool:
        ways = [line("A1", "LON", "YRK", "1"), line("A1", "YRK", "LON", "1")]
        fresh = line("B2", "supplier", "LON" if number % 2 else "YRK", "1", unit_cost="1")
        for _ in range(5):
            post_movement(
                actor=TESTER, draft=draft("transfer", ways[number % 2], ways[1 - number % 2], at=None)
            )
            post_movement(actor=TESTER, draft=draft("receipt", fresh, at=None))
        return True

    assert together(swap) == [True] * THREADS
    assert (held("LON").on_hand, held("YRK").on_hand, list(ledger_breaches())) == (1000, 1000, [])


def test_tampering_by_the_owner_is_found(stocked: str, capsys) -> None:
    assert list(ledger_breaches()) == []
    entry = Entry.objects.get(location_id__gt=0)
    owner = psycopg2.connect(server().url(OWNER, stocked))
    with owner, owner.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM inventory_entry WHERE id = %s", [entry.pk])
        table = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("UPDATE inventory_entry SET quantity = 900 WHERE id = %s", [entry.pk])
    owner.close()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger")
    assert ended.value.code == 1
    assert "sums to -100" in capsys.readouterr().out


def test_verify_ledger_passes_on_a_sound_ledger(stocked: str, capsys) -> None:
    call_command("verify_ledger")
    assert "0 breaches" in capsys.readouterr().out
    connection.close()
