"""Loading a price history: one change per list, under digests, or not at all."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from lib.actors import system
from lib.faults import Faults
from pricing.actions.bulk import load_history
from pricing.actions.price_changes import roll_back_change
from pricing.models import Price, PriceChange
from tests.pricing.builders import House, a_house, a_list, a_product, amount, priced

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    return made


def load(*rows: tuple[Any, ...]) -> int:
    """rows: (list id, amount, from, until) of product A."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.stage_prices")
        cursor.execute(
            "CREATE TEMPORARY TABLE stage_prices (price_list_id bigint, product_id bigint, min_quantity numeric,"
            " currency text, amount numeric, valid_from timestamptz, valid_until timestamptz, reason text)"
        )
        cursor.executemany(
            "INSERT INTO stage_prices SELECT %s, id, 1, 'GBP', %s, %s, %s, 'source' FROM catalog_product",
            rows,
        )
        return load_history(cursor, actor=system("load"), title="History")


def test_rows_come_in_under_one_change_per_list_with_digests(house: House):
    other = a_list("OTHER", priority=1)
    rows = [(house.base.pk, "5", "2024-01-01Z", "2025-01-01Z"), (house.base.pk, "6", "2025-01-01Z", None)]
    assert load(*rows, (other.pk, "7", "2024-01-01Z", None)) == 3
    assert list(PriceChange.objects.order_by("id").values_list("line_count", "state")) == [
        (2, "applied"),
        (1, "applied"),
    ]
    digests = [
        event.digests[0]["count"] for event in Event.objects.filter(kind="price_change.loaded").order_by("id")
    ]
    assert digests == [2, 1]


def test_overlapping_rows_are_refused_whole(house: House):
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        load((house.base.pk, "5", "2024-01-01Z", None), (house.base.pk, "6", "2025-01-01Z", None))
    assert not Price.objects.exists()


def test_a_loaded_history_is_the_base_of_what_follows_and_is_not_rolled_back(house: House):
    load((house.base.pk, "10", "2024-01-01Z", None))
    change = priced(house.clerk, ("BASE", "A", "10.40"))
    assert change.lines.get().old_amount == amount("10")
    with pytest.raises(Faults) as refused:
        roll_back_change(actor=house.manager, change_id=PriceChange.objects.earliest("id").pk)
    assert refused.value.faults[0].code == "wrong_state"
