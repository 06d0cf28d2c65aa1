"""Whatever is asked of a page or sent by a form: an answer that says so, never a 500. New pages are found by themselves."""

import logging
from datetime import timedelta
from decimal import Decimal
from itertools import chain

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from alerts.actions import open_incident, raise_alert
from catalog.models import Product
from inventory.actions.supplier_returns import SupplierReturnDraft, create_supplier_return
from inventory.actions.write_offs import WriteOffDraft, create_write_off
from inventory.rules.stock_lines import StockLine
from lib import clock
from lib.actors import Actor
from tests.accounts.builders import user
from tests.feeds.builders import a_key, applied
from tests.inventory.builders import line, make_site, post, receive
from tests.inventory.transfer_builders import approved
from tests.inventory.write_off_builders import make_supplier
from tests.patrol.test_pages import a_round
from tests.pricing.builders import a_draft, a_house, a_list, a_product, priced, submitted
from tests.pricing.test_labels import SOON
from tests.pricing.test_templates import a_template
from tests.whole_tree import hostile, test_routes

pytestmark = pytest.mark.django_db
PAGES = [
    (route, pattern)
    for route, pattern in test_routes.GATED
    if not route.startswith("api/") and pattern.name not in hostile.NOT_ASKED
]


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> hostile.Asker:
    """Signed in as admin, in a house that has one of most things."""
    monkeypatch.setattr(
        logging.root.manager, "disable", logging.CRITICAL
    )  # the tracebacks of what is refused
    hostile.noting(monkeypatch.setattr)
    root = user("root", "admin")
    a_stocked_house(root.as_actor())
    client = Client(raise_request_exception=False)
    client.force_login(root, "django.contrib.auth.backends.ModelBackend")
    return hostile.Asker(client)


def a_stocked_house(root: Actor) -> None:
    """Prices and a promotion, changes in three states, a template, stock, a transfer, a feed's file, an incident, a round."""
    house = a_house()
    for sku in ("A", "B"):
        a_product(sku)
    a_list("SALE", kind="promotion", priority=10)
    priced(house.clerk, ("BASE", "A", "9.99"), ("BASE", "B", "4.00"))
    priced(house.clerk, ("BASE", "A", "9.89"), effective_from=SOON)
    submitted(house.clerk, ("BASE", "B", "9.00"))
    a_draft(root, ("SALE", "A", "9.49"), reason_code="promotion")
    a_template(house)
    make_site("WH", kind="warehouse", region="GB")
    Product.objects.filter(sku="B").update(sku="A1")  # what the builders of transfers move
    receive("A1", site="WH", quantity="100", at=None)
    receive("A", site="LON", at=None)
    approved(actor=root)
    given_up(root)
    applied(b"sku,name,category,unit\nZ1,Cup,Kitchen,pcs\n,Bowl,,\n")
    a_key()
    open_incident(actor=root, category="price_swing", grade="major", title="A sold too cheap", key="k")
    raise_alert(key="a", kind="swing", severity="warning", title="A swings")
    a_round()


def given_up(root: Actor) -> None:
    """A write-off, a return to a supplier, and goods that wait for their grade."""
    one = (StockLine("A1", Decimal(1)),)
    create_write_off(actor=root, draft=WriteOffDraft("WH", "display", one))
    make_supplier()
    day = clock.now().date() + timedelta(days=9)
    create_supplier_return(actor=root, draft=SupplierReturnDraft("WH", "ACME", "broken", day, one))
    post("return", line("A1", "customer", "WH", "3", to_state="inspect"), at=None)


def test_pages_answer_whatever_stands_in_the_address(asker: hostile.Asker) -> None:
    for route, pattern in PAGES:
        for address in hostile.addresses(route, pattern, most=1):
            read_everything(asker, address)
    assert asker.wrong == []
    assert asker.asked > 2 * len(PAGES)


def read_everything(asker: hostile.Asker, address: str) -> None:
    """All names at once; where that is refused as a whole, each alone too."""
    names = asker.names("get", address)
    for asked in hostile.all_at_once(names, turns=2):
        is_refused = asker.ask("get", address, asked).status_code >= 400
    for asked in hostile.one_by_one(names) if names and is_refused else ():
        asker.ask("get", address, asked)


def test_forms_answer_whatever_is_sent(asker: hostile.Asker) -> None:
    for route, pattern in PAGES:
        for address in hostile.addresses(route, pattern, most=1):
            send_everything(asker, address)
    assert asker.wrong == []
    assert asker.asked > 3 * len(PAGES)


def send_everything(asker: hostile.Asker, address: str) -> None:
    """Fields, files and bodies to one address, unless it takes no form."""
    names = asker.names("post", address)
    files = set(hostile.NotingFiles.names)
    for sent in chain(hostile.all_at_once(names, turns=2), hostile.one_by_one(names)):
        asker.ask("post", address, sent)
    for sent in hostile.with_files(names, files) if files else ():
        asker.ask("post", address, sent)
    answer = asker.ask("post", address, b"{", content_type="application/json")
    for body in hostile.bodies() if answer["Content-Type"].startswith("application/problem") else ():
        asker.ask("post", address, body, content_type="application/json")


def trusting(request: HttpRequest) -> HttpResponse:
    """A view that takes its address at its word."""
    return HttpResponse(int(request.GET.get("page", "1")))


urlpatterns = [path("prices/trusting/", trusting)]


@pytest.mark.urls(__name__)
def test_a_view_that_trusts_its_address_is_caught(asker: hostile.Asker) -> None:
    read_everything(asker, "/prices/trusting/")
    assert asker.wrong
    assert "GET /prices/trusting/ {'page': 'xxx" in asker.wrong[0] and "ValueError" in asker.wrong[0]
