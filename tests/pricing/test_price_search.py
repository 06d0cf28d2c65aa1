"""The search of the frame leads to a product's prices over time and to price lists; the rehearsal takes a change."""

import pytest
from django.test import Client

from accounts.models import User
from pricing.models import Incentive
from tests.pricing.builders import House, a_draft, a_house, a_product, priced


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    a_product("LAMP-1", cost="2.00")
    priced(made.clerk, ("BASE", "LAMP-1", "10.00"))
    return made


def page(username: str, path: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client.get(path).content.decode()


def test_search_leads_to_prices_over_time_and_to_lists(house: House) -> None:
    assert 'href="/prices/products/LAMP-1/"' in page("clerk", "/prices/products/search/?q=lamp")
    assert 'href="/prices/lists/BASE/"' in page("clerk", "/prices/products/search/?q=bas")
    assert page("clerk", "/prices/products/search/?q=l").strip() == ""
    assert "/prices/products/search/" in page("clerk", "/search/?q=lamp")


def test_rehearsal_takes_a_change_that_waits(house: House) -> None:
    Incentive.objects.create(
        code="HALF", name="Half", kind="coupon", fraction="0.5", valid_from="2020-01-01T00:00Z"
    )
    draft = a_draft(house.clerk, ("BASE", "LAMP-1", "3.00"), reason_code="clearance")
    shown = page("manager", f"/prices/rehearsal/?change={draft.pk}")
    assert f"The lines of {draft.reference}" in shown and "LAMP-1" in shown
    assert "£3.00" in shown
    assert "The lines of" not in page("manager", "/prices/rehearsal/?change=999999")
