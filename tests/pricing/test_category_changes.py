"""A percentage over a category, as lines of a draft."""

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Category
from lib.faults import Faults
from pricing.actions.category_changes import CategoryChange, change_category
from pricing.models import PriceChange
from tests.pricing.builders import House, a_draft, a_house, a_product, priced

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    for sku, path in (("A", "Home / Cups"), ("B", "Home"), ("C", "Garden"), ("D", "Home")):
        a_product(sku, category=Category.objects.get_or_create(path=path)[0])
    priced(made.clerk, ("BASE", "A", "4.00"), ("BASE", "B", "5.00"), ("BASE", "C", "6.00"))
    return made


def asked(**more: str) -> CategoryChange:
    return CategoryChange(
        **{"category": "Home", "price_list": "BASE", "formula": "+3 %", "title": "T", **more}
    )


def test_every_priced_product_below_the_path_moves(house: House) -> None:
    taken = change_category(actor=house.clerk, draft_id=None, asked=asked())
    assert taken.change is not None
    lines = taken.change.lines.order_by("product__sku").values_list("product__sku", "amount")
    assert [(sku, str(amount)) for sku, amount in lines] == [("A", "4.120000"), ("B", "5.150000")]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"category": "None"}, "unknown_category"),
        ({"category": ""}, "unknown_category"),
        ({"price_list": "NONE"}, "unknown_price_list"),
        ({"formula": "three"}, "bad_formula"),
    ],
)
def test_refusals(house: House, more: dict[str, str], code: str) -> None:
    with pytest.raises(Faults) as refused:
        change_category(actor=house.clerk, draft_id=None, asked=asked(**more))
    assert refused.value.faults[0].code == code and not PriceChange.objects.filter(state="draft").exists()


def test_over_page_and_rest(house: House) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=house.clerk.id), "django.contrib.auth.backends.ModelBackend")
    body = {"category": "Home", "price_list": "BASE", "formula": "+3 %"}
    assert client.get("/prices/category/?category=Home").status_code == 200
    assert client.post("/prices/category/", body).headers["Location"].startswith("/prices/changes/")
    draft = a_draft(house.clerk)
    place = f"/api/v1/price-changes/{draft.pk}/category/"
    assert client.post(place, body, content_type="application/json").json()["line_count"] == 2
    assert client.post(place, {}, content_type="application/json").status_code == 422
