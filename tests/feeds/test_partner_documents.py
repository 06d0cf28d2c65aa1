import pytest

from catalog.actions import upsert_products, upsert_sites
from feeds.models import PartnerDocument, PartnerDocumentLine, QuarantineRow
from tests.feeds.builders import SET_UP, applied

pytestmark = pytest.mark.django_db

PAPERS = (
    b"reference,kind,site,sku,quantity,occurred_at\n"
    b"GR-1,receipt,WH-1,A001,6,2026-11-05T08:26:00+00:00\n"
    b"GR-1,receipt,WH-1,A002,2,2026-11-05T08:26:00+00:00\n"
    b"GR-1,receipt,WH-1,A001,4,2026-11-05T08:26:00+00:00\n"
    b"GR-2,receipt,WH-1,NEW-9,1,2026-11-05T09:00:00+00:00\n"
)


@pytest.fixture(autouse=True)
def _master_data() -> None:
    upsert_products(
        actor=SET_UP,
        rows=[{"sku": sku, "name": sku, "category": "Kitchen", "unit": "pcs"} for sku in ("A001", "A002")],
    )
    site = {"code": "WH-1", "name": "Venlo", "kind": "warehouse", "region": "EU", "country": "NL"}
    upsert_sites(actor=SET_UP, rows=[{**site, "timezone": "Europe/Amsterdam", "currency": "EUR"}])


def lines() -> list[tuple[str, str, int, bool]]:
    rows = PartnerDocumentLine.objects.order_by("document__reference", "sku")
    return [(row.document.reference, row.sku, int(row.quantity), row.product_id is None) for row in rows]


def test_documents_are_kept_whole_and_an_unknown_product_with_them() -> None:
    delivery = applied(PAPERS, "documents")
    assert (delivery.state, delivery.accepted, delivery.result["documents"]) == ("applied", 4, 2)
    assert lines() == [
        ("GR-1", "A001", 10, False),
        ("GR-1", "A002", 2, False),
        ("GR-2", "NEW-9", 1, True),
    ]
    assert delivery.event_time_to.isoformat() == "2026-11-05T09:00:00+00:00"


def test_one_that_comes_again_takes_the_place_of_what_it_said() -> None:
    applied(PAPERS, "documents")
    applied(
        PAPERS.replace(b"A002,2", b"A002,3").replace(
            b"GR-1,receipt,WH-1,A001,4", b"GR-1,receipt,WH-1,A002,0"
        ),
        "documents",
    )
    assert lines()[:2] == [("GR-1", "A001", 6, False), ("GR-1", "A002", 3, False)]
    assert PartnerDocument.objects.count() == 2


def test_a_faulty_row_keeps_its_document_back_and_no_other() -> None:
    delivery = applied(PAPERS.replace(b"A002,2", b"A002,-2"), "documents")
    assert (delivery.state, delivery.accepted, delivery.rejected) == ("quarantined", 1, 3)
    codes = list(QuarantineRow.objects.order_by("number").values_list("number", "code"))
    assert codes == [(1, "same_document"), (2, "negative_quantity"), (3, "same_document")]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"NEW-9,1,", b"NEW-9,x,", "not_a_number"),
        (b"GR-2,receipt", b"GR-2,gift", "unknown_kind"),
        (b"GR-2,receipt,WH-1", b"GR-2,receipt,WH-7", "unknown_site"),
        (b"2026-11-05T09:00:00+00:00", b"yesterday", "not_a_time"),
        (b"GR-2,receipt", b",receipt", "required"),
    ],
)
def test_what_goes_to_quarantine(old: bytes, new: bytes, code: str) -> None:
    assert applied(PAPERS.replace(old, new), "documents").rejected == 1
    assert QuarantineRow.objects.get().code == code


def test_amounts_that_only_together_are_too_large_are_refused() -> None:
    large = PAPERS.replace(b"A001,6", b"A001,999999999999").replace(b"A001,4", b"A001,999999999999")
    assert applied(large, "documents").rejected == 3
    assert QuarantineRow.objects.filter(code="too_large").count() == 1
