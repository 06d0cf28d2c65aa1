"""Shelf labels: which prices change at a moment, runs made once, scans that count once, what is still open."""

import csv
import io
import pathlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from catalog.models import Scope
from lib import actors, clock
from lib.actors import Actor
from lib.faults import Faults
from pricing.actions.labels import confirm_label, end_of_next_day, make_run, prepare_site, reprint_label
from pricing.checks import open_shelf_labels
from pricing.label_serializers import FILE_COLUMNS
from pricing.models import LabelLine, LabelRun, ListRate, ListRule, PriceChange, PriceList
from pricing.queries.labels import label_changes, moments, open_by_run, open_labels
from tests.approvals.test_races import together
from tests.pricing.builders import House, a_house, a_list, a_person, a_product, a_rate, a_user, priced
from tests.pricing.test_api import Caller
from tests.pricing.test_pages import client_of

D = Decimal
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
SOON = NOW + timedelta(days=1)
#: An in-store EAN-13 and the digits a scanner of GTIN-14 reads from the same product.
BARCODE = "2000000000015"


def a_priced_house() -> House:
    """A 10.00 → 9.50 from tomorrow, B 4.00 stays, C begins tomorrow; 500 g in a piece of A."""
    house = a_house()
    a_product("A", barcode=BARCODE, net_content="500", net_content_unit="g")
    a_product("B")
    a_product("C")
    priced(house.clerk, ("BASE", "A", "10.00"), ("BASE", "B", "4.00"))
    priced(house.clerk, ("BASE", "A", "9.50"), effective_from=SOON)
    priced(house.clerk, ("BASE", "C", "8.00"), effective_from=SOON)
    return house


@pytest.fixture
def house(db: None) -> House:
    return a_priced_house()


def code_of(refused: pytest.ExceptionInfo[Faults]) -> tuple[int, str]:
    return refused.value.status, refused.value.faults[0].code


def figures(house: House, site: Any = None, at: datetime = SOON) -> dict[int, Any]:
    found = label_changes(site or house.london, at, house.clerk)
    return {one.new.sku: (one.old, one.new.amount) for one in found}


def test_only_products_whose_shelf_price_changes_get_a_label(house: House) -> None:
    assert figures(house) == {"A": (D("10.00"), D("9.50")), "C": (None, D("8.00"))}
    assert figures(house, at=SOON + timedelta(hours=1)) == {}


def test_a_list_above_hides_the_change_and_a_parent_moves_the_derived_list(house: House) -> None:
    a_rate("GBP", "EUR", "1.20", on=(NOW - timedelta(days=1)).date())
    a_list("EU", kind="region", region=house.berlin.region, parent=house.base, currency="EUR")
    a_list("LON", kind="site", site=house.london)
    priced(house.clerk, ("LON", "A", "10.00"))
    assert figures(house) == {"C": (None, D("8.00"))}, "the site's own price does not change"
    assert figures(house, house.berlin) == {"A": (D("12.00"), D("11.40")), "C": (None, D("9.60"))}


def test_a_promotion_has_its_reference_price_and_its_end_takes_it_back(house: House) -> None:
    a_list("PROMO", kind="promotion")
    until = SOON + timedelta(days=7)
    priced(house.clerk, ("PROMO", "B", "3.80"), effective_from=SOON, effective_until=until)
    line = make_run(actor=house.clerk, site_code="LON", effective_at=SOON).run.lines.get(product__sku="B")
    assert (line.old_amount, line.amount) == (D("4.00"), D("3.80"))
    assert line.reference_amount is None or line.reference_amount == D("4.00")
    assert figures(house, at=until) == {"B": (D("3.80"), D("4.00"))}


def test_a_run_is_made_once_and_brought_up_to_date(house: House) -> None:
    made = make_run(actor=house.clerk, site_code="LON", effective_at=SOON)
    line = made.run.lines.get(product__sku="A")
    assert (made.is_new, made.added) == (True, 2)
    assert (line.unit_price, line.unit_price_unit, line.barcode) == (D("19.00"), "kg", BARCODE)
    confirm_label(actor=house.clerk, run_id=made.run.pk, code="A")
    again = make_run(actor=house.manager, site_code="LON", effective_at=SOON)
    assert (again.run.pk, again.is_new, again.added, again.changed) == (made.run.pk, False, 0, 0)
    assert Event.objects.filter(kind="labels.prepared").count() == 1, (
        "a run made again without news is silent"
    )
    priced(house.clerk, ("BASE", "A", "9.40"), effective_from=SOON)
    assert make_run(actor=house.clerk, site_code="LON", effective_at=SOON).changed == 1
    line.refresh_from_db()
    assert (line.amount, line.confirmed_at) == (D("9.40"), None), "another price has to be put up again"


def test_a_moment_without_a_change_makes_no_run(house: House) -> None:
    with pytest.raises(Faults) as refused:
        make_run(actor=house.clerk, site_code="LON", effective_at=SOON + timedelta(hours=1))
    assert code_of(refused) == (409, "nothing_changes")
    with pytest.raises(Faults) as refused:
        make_run(actor=house.clerk, site_code="LON", effective_at=SOON + timedelta(days=500))
    assert code_of(refused) == (422, "too_far")


def test_rights_and_scope(house: House) -> None:
    local = a_user("local", "site_staff")
    Scope.objects.filter(user=local).update(site=house.london)
    staff: Actor = local.as_actor(channel="api")
    run = make_run(actor=staff, site_code="LON", effective_at=SOON).run
    with pytest.raises(Faults) as unknown:
        make_run(actor=staff, site_code="BER", effective_at=SOON)
    assert [fault.code for fault in unknown.value.faults] == ["unknown_site"]
    for refused in (lambda: confirm_label(actor=staff, run_id=_run_at(house, house.web).pk, code="A"),):
        with pytest.raises(Http404):
            refused()
    buyer = a_person("buyer", "purchaser")
    for act in (
        lambda: make_run(actor=buyer, site_code="LON", effective_at=SOON),
        lambda: confirm_label(actor=buyer, run_id=run.pk, code="A"),
        lambda: reprint_label(actor=buyer, run_id=run.pk, line_id=run.lines.all()[0].pk),
    ):
        with pytest.raises(Faults) as faults:
            act()
        assert code_of(faults) == (403, "not_allowed")


def _run_at(house: House, site: Any) -> LabelRun:
    return make_run(actor=house.clerk, site_code=site.code, effective_at=SOON).run


@pytest.mark.parametrize("code", ["A", BARCODE, f"0{BARCODE}", f" {BARCODE}\n"])
def test_a_scan_counts_once(house: House, code: str) -> None:
    run = _run_at(house, house.london)
    first = confirm_label(actor=house.clerk, run_id=run.pk, code=code)
    second = confirm_label(actor=house.manager, run_id=run.pk, code=code)
    assert (first.is_new, second.is_new, first.line.pk) == (True, False, second.line.pk)
    assert second.line.confirmed_by_name == house.clerk.name
    assert Event.objects.filter(kind="label.confirmed").count() == 1


@pytest.mark.parametrize("code", ["B", "", "2000000000022", "\x00", "９" * 13, "x" * 5000])
def test_a_code_of_no_label_is_refused(house: House, code: str) -> None:
    with pytest.raises(Faults) as refused:
        confirm_label(actor=house.clerk, run_id=_run_at(house, house.london).pk, code=code)
    assert code_of(refused) == (422, "not_in_run")


def test_open_labels_are_those_whose_moment_has_come(house: House) -> None:
    run = _run_at(house, house.london)
    assert not open_labels(SOON - timedelta(minutes=1))
    assert {line.product.sku for line in open_labels(SOON)} == {"A", "C"}
    confirm_label(actor=house.clerk, run_id=run.pk, code="A")
    assert [(row["run__site__code"], row["labels"]) for row in open_by_run(SOON)] == [("LON", 1)]
    reprint_label(actor=house.clerk, run_id=run.pk, line_id=run.lines.get(product__sku="A").pk)
    assert open_labels(SOON).count() == 2, "a label that is printed again is open again"


def test_a_newer_label_takes_the_place_of_the_older(house: House) -> None:
    later = SOON + timedelta(days=1)
    _run_at(house, house.london)
    priced(house.clerk, ("BASE", "A", "9.30"), effective_from=later)
    make_run(actor=house.clerk, site_code="LON", effective_at=later)
    found = {line.product.sku: line.amount for line in open_labels(later)}
    assert found == {"A": D("9.30"), "C": D("8.00")}


def test_the_slot_prepares_the_next_local_day_and_twice_is_once(house: House) -> None:
    slot = SOON - timedelta(hours=20)
    job = actors.job("pricing.print_labels")
    done = prepare_site(actor=job, site_code="LON", slot=slot)
    assert (done["runs"], done["labels"]) == (1, 2)
    assert prepare_site(actor=job, site_code="LON", slot=slot)["runs"] == 0
    assert LabelLine.objects.count() == 2
    assert end_of_next_day(datetime(2026, 10, 24, 17, tzinfo=UTC), "Europe/London") == datetime(
        2026, 10, 25, 23, 59, 59, 999999, tzinfo=UTC
    ), "the day after has 25 hours"


def _linked(house: House) -> datetime:
    """A list in Berlin that keeps its rate: 1.20 since the day before yesterday, 1.30 since yesterday; the move's moment."""
    one = a_list(
        "EU",
        kind="region",
        region=house.berlin.region,
        parent=house.base,
        currency="EUR",
        rate_dead_band="0.02",
    )
    start = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC) - timedelta(days=1)
    for day, rate in ((start - timedelta(days=1), "1.20"), (start, "1.30")):
        a_rate("GBP", "EUR", rate, on=day.date())
        ListRate.objects.create(
            price_list=one, rate=rate, on=day.date(), path="GBP→EUR", effective_on=day.date(), reason="moved", event_id=1
        )  # fmt: skip
    return start


def _placed_before(at: datetime, change: PriceChange | None = None) -> None:
    """The products of a change (A and B) had their prices of now for days before `at`."""
    change = change or PriceChange.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known, known_from,"
            " price_change_id, event_id) SELECT price_list_id, product_id, 1, currency, amount,"
            " tstzrange(%s, lower(valid)), tstzrange(known_from, NULL), known_from, price_change_id, event_id"
            " FROM pricing_price WHERE price_change_id = %s AND upper_inf(known)",
            [at - timedelta(days=5), change.pk],
        )


def test_another_rate_of_a_linked_list_is_a_moment_and_the_next_slot_makes_up_for_it(house: House) -> None:
    at = _linked(house)
    _placed_before(at)
    assert figures(house, house.berlin, at) == {"A": (D("12.00"), D("13.00")), "B": (D("4.80"), D("5.20"))}
    assert figures(house, house.london, at) == {}, "another site's list"
    assert {one.at: one.products for one in moments(house.berlin, at - timedelta(hours=1), at)} == {at: 2}
    job = actors.job("pricing.print_labels")
    slot = at + timedelta(hours=18)
    assert prepare_site(actor=job, site_code="BER", slot=slot)["labels"] >= 2
    assert prepare_site(actor=job, site_code="BER", slot=slot)["runs"] == 0
    assert {line.product.sku for line in open_labels(at + timedelta(hours=19))} >= {"A", "B"}


def test_a_list_that_is_not_linked_any_more_keeps_no_rate(house: House) -> None:
    at = _linked(house)
    _placed_before(at)
    PriceList.objects.filter(code="EU").update(rate_dead_band=None)
    assert moments(house.berlin, at - timedelta(hours=1), at) == []


def test_another_version_of_a_derived_list_is_a_moment(house: House) -> None:
    """LON derives from BASE, with B of its own: A and what begins then move, B does not."""
    one = a_list("LON", kind="site", site=house.london, parent=house.base, float_fraction="0.10")
    priced(house.clerk, ("LON", "B", "4.50"))
    at = SOON + timedelta(hours=3)
    begins = {
        "known_from": NOW - timedelta(days=1),
        "state": "in_force",
        "price_list": one,
        "parent": house.base,
    }
    ListRule.objects.create(
        version=1, float_fraction="0.10", effective_from=NOW - timedelta(days=9), **begins
    )
    ListRule.objects.create(version=2, float_fraction="0.20", effective_from=at, **begins)
    assert figures(house, at=at) == {"A": (D("10.45"), D("11.40")), "C": (D("8.80"), D("9.60"))}
    assert [(m.at, m.products) for m in moments(house.london, SOON, at)] == [(at, 3)]
    run = make_run(actor=house.clerk, site_code="LON", effective_at=at).run
    assert {line.product.sku for line in open_labels(at) if line.run_id == run.pk} == {"A", "C"}


def test_many_products_take_no_more_queries(house: House, django_assert_num_queries: Any) -> None:
    at = _linked(house)
    _placed_before(at)
    with CaptureQueriesContext(connection) as captured:
        few = label_changes(house.berlin, at, house.clerk)
    skus = [f"M{number}" for number in range(40)]
    for sku in skus:
        a_product(sku)
    _placed_before(at, priced(house.clerk, *(("BASE", sku, "10.00") for sku in skus)))
    with django_assert_num_queries(len(captured)):
        many = label_changes(house.berlin, at, house.clerk)
    assert (len(few), len(many)) == (2, 42)


def test_two_who_make_the_same_run_make_one(cloned_db: str) -> None:
    house = a_priced_house()
    results = together(
        *(
            lambda one=one: make_run(actor=one, site_code="LON", effective_at=SOON)
            for one in (house.clerk, house.manager)
        )
    )
    assert sorted(one.is_new for one in results) == [False, True]  # type: ignore[attr-defined]
    assert (LabelRun.objects.count(), LabelLine.objects.count()) == (1, 2)


def test_two_who_scan_the_same_label_confirm_it_once(cloned_db: str) -> None:
    house = a_priced_house()
    run = _run_at(house, house.london)
    results = together(
        *(
            lambda one=one: confirm_label(actor=one, run_id=run.pk, code=BARCODE)
            for one in (house.clerk, house.manager)
        )
    )
    assert sorted(one.is_new for one in results) == [False, True]  # type: ignore[attr-defined]
    assert Event.objects.filter(kind="label.confirmed").count() == 1


def test_the_patrol_tells_open_labels(house: House) -> None:
    _run_at(house, house.london)
    assert not open_shelf_labels(clock.now())
    (found,) = open_shelf_labels(SOON)
    assert (found.code, found.severity) == ("labels_open", "warning")


def test_rest_makes_lists_gives_and_confirms(house: House) -> None:
    caller = Caller("clerk")
    asked = {"site": "LON", "effective_at": SOON.isoformat()}
    made = caller.post("label-runs/", asked)
    assert made.status_code == 201 and caller.post("label-runs/", asked).status_code == 200
    body = made.json()
    line = body["lines"][0]
    assert (line["sku"], line["old_price"], line["price"], line["unit_price"]) == ("A", "10.00", "9.50", "19")
    (row,) = caller.get("label-runs/", site="LON").json()["results"]
    assert (row["labels"], row["open"]) == (2, 2) and not caller.get("label-runs/", site="BER").json()[
        "results"
    ]
    path = f"label-runs/{body['id']}/"
    assert caller.post(f"{path}confirm/", {"code": BARCODE}).json()["is_new"] is True
    assert caller.post(f"{path}confirm/", {"code": "A"}).json()["is_new"] is False
    assert caller.get(path).json()["open"] == 1
    for bad in ({}, {"code": 5}, [], {"code": "B"}):
        assert caller.post(f"{path}confirm/", bad).status_code == 422
    again = caller.post(f"{path}reprint/", {"code": BARCODE})
    assert (again.status_code, again.json()["sku"], again.json()["confirmed_at"]) == (200, "A", None)
    assert caller.get(path).json()["open"] == 2
    assert caller.post(f"{path}reprint/", {"code": "B"}).json()["errors"][0]["code"] == "not_in_run"
    assert Event.objects.filter(kind="label.reprinted").count() == 1
    bads = (
        {},
        [],
        {"site": "LON"},
        {"site": "LON", "effective_at": "2026-12-01T00:00"},
        {**asked, "effective_at": 1e400},
    )
    for bad in bads:
        assert caller.post("label-runs/", bad).status_code in (400, 422), bad
    assert caller.post("label-runs/", {**asked, "site": "XXX"}).status_code == 422


def test_the_file_has_the_documented_columns(house: House) -> None:
    caller = Caller("clerk")
    run = _run_at(house, house.london)
    text = caller.get(f"label-runs/{run.pk}/file/").content.decode("utf-8-sig")
    header, first, *_rest = csv.reader(io.StringIO(text))
    documented = pathlib.Path(settings.BASE_DIR, "docs", "labels.md").read_text()
    assert tuple(header) == FILE_COLUMNS and all(f"{name}" in documented for name in header)
    row = dict(zip(header, first, strict=True))
    assert (row["sku"], row["price"], row["action"], row["is_recommended"]) == ("A", "9.50", "show", "false")
    told = caller.get(f"label-runs/{run.pk}/file/", form="json").json()
    assert (told["site"], [one["price"] for one in told["labels"]]) == ("LON", ["9.50", "8.00"])
    assert caller.get(f"label-runs/{run.pk}/file/", form="xml").status_code == 422


def test_the_pages_answer_and_tell_the_scan(house: House) -> None:
    client = client_of(house.clerk.id)
    assert client.get("/prices/labels/", {"site": "LON"}).status_code == 200
    answer = client.post("/prices/labels/new/", {"site": "LON", "effective_at": SOON.isoformat()})
    run = LabelRun.objects.get()
    assert answer["Location"] == f"/prices/labels/{run.pk}/"
    assert "Bring up to date" in client.get("/prices/labels/", {"site": "LON"}).content.decode()
    page = client.get(f"/prices/labels/{run.pk}/print/").content.decode()
    assert BARCODE in page and page.count("<article") == 2 and page.count("<rect") == 30
    scanned = client.post(
        f"/prices/labels/{run.pk}/confirm/", {"code": BARCODE}, follow=True
    ).content.decode()
    assert "is-done" in scanned and "1 of 2 confirmed" in scanned
    twice = client.post(f"/prices/labels/{run.pk}/confirm/", {"code": "A"}, follow=True).content.decode()
    assert "is-again" in twice
    for code in ("nope", ""):
        refused = client.post(f"/prices/labels/{run.pk}/confirm/", {"code": code}, follow=True)
        assert "is-unknown" in refused.content.decode()
    line = run.lines.get(product__sku="A")
    one = client.post(f"/prices/labels/{run.pk}/lines/{line.pk}/again/", follow=True).content.decode()
    assert one.count("<article") == 1 and run.lines.filter(confirmed_at__isnull=True).count() == 2
    LabelRun.objects.update(effective_at=clock.now())
    assert "Product C" in client.get("/prices/labels/", {"view": "open"}).content.decode()
    for path in ("", "?state=open", "file.csv", "file.json", "scan/"):
        assert client.get(f"/prices/labels/{run.pk}/{path}").status_code == 200
    assert client.get(f"/prices/labels/{run.pk}/file.exe").status_code == 404
    wrong = client.post("/prices/labels/new/", {"site": "LON", "effective_at": "soon"}, follow=True)
    assert wrong.status_code == 200 and LabelRun.objects.count() == 1


def test_pages_of_a_site_out_of_scope_are_not_there(house: House) -> None:
    local = a_user("local", "site_staff")
    Scope.objects.filter(user=local).update(site=house.london)
    run = _run_at(house, house.web)
    client = client_of(local.pk)
    for path in ("", "print/", "scan/", "file.csv"):
        assert client.get(f"/prices/labels/{run.pk}/{path}").status_code == 404
    assert client.post(f"/prices/labels/{run.pk}/confirm/", {"code": "A"}).status_code == 404
    assert "No labels yet" in client.get("/prices/labels/").content.decode()
