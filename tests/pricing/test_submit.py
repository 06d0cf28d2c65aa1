"""Submitting: what is routine, what waits, what is blocked."""

from decimal import Decimal

import pytest

from pricing.models import Price
from tests.pricing.builders import a_house, a_product, submitted

pytestmark = pytest.mark.django_db


def test_a_first_price_with_margin_is_approved_by_policy_and_stands_at_once():
    house = a_house()
    product = a_product(cost="2.00")
    change = submitted(house.clerk, ("BASE", "A", "10.00"))
    assert (change.state, change.decided_by_kind, change.policy_version) == (
        "approved",
        "policy",
        "price-first v1",
    )
    row = Price.objects.get(product=product)
    assert (row.amount, row.price_change_id, row.known.upper) == (Decimal("10"), change.pk, None)
    assert row.valid.lower == change.placed_at
