"""The pages of counts: the list, one count with its next step, the phone's page, the report, rules and tolerances."""

import pytest
from django.test import Client

from inventory.actions.counts import CountDraft, plan_count
from inventory.actions.counts_comparing import submit_count
from inventory.models import Count, CountRule, CountTolerance
from tests.inventory.builders import TESTER, held
from tests.inventory.count_builders import found, make_shop, plan, recounted, scan
from tests.inventory.test_transfers_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Client:
    make_shop("A1", "B2")
    return client_of("mia", "stock_manager")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_a_count_is_planned_by_form_and_listed(manager: Client) -> None:
    answer = manager.post("/stock/counts/new/", {"kind": "cycle", "site": "LON", "skus": "A1, B2"})
    made = Count.objects.get()
    assert answer.url == f"/stock/counts/{made.pk}/"
    assert str(made) in text(manager, "/stock/counts/")
    assert made.items.count() == 2


def test_what_is_refused_stays_typed(manager: Client) -> None:
    answer = manager.post("/stock/counts/new/", {"kind": "cycle", "site": "LON", "skus": "NONE"})
    assert answer.status_code == 422
    assert "NONE" in answer.content.decode()
    assert (
        manager.post("/stock/counts/new/", {"kind": "stocktake", "site": "LON", "month": "x"}).status_code
        == 422
    )


def test_neither_page_tells_the_book_of_a_blind_count(manager: Client) -> None:
    make = held().__class__.objects
    make.filter(product__sku="A1", lot="").update(on_hand=918273)
    count = plan("A1")
    scan(count, found(quantity="1"))
    for path in ("", "count/"):
        shown = text(manager, f"/stock/counts/{count.pk}/{path}")
        assert "918273" not in shown
        assert "918,273" not in shown
    assert manager.get(f"/stock/counts/{count.pk}/variance/").status_code == 302


def test_handed_in_and_settled_with_a_reason(manager: Client) -> None:
    count = plan("A1")
    scan(count, found(quantity="8"))
    manager.post(f"/stock/counts/{count.pk}/submit/", {})
    scan(count, found(quantity="8"))
    manager.post(f"/stock/counts/{count.pk}/submit/", {})
    path = f"/stock/counts/{count.pk}/settle/"
    refused = manager.post(path, {"sku": ["A1"], "code": [""]})
    assert (refused.status_code, held().on_hand) == (422, 10)
    manager.post(path, {"sku": ["A1"], "code": ["damage"]})
    count.refresh_from_db()
    assert (count.state, held().on_hand) == ("closed", 8)


def test_ticked_products_are_counted_again(manager: Client) -> None:
    count = recounted("8")
    manager.post(f"/stock/counts/{count.pk}/settle/", {"recount": "1", "again": ["A1"], "note": "look again"})
    count.refresh_from_db()
    assert (count.state, count.items.get().round) == ("recount", 3)


def test_the_report_is_a_page_and_a_file(manager: Client) -> None:
    count = recounted("8")
    assert "A1" in text(manager, f"/stock/counts/{count.pk}/variance/?only=differing")
    csv = manager.get(f"/stock/counts/{count.pk}/variance/?format=csv")
    assert "A1,Product A1" in csv.content.decode("utf-8-sig")
    assert manager.get(f"/stock/counts/{count.pk}/variance/?format=xlsx").content[:2] == b"PK"


def test_a_stocktake_is_signed_on_its_page(manager: Client) -> None:
    from datetime import date

    count = plan_count(actor=TESTER, draft=CountDraft("LON", kind="stocktake", month=date(2026, 11, 1)))
    scan(count, found("A1"), found("B2"))
    submit_count(actor=TESTER, count_id=count.pk)
    manager.post(f"/stock/counts/{count.pk}/settle/", {})
    assert "Sign for stock" in text(manager, f"/stock/counts/{count.pk}/")
    manager.post(f"/stock/counts/{count.pk}/sign/", {"side": "stock"})
    client_of("fin", "finance").post(f"/stock/counts/{count.pk}/sign/", {"side": "finance"})
    count.refresh_from_db()
    assert count.state == "closed"


def test_rules_and_tolerances_are_kept(manager: Client) -> None:
    rule = CountRule.objects.filter(kind="zero").get()
    assert "Book reached zero" in text(manager, "/stock/count-rules/")
    form = {
        "name": "Mine",
        "kind": "negative",
        "site": "LON",
        "every_days": "2",
        "at_most": "5",
        "active": "1",
    }
    manager.post("/stock/count-rules/save/", form)
    assert CountRule.objects.get(name="Mine").every_days == 2
    manager.post("/stock/count-rules/save/", {**form, "rule": str(rule.pk), "name": "Other"})
    rule.refresh_from_db()
    assert rule.name == "Other"
    manager.post("/stock/count-rules/tolerance/", {"sku": "A1", "site": "LON", "over": "5"})
    assert str(CountTolerance.objects.get(product__sku="A1").over) == "0.050000"
    assert manager.post("/stock/count-rules/tolerance/", {"over": "x"}).status_code == 422


def test_the_worker_is_a_script_for_counts_only(manager: Client) -> None:
    answer = manager.get("/stock/counts/worker.js")
    assert answer["Service-Worker-Allowed"] == "/stock/counts/"
    assert answer["Content-Type"].startswith("text/javascript")


def test_a_clerk_may_count_and_not_plan() -> None:
    make_shop("A1")
    count = plan("A1")
    staff = client_of("pat", "site_staff")
    assert "count.js" in text(staff, f"/stock/counts/{count.pk}/count/")
    assert staff.get("/stock/counts/new/").status_code == 403
    assert staff.post(f"/stock/counts/{count.pk}/cancel/", {"reason": "x"}).status_code == 403


def test_today_tells_who_can_go_on_with_a_count() -> None:
    from catalog.models import Site
    from reports.queries import waiting_for
    from tests.inventory.transfer_builders import person

    make_shop("A1")
    count = recounted("8")
    urls = {row.url for row in waiting_for(person("cla", "stock_clerk"), Site.objects.all())}
    assert f"/stock/counts/{count.pk}/" in urls
    assert not waiting_for(person("pat", "site_staff"), Site.objects.all())
    assert not waiting_for(person("far", "stock_clerk"), Site.objects.none())
