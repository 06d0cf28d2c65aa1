"""Builders for tests of customs: a site, two products, a consignment as far as is wanted."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from approvals.actions import ensure_default_policies
from catalog.models import Product
from inventory.actions.customs import ConsignmentDraft, create_consignment, declare_consignment
from inventory.actions.customs_moving import arrive_consignment
from inventory.models import CustomsConsignment, CustomsLine, Entry
from inventory.rules.customs import DeclaredLine, Part
from inventory.rules.locations import CUSTOMS
from lib import clock
from tests.inventory.builders import TESTER, make_product, make_site


def make_port() -> None:
    ensure_default_policies(actor=TESTER)
    make_site("LON")
    make_product("A1", hs_code="950300", origin_country="CN")
    make_product("B1")


def today() -> date:
    return clock.now().date()


def declared_line(quantity: str = "10", sku: str = "A1", value: str = "50", **fields: Any) -> DeclaredLine:
    return DeclaredLine(sku, Decimal(quantity), Decimal(value), **fields)


def expected(quantity: str = "10", **fields: Any) -> ConsignmentDraft:
    lines = fields.pop("lines", (declared_line(quantity),))
    given = {
        "site": "LON",
        "from_country": "CN",
        "carrier": "Northern Line",
        "arrives_on": today() + timedelta(days=1),
        "clears_on": today() + timedelta(days=3),
        **fields,
    }
    return ConsignmentDraft(lines=lines, **given)


def declared(quantity: str = "10", **fields: Any) -> CustomsConsignment:
    made = create_consignment(actor=TESTER, draft=expected(quantity, **fields))
    return declare_consignment(actor=TESTER, consignment_id=made.pk)


def arrived(quantity: str = "10", **fields: Any) -> CustomsConsignment:
    return arrive_consignment(actor=TESTER, consignment_id=declared(quantity, **fields).pk)


def part(quantity: str, sku: str = "A1", lot: str = "") -> Part:
    return Part(sku, Decimal(quantity), lot)


def line_of(found: CustomsConsignment, sku: str = "A1") -> CustomsLine:
    return CustomsLine.objects.get(consignment=found, product__sku=sku)


def figures(found: CustomsConsignment, sku: str = "A1") -> tuple[Decimal, ...]:
    """declared, arrived, cleared, held, refused, destroyed."""
    line = line_of(found, sku)
    return (line.declared, line.arrived, line.cleared, line.held, line.refused, line.destroyed)


def at_customs(sku: str = "A1") -> tuple[Decimal, Decimal]:
    """(quantity, value) that the ledger has at customs."""
    product = Product.objects.get(sku=sku)
    sums = Entry.objects.filter(location_id=CUSTOMS, product_id=product.pk).aggregate(
        q=Sum("quantity"), v=Sum("value")
    )
    return sums["q"] or Decimal(0), sums["v"] or Decimal(0)
