"""A file whose header does not fit: looked at, mapped, tried without effect, sent; the mapping is remembered."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions import create_token
from audit.models import Event
from catalog.actions import upsert_sites
from catalog.models import Product, Scope, Site
from feeds import actions
from feeds.actions.mappings import forget_mapping, save_mapping
from feeds.actions.uploads import TRIED_ROWS, keep_upload, preview_upload, send_upload, try_upload
from feeds.models import Delivery, Feed, Mapping, Upload
from feeds.queries.mappings import readings_of
from feeds.tasks import process
from lib.faults import Faults
from tests.approvals.builders import a_user
from tests.feeds.builders import SET_UP, applied

pytestmark = pytest.mark.django_db

GERMAN = b"Artikel;Bezeichnung;Inhalt\nA001;Tasse;1,5\nA002;Teller;abc\n"
ASSIGNED: dict[str, Any] = {
    "columns": {"Artikel": "sku", "Bezeichnung": "name", "Inhalt": "net_content"},
    "constants": {"category": "Küche", "unit": "pcs", "net_content_unit": "l"},
    "decimal_mark": ",",
}
FORM = {
    "header-0": "Artikel", "column-0": "sku", "header-1": "Bezeichnung", "column-1": "name", "header-2": "Inhalt",
    "column-2": "net_content", "constant-category": "Küche", "constant-unit": "pcs", "constant-net_content_unit": "l",
    "decimal_mark": ",",
}  # fmt: skip


def an_upload(body: bytes = GERMAN, feed: str = "products", name: str = "artikel.csv") -> Upload:
    return keep_upload(actor=SET_UP, feed=Feed.objects.get(name=feed), filename=name, body=body)


def admin() -> Client:
    client = Client()
    client.force_login(a_user("admin", "admin"))
    return client


def code_of(refused: Any) -> str:
    return str(refused.value.faults[0].code)


def test_a_file_that_does_not_fit_waits_and_one_that_does_is_taken() -> None:
    client = admin()
    file = SimpleUploadedFile("artikel.csv", GERMAN)
    answer = client.post("/feeds/upload/", {"feed": "products", "file": file})
    assert answer["Location"] == f"/feeds/uploads/{Upload.objects.get().pk}/"
    assert Delivery.objects.count() == 0
    page = client.get(answer["Location"]).content.decode()
    assert "Artikel" in page and "semicolon" in page and "Tasse" in page


def test_the_preview_guesses_by_words_in_both_languages() -> None:
    preview, _reading, _faults = preview_upload(
        an_upload("商品编码,品名,Category,备注\nA,杯子,K,x\n".encode("gb18030"))
    )
    assert (preview.found.encoding, preview.found.delimiter, preview.header_line) == ("gb18030", ",", 1)
    assert [column.field for column in preview.columns] == ["sku", "name", "category", ""]
    assert preview.missing == ("unit",)
    assert preview.rows == ((2, ("A", "杯子", "K", "x")),)


def test_trying_writes_nothing_and_tells_every_row() -> None:
    tried = try_upload(actor=SET_UP, upload=an_upload(), data=ASSIGNED)
    assert (tried.accepted, [(n, f.code) for n, f, _r in tried.rejected]) == (1, [(2, "not_a_number")])
    assert tried.first[0] == {
        "sku": "A001", "name": "Tasse", "net_content": "1.5", "category": "Küche", "unit": "pcs", "net_content_unit": "l",
    }  # fmt: skip
    assert (Product.objects.count(), Delivery.objects.count()) == (0, 0)
    assert not Event.objects.filter(kind__startswith="product").exists()


def test_sending_remembers_and_the_next_file_needs_nobody() -> None:
    upload = an_upload()
    delivery = send_upload(actor=SET_UP, upload_id=upload.pk, data=ASSIGNED)
    process()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.accepted, delivery.rejected) == ("quarantined", 1, 1)
    assert str(Product.objects.get().net_content.normalize()) == "1.5"  # type: ignore[union-attr]
    second = applied(b"Artikel;Bezeichnung;Inhalt\nA003;Kanne;0,75\n")
    assert (second.state, second.result["mapping"][-2:]) == ("applied", "v1")
    kinds = list(
        Event.objects.filter(subject=f"upload:{upload.pk}").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["upload.kept", "upload.sent"]


def test_a_push_is_read_by_the_mapping_too() -> None:
    feed = Feed.objects.get(name="products")
    save_mapping(
        actor=SET_UP,
        feed=feed,
        headers=["Artikel", "Bezeichnung"],
        data={
            "columns": {"Artikel": "sku", "Bezeichnung": "name"},
            "constants": {"category": "K", "unit": "pcs"},
        },
    )
    delivery = applied(
        b'[{"Artikel": "A1", "Bezeichnung": "Tasse"}, {"Artikel": "A2", "Bezeichnung": "Kanne"}]'
    )
    assert (delivery.state, delivery.accepted) == ("applied", 2)


def test_the_feeds_own_declaration_counts_for_every_header() -> None:
    feed = Feed.objects.get(name="products")
    save_mapping(
        actor=SET_UP, feed=feed, headers=[], data={"decimal_mark": ",", "constants": {"unit": "pcs"}}
    )
    delivery = applied(b"sku;name;category;net_content;net_content_unit\nA;x;K;1,25;l\n")
    assert (delivery.accepted, str(Product.objects.get().net_content)) == (1, "1.250000")


def test_a_separator_that_was_declared_is_tried_where_the_file_does_not_say() -> None:
    feed = Feed.objects.get(name="products")
    body = b"Artikel|Bezeichnung, lang, breit\nA001|Tasse, rot, gro\xc3\x9f\n"
    data = {
        "columns": {"Artikel": "sku", "Bezeichnung, lang, breit": "name"},
        "constants": {"category": "K", "unit": "pcs"},
        "delimiter": "|",
    }
    save_mapping(actor=SET_UP, feed=feed, headers=["Artikel", "Bezeichnung, lang, breit"], data=data)
    assert applied(body).accepted == 1
    assert Product.objects.get().name == "Tasse, rot, groß"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"columns": {"Artikel": "nothing"}}, "unknown_field"),
        ({"columns": {"Nummer": "sku"}}, "unknown_column"),
        ({"columns": {"Artikel": "sku"}, "constants": {"sku": "A"}}, "assigned_twice"),
        ({"columns": {"Artikel": "sku", "Inhalt": "sku"}}, "assigned_twice"),
        ({"decimal_mark": "x"}, "unknown_decimal_mark"),
        ({"date_order": "ydm"}, "unknown_date_order"),
        ({"time_zone": "Mars/Base"}, "unknown_time_zone"),
        ({"delimiter": "#"}, "unknown_separator"),
        ({"encoding": "klingon"}, "unknown_encoding"),
        ({"columns": {"Artikel": 7}}, "not_text"),
        ({"constants": {"unit": "x" * 300}}, "too_long"),
        ([], "not_an_object"),
    ],
)
def test_mappings_that_are_refused(data: Any, code: str) -> None:
    feed = Feed.objects.get(name="products")
    with pytest.raises(Faults) as refused:
        save_mapping(actor=SET_UP, feed=feed, headers=["Artikel", "Bezeichnung", "Inhalt"], data=data)
    assert code_of(refused) == code
    assert Mapping.objects.count() == 0


def test_versions_are_kept_and_a_stale_edit_is_refused() -> None:
    feed = Feed.objects.get(name="products")
    first = save_mapping(
        actor=SET_UP, feed=feed, headers=["Artikel"], data={"columns": {"Artikel": "sku"}}, version=0
    )
    same = save_mapping(actor=SET_UP, feed=feed, headers=["Artikel"], data={"columns": {"Artikel": "sku"}})
    assert (first.version, same.pk) == (1, first.pk)
    save_mapping(
        actor=SET_UP, feed=feed, headers=["Artikel"], data={"columns": {"Artikel": "name"}}, version=1
    )
    with pytest.raises(Faults) as refused:
        save_mapping(actor=SET_UP, feed=feed, headers=["Artikel"], data={}, version=1)
    assert code_of(refused) == "changed_meanwhile"
    forget_mapping(actor=SET_UP, feed=feed, signature=first.signature)
    assert readings_of(feed).by_signature == {}
    assert Mapping.objects.filter(signature=first.signature).count() == 3


def test_an_upload_is_sent_once() -> None:
    upload = an_upload()
    send_upload(actor=SET_UP, upload_id=upload.pk, data=ASSIGNED)
    with pytest.raises(Faults) as refused:
        send_upload(actor=SET_UP, upload_id=upload.pk, data=ASSIGNED)
    assert code_of(refused) == "wrong_state"
    assert Delivery.objects.count() == 1


def test_only_the_first_rows_of_many_are_tried() -> None:
    body = b"sku,name,category,unit\n" + b"".join(
        b"B%05d,x,K,pcs\n" % number for number in range(TRIED_ROWS + 5)
    )
    tried = try_upload(actor=SET_UP, upload=an_upload(body), data={})
    assert (tried.accepted, tried.rows_in_all, tried.is_all) == (TRIED_ROWS, TRIED_ROWS + 5, False)


def test_the_page_checks_then_sends() -> None:
    client, upload = admin(), an_upload()
    checked = client.post(f"/feeds/uploads/{upload.pk}/", {**FORM, "act": "check"})
    assert (checked.context["tried"].accepted, len(checked.context["tried"].rejected)) == (1, 1)
    assert "is no number" in checked.content.decode()
    sent = client.post(f"/feeds/uploads/{upload.pk}/", {**FORM, "act": "send"})
    assert sent["Location"] == f"/feeds/deliveries/{Delivery.objects.get().pk}/"
    assert Mapping.objects.get().columns["artikel"] == "sku"


def test_the_page_tells_what_is_wrong_and_puts_away() -> None:
    client, upload = admin(), an_upload()
    answer = client.post(f"/feeds/uploads/{upload.pk}/", {**FORM, "column-1": "sku", "act": "send"})
    assert answer.status_code == 422 and "assigned more than once" in answer.content.decode()
    assert client.post(f"/feeds/uploads/{upload.pk}/", {"act": "discard"}).status_code == 302
    assert (Upload.objects.get().state, Delivery.objects.count()) == ("discarded", 0)


def test_mappings_are_shown_edited_and_forgotten_on_their_page() -> None:
    client, feed = admin(), Feed.objects.get(name="products")
    made = save_mapping(actor=SET_UP, feed=feed, headers=["Artikel"], data={"columns": {"Artikel": "sku"}})
    assert "Artikel → sku" in client.get("/feeds/products/mappings/").content.decode()
    form = {"version": "1", "header-0": "Artikel", "column-0": "name", "decimal_mark": "."}
    assert client.get(f"/feeds/products/mappings/{made.pk}/").status_code == 200
    assert client.post(f"/feeds/products/mappings/{made.pk}/", form).status_code == 302
    assert client.post(f"/feeds/products/mappings/{made.pk}/", form).status_code == 409
    assert (
        client.post("/feeds/products/mappings/0/", {"version": "0", "decimal_mark": ","}).status_code == 302
    )
    assert client.post(f"/feeds/products/mappings/{made.pk}/forget/").status_code == 302
    assert Mapping.objects.order_by("id").values_list("version", "is_active").last() == (3, False)


def test_rest_does_the_same() -> None:
    client = APIClient()
    client.force_authenticate(None)
    token = create_token(actor=SET_UP, user=a_user("admin", "admin"), name="tests")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    file = SimpleUploadedFile("artikel.csv", GERMAN)
    kept = client.post("/api/v1/feeds/products/uploads/", {"file": file}, format="multipart")
    assert (kept.status_code, kept.json()["missing"]) == (201, ["sku", "name", "category", "unit"])
    address = f"/api/v1/feeds/uploads/{kept.json()['id']}/"
    checked = client.post(f"{address}check/", ASSIGNED, format="json").json()
    assert (checked["tried"]["accepted"], checked["tried"]["rejected"][0]["code"]) == (1, "not_a_number")
    sent = client.post(f"{address}send/", ASSIGNED, format="json")
    assert (sent.status_code, sent.json()["state"]) == (202, "received")
    listed = client.get("/api/v1/feeds/products/mappings/").json()["results"]
    assert listed[0]["columns"] == {"artikel": "sku", "bezeichnung": "name", "inhalt": "net_content"}
    assert client.post(f"{address}discard/").status_code == 409


def test_a_feed_of_another_site_is_not_found() -> None:
    row = {"code": "N-1", "name": "North", "kind": "store", "region": "N", "country": "GB"}
    upsert_sites(actor=SET_UP, rows=[{**row, "timezone": "Europe/London", "currency": "GBP"}])
    site = Site.objects.get(code="N-1")
    feed = Feed.objects.create(name="north-sales", kind="sales", site=site)
    upload = keep_upload(actor=SET_UP, feed=feed, filename="x.csv", body=GERMAN)
    user = a_user("south", "admin")
    Scope.objects.filter(user=user).delete()
    client = Client()
    client.force_login(user)
    for path in (f"/feeds/uploads/{upload.pk}/", "/feeds/north-sales/mappings/"):
        assert client.get(path).status_code == 404


def test_what_cannot_be_read_is_told_on_the_page() -> None:
    upload = an_upload(b"PK\x03\x04rubbish", name="x.xlsx")
    page = admin().get(f"/feeds/uploads/{upload.pk}/").content.decode()
    assert "no workbook that can be read" in page
    assert actions.claim_deliveries() == []


def test_the_file_of_a_refused_delivery_is_looked_at_again() -> None:
    client = admin()
    delivery = applied(GERMAN)
    assert delivery.error_code == "missing_columns"
    assert "Look at its columns" in client.get(f"/feeds/deliveries/{delivery.pk}/").content.decode()
    for _twice in range(2):
        answer = client.post(f"/feeds/deliveries/{delivery.pk}/look/")
        assert answer["Location"] == f"/feeds/uploads/{Upload.objects.get().pk}/"
    assert "f.csv" in client.get("/feeds/uploads/").content.decode()
