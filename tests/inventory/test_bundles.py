"""Bundles, kits and packs: what is asked for is spelled out before it is posted."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.actions.bills import BillDraft, save_bill
from catalog.models import BillOfMaterials, Pack
from inventory.actions.bulk import BulkItem, post_movements
from inventory.models import Entry
from inventory.queries.documents import movement_draft
from lib.faults import Faults
from sales.models import SaleLine
from tests.inventory.builders import TESTER, draft, held, line, make_product, make_site, post, receive

pytestmark = pytest.mark.django_db
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def bill(sku: str, *lines: tuple[str, str], kind: str = "bundle", since: datetime = SINCE) -> BillOfMaterials:
    asked = BillDraft(sku, kind, since, [(part, Decimal(quantity)) for part, quantity in lines])
    return save_bill(actor=TESTER, draft=asked)


@pytest.fixture
def gift() -> None:
    """GIFT is one CUP and two TEA; ten CUP and ten TEA are there."""
    make_site("LON")
    for sku in ("GIFT", "CUP", "TEA"):
        make_product(sku)
    receive("CUP", quantity="10", cost="3")
    receive("TEA", quantity="10", cost="1")
    bill("GIFT", ("CUP", "1"), ("TEA", "2"))


@pytest.mark.usefixtures("gift")
def test_a_sold_bundle_takes_its_components_and_sells_itself() -> None:
    made = post("sale", line("GIFT", "LON", "customer", "3", unit_price="12"))
    assert (held(sku="CUP").on_hand, held(sku="TEA").on_hand) == (7, 4)
    sold = SaleLine.objects.get(movement_id=made.pk)
    assert (sold.product.sku, sold.quantity, sold.unit_price) == ("GIFT", 3, 12)
    assert [asked.bundle.sku for asked in movement_draft(made).lines if asked.bundle] == ["GIFT", "GIFT"]


@pytest.mark.usefixtures("gift")
def test_a_shortfall_names_the_component_and_the_line_that_asked() -> None:
    with pytest.raises(Faults) as refused:
        post("issue", line("CUP", "LON", "customer", "1"), line("GIFT", "LON", "customer", "6"))
    assert [(f.pointer, f.code) for f in refused.value.faults] == [
        ("/lines/1/quantity", "insufficient_stock")
    ]
    assert "TEA" in refused.value.faults[0].detail
    assert Entry.objects.count() == 4


@pytest.mark.usefixtures("gift")
def test_a_bundle_is_never_received_or_moved() -> None:
    with pytest.raises(Faults) as refused:
        post("receipt", line("GIFT", "supplier", "LON", "1"))
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/lines/0/sku", "bundle_has_no_stock")]


@pytest.mark.usefixtures("gift")
def test_bulk_and_single_posting_take_bundles_apart_alike() -> None:
    asked = draft("sale", line("GIFT", "LON", "customer", "2", unit_price="12"), reference="till-1")
    results = post_movements(actor=TESTER, items=[BulkItem("k1", b"x", asked), BulkItem("k2", b"y", asked)])
    assert [result.status for result in results] == ["posted", "posted"]
    assert (held(sku="CUP").on_hand, held(sku="TEA").on_hand) == (6, 2)
    assert sum(SaleLine.objects.values_list("quantity", flat=True)) == 4


@pytest.mark.usefixtures("gift")
def test_a_backdated_sale_takes_the_bundle_as_it_was_then() -> None:
    bill("GIFT", ("CUP", "2"), since=datetime(2026, 11, 21, tzinfo=UTC))
    post("sale", line("GIFT", "LON", "customer", "1", unit_price="12"))
    assert (held(sku="CUP").on_hand, held(sku="TEA").on_hand) == (9, 8)
    post("sale", line("GIFT", "LON", "customer", "1", unit_price="12"), at=datetime(2026, 11, 22, tzinfo=UTC))
    assert (held(sku="CUP").on_hand, held(sku="TEA").on_hand) == (7, 8)


@pytest.mark.usefixtures("gift")
def test_bundles_in_bundles_come_down_to_goods() -> None:
    make_product("HAMPER")
    bill("HAMPER", ("GIFT", "2"), ("CUP", "1"))
    post("sale", line("HAMPER", "LON", "customer", "1", unit_price="30"))
    assert (held(sku="CUP").on_hand, held(sku="TEA").on_hand) == (7, 6)


@pytest.mark.usefixtures("gift")
def test_circles_and_zero_quantities_are_refused() -> None:
    with pytest.raises(Faults) as refused:
        bill("CUP", ("GIFT", "1"))
    assert refused.value.faults[0].code == "cycle"
    with pytest.raises(Faults) as refused:
        bill("TEA", ("CUP", "0"), ("TEA", "1"))
    assert [fault.code for fault in refused.value.faults] == ["invalid_quantity", "cycle"]


@pytest.fixture
def boxed() -> None:
    """NUT in pieces, in boxes of 12 and of 40; OIL by the kilogram."""
    make_site("LON")
    nut = make_product("NUT")
    make_product("OIL", unit="kg")
    for unit, factor in (("box", 12), ("set", 40), ("set", 50)):
        Pack.objects.create(product=nut, unit=unit, factor=factor)


@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize(
    ("sku", "quantity", "unit", "base"),
    [("NUT", "3", "box", 36), ("NUT", "0.5", "box:12", 6), ("NUT", "2", "set:50", 100), ("NUT", "7", "pcs", 7),
     ("OIL", "250", "g", Decimal("0.25"))],
)  # fmt: skip
def test_packs_and_units_are_converted_exactly_and_kept(
    sku: str, quantity: str, unit: str, base: Decimal
) -> None:
    made = post("receipt", line(sku, "supplier", "LON", quantity, unit=unit, unit_cost="1"))
    assert held(sku=sku).on_hand == base
    kept = movement_draft(made).lines[0]
    assert (kept.quantity, kept.unit, kept.in_units) == (base, unit, Decimal(quantity))


@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize(
    ("quantity", "unit", "pointer", "code"),
    [
        ("1", "crate", "/lines/0/unit", "unknown_unit"),
        ("1", "set", "/lines/0/unit", "unknown_unit"),
        ("0.3", "box", "/lines/0/quantity", "fraction_of_piece"),
        ("1.5", "pcs", "/lines/0/quantity", "fraction_of_piece"),
        ("NaN", "box", "/lines/0/quantity", "invalid_quantity"),
        ("999999999999", "box", "/lines/0/quantity", "invalid_quantity"),
    ],
)
def test_a_wrong_unit_is_a_clear_fault(quantity: str, unit: str, pointer: str, code: str) -> None:
    with pytest.raises(Faults) as refused:
        post("receipt", line("NUT", "supplier", "LON", quantity, unit=unit))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]
    assert not Entry.objects.exists()
