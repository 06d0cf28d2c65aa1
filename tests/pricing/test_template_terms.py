"""Promotion templates: a limit, a choice of sites, the lists of just those sites, and the way back at the end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from audit.models import Event
from catalog.models import Product, Scope
from lib.faults import Faults
from pricing.actions.price_changes import approve_change, submit_change
from pricing.actions.promotion_terms import Terms
from pricing.actions.templates import TemplateDraft, draft_from_template, prepare_template
from pricing.models import PriceChange, PriceList, PriceTemplate
from pricing.queries.product_timeline import product_pieces
from pricing.queries.quotes import QuoteLine, quote_lines
from tests.pricing.builders import LONG_AGO, House, a_house, a_list, a_product, a_rate, priced, submitted
from tests.pricing.test_pages import client_of
from tests.pricing.test_placing import together

D = Decimal
BEGINS = timedelta(hours=1)
ENDS = timedelta(hours=5)


@pytest.fixture
def house(db: None) -> House:
    return stocked()


def stocked() -> House:
    made = a_house()
    for sku in ("A", "B"):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, "6.00"))
    return made


def a_promotion(house: House, *, lines: Any = (("BASE", "A", "-10%"),), **terms: Any) -> PriceTemplate:
    draft = TemplateDraft("promotion", "Spring", "season", None, lines, Terms(**terms))
    return prepare_template(actor=house.manager, draft=draft)


def drafted(house: House, template: PriceTemplate, now: datetime) -> PriceChange:
    return draft_from_template(
        actor=house.clerk, template_id=template.pk, effective_from=now + BEGINS, effective_until=now + ENDS
    )


def approved(house: House, template: PriceTemplate, now: datetime) -> PriceChange:
    change = submit_change(actor=house.clerk, change_id=drafted(house, template, now).pk)
    return approve_change(actor=house.manager, change_id=change.pk) if change.state == "pending" else change


def price_at(house: House, site: str, at: datetime) -> Decimal | None:
    return quote_lines([QuoteLine("A", site)], actor=house.manager, at=at)[0].amount


def lists_of(change: PriceChange) -> list[str]:
    return sorted(line.price_list.code for line in change.lines.select_related("price_list"))


def test_named_sites_have_the_promotion_and_the_price_after_it(house: House) -> None:
    now = datetime.now(UTC)
    change = approved(house, a_promotion(house, reach="sites", places=["LON"]), now)
    inside, end = now + BEGINS + timedelta(minutes=1), now + ENDS
    assert (change.state, lists_of(change)) == ("approved", ["PROMO-LON-GBP"])
    assert [price_at(house, "LON", at) for at in (now, inside, end)] == [D("6.00"), D("5.40"), D("6.00")]
    assert price_at(house, "WEB", inside) == D("6.00")
    pieces = product_pieces(Product.objects.get(sku="A").pk, since=now, until=now + timedelta(days=1))
    assert [(one.list_code, one.amount, one.end) for one in pieces] == [
        ("PROMO-LON-GBP", D("5.40"), end),
        ("BASE", D("6.00"), None),
    ]


def test_a_region_has_it_and_the_other_region_does_not(house: House) -> None:
    now = datetime.now(UTC)
    a_rate("GBP", "EUR", "1.00")
    change = approved(house, a_promotion(house, reach="region", places=["GB"]), now)
    inside = now + BEGINS
    assert lists_of(change) == ["PROMO-GB-GBP"]
    assert [price_at(house, site, inside) for site in ("LON", "WEB", "BER")] == [
        D("5.40"),
        D("5.40"),
        D("6.00"),
    ]
    assert [price_at(house, site, now + ENDS) for site in ("LON", "WEB")] == [D("6.00"), D("6.00")]


def test_all_sites_use_the_list_that_is_there(house: House) -> None:
    a_list("PROMO", kind="promotion")
    a_list("PROMO-NET", kind="promotion", tax_included=False)
    a_list("PROMO-EUR", kind="promotion", currency="EUR")
    now = datetime.now(UTC)
    change = approved(house, a_promotion(house, reach="all"), now)
    assert (lists_of(change), price_at(house, "WEB", now + BEGINS)) == (["PROMO"], D("5.40"))
    assert PriceList.objects.count() == 4


def test_an_earlier_promotion_of_the_list_stands_again_at_the_end(house: House) -> None:
    a_list("PROMO", kind="promotion", site=house.london)
    asked = submitted(house.clerk, ("PROMO", "A", "5.80"), reason_code="promotion")
    approve_change(actor=house.manager, change_id=asked.pk)
    now = datetime.now(UTC)
    approved(house, a_promotion(house, reach="sites", places=["LON"]), now)
    assert [price_at(house, "LON", now + at) for at in (BEGINS, ENDS)] == [D("5.40"), D("5.80")]


def test_lists_are_made_once_by_the_template_for_who_may_not_make_any(house: House) -> None:
    now = datetime.now(UTC)
    template = a_promotion(house, reach="sites", places=["WEB", "LON"])
    first, second = drafted(house, template, now), drafted(house, template, now)
    assert lists_of(first) == lists_of(second) == ["PROMO-LON-GBP", "PROMO-WEB-GBP"]
    made = Event.objects.get(kind="price_list.upserted")
    assert (made.actor_kind, made.on_behalf_of_id, made.after["created"]) == ("policy", house.clerk.id, 2)
    assert not house.clerk.may("price_lists.edit")


def test_a_code_that_means_something_else_is_left_alone(house: House) -> None:
    a_list("PROMO-LON-GBP", kind="promotion", site=house.london, exclusive=True)
    change = drafted(house, a_promotion(house, reach="sites", places=["LON"]), datetime.now(UTC))
    assert lists_of(change) == ["PROMO-LON-1-GBP"]


def test_without_a_choice_the_lists_of_the_lines_say_where(house: House) -> None:
    change = drafted(house, a_promotion(house, per_customer=2), datetime.now(UTC))
    assert (lists_of(change), change.template and change.template.per_customer) == (["BASE"], 2)


def test_two_drafts_at_once_make_one_list(cloned_db: str) -> None:
    house, now = stocked(), datetime.now(UTC)
    template = a_promotion(house, reach="sites", places=["LON"])
    together(*(lambda: drafted(house, template, now) for _ in range(2)))
    assert [lists_of(change) for change in PriceChange.objects.filter(template=template)] == [
        ["PROMO-LON-GBP"],
        ["PROMO-LON-GBP"],
    ]
    assert PriceList.objects.filter(kind="promotion").count() == 1
    connection.close()


@pytest.mark.parametrize(
    ("terms", "pointer", "code"),
    [
        ({"per_customer": 0}, "/per_customer", "not_a_limit"),
        ({"per_customer": "1.5"}, "/per_customer", "not_a_limit"),
        ({"total_units": -3}, "/total_units", "not_a_limit"),
        ({"total_units": True}, "/total_units", "not_a_limit"),
        ({"total_units": 10**10}, "/total_units", "not_a_limit"),
        ({"reach": "moon"}, "/reach", "unknown_reach"),
        ({"reach": ["all"]}, "/reach", "unknown_reach"),
        ({"reach": "region"}, "/places", "required"),
        ({"reach": "region", "places": ["GB", "EU"]}, "/places", "one_region"),
        ({"reach": "region", "places": ["LON"]}, "/places/0", "unknown_region"),
        ({"reach": "sites", "places": ["LON", {"a": 1}]}, "/places/1", "unknown_site"),
        ({"reach": "sites", "places": ["LON", "LON"]}, "/places/1", "place_twice"),
        ({"reach": "all", "places": ["LON"]}, "/places", "no_places"),
        ({"reach": "all", "lines": [("MARKET", "A", "5.00")]}, "/lines/0/price_list", "bound_list"),
        ({"reach": "all", "lines": [("BASE", "A", "5"), ("OTHER", "A", "5")]}, "/lines/1/sku", "sku_twice"),
    ],
)  # fmt: skip
def test_preparing_refuses_by_field(house: House, terms: dict[str, Any], pointer: str, code: str) -> None:
    a_list("MARKET", kind="channel", channel=house.web.channel)
    a_list("OTHER")
    with pytest.raises(Faults) as refused:
        a_promotion(house, **terms)
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in refused.value.faults]
    assert not PriceTemplate.objects.exists()


def test_only_a_promotion_has_terms(house: House) -> None:
    asked = Terms(2, 10, "all")
    draft = TemplateDraft("launch", "New", "new", None, [("BASE", "A", "5.00")], asked)
    with pytest.raises(Faults) as refused:
        prepare_template(actor=house.manager, draft=draft)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        (f"/{name}", "only_promotions") for name in ("per_customer", "total_units", "reach")
    ]
    template = a_promotion(house)
    for fields, name in (({"per_customer": 0}, "limit"), ({"kind": "launch", "total_units": 1}, "terms")):
        with pytest.raises(IntegrityError, match=f"pricing_pricetemplate_{name}"), transaction.atomic():
            PriceTemplate.objects.filter(pk=template.pk).update(**fields)


def test_a_site_out_of_the_drafters_sight_is_refused(house: House) -> None:
    template = a_promotion(house, reach="sites", places=["LON", "BER"])
    clerk = User.objects.get(username=house.clerk.name)
    Scope.objects.filter(user=clerk).delete()
    Scope.objects.create(user=clerk, site=house.london, valid_from=LONG_AGO)
    with pytest.raises(Faults) as refused:
        drafted(house, template, datetime.now(UTC))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/places/1", "unknown_site")]
    assert not PriceList.objects.filter(kind="promotion").exists()


def test_page_takes_and_shows_the_terms(house: House) -> None:
    manager, now = client_of(house.manager.id), datetime.now(UTC)
    typed = {
        "kind": "promotion", "name": "Spring", "reason": "season", "lines": "BASE A -10%",
        "per_customer": "0", "total_units": "500", "reach": "sites", "places": "LON，WEB",
    }  # fmt: skip
    wrong = manager.post("/prices/templates/new/", typed)
    assert (wrong.status_code, 'value="LON，WEB"' in wrong.content.decode()) == (422, True)
    assert manager.post("/prices/templates/new/", {**typed, "per_customer": "2"}).status_code == 302
    page = manager.get("/prices/templates/").content.decode()
    assert "2 units per customer" in page and "500 units in all" in page and "Named sites" in page
    change = drafted(house, PriceTemplate.objects.get(), now)
    shown = manager.get(f"/prices/changes/{change.pk}/").content.decode()
    assert "2 units per customer" in shown and lists_of(change) == ["PROMO-LON-GBP", "PROMO-WEB-GBP"]


def test_rest_takes_and_gives_the_terms(house: House) -> None:
    manager, clerk = client_of(house.manager.id), client_of(house.clerk.id)
    body = {
        "kind": "promotion", "name": "R", "reason": "r", "per_customer": 2, "reach": "region", "places": ["GB"],
        "lines": [{"price_list": "BASE", "sku": "A", "percent": "-10"}],
    }  # fmt: skip
    wrong = manager.post("/api/v1/price-templates/", {**body, "places": "GB"}, "application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "not_a_list")
    made = manager.post("/api/v1/price-templates/", body, "application/json").json()
    terms = ("per_customer", "total_units", "reach", "places")
    assert [made[name] for name in terms] == [2, None, "region", ["GB"]]
    window = {"effective_until": (datetime.now(UTC) + ENDS).isoformat()}
    url = f"/api/v1/price-templates/{made['id']}/draft/"
    change = clerk.post(url, window, "application/json").json()
    assert (change["template"], change["per_customer"], change["total_units"]) == (made["id"], 2, None)
    assert change["lines"][0]["price_list"] == "PROMO-GB-GBP"
