"""Publications over REST and in pages: setting up, reading on from a version, keys, refusals, scope."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from audit.models import Event
from catalog.models import Scope
from feeds.actions.sending import send_publication
from feeds.models import Dispatch, Publication, PublicationKey
from lib.actors import job
from tests.feeds.publications import a_publication, kept
from tests.pricing.builders import LONG_AGO, House, a_house, a_product, priced

pytestmark = pytest.mark.django_db
BODY = {
    "name": "shop",
    "what": "prices",
    "way": "webhook",
    "channel": "market",
    "endpoint": "https://example.com/hook",
}


@pytest.fixture
def house() -> House:
    house = a_house()
    for sku in ("A", "B", "C"):
        a_product(sku)
    priced(house.clerk, *(("BASE", sku, "10.00") for sku in ("A", "B", "C")))
    return house


def client_of(role: str = "admin", **scope: Any) -> Client:
    user = User.objects.create_user(username=f"u.{role}", role=role)
    Scope.objects.create(user=user, valid_from=LONG_AGO, **scope)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def test_a_publication_is_set_up_changed_and_recorded(house: House) -> None:
    client = client_of()
    made = post(client, "publications/", BODY)
    assert (made.status_code, made.json()["channel"], made.json()["is_active"]) == (201, "market", True)
    assert post(client, "publications/", BODY).status_code == 409
    changed = client.put(
        "/api/v1/publications/shop/", {**BODY, "title": "Shop"}, content_type="application/json"
    )
    assert (changed.status_code, changed.json()["title"]) == (200, "Shop")
    kinds = list(
        Event.objects.filter(subject="publication:shop").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["publication.created", "publication.changed"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "No Good"}, "invalid_name"),
        ({"name": "new"}, "invalid_name"),
        ({"what": "weather"}, "unknown_kind"),
        ({"way": "pigeon"}, "unknown_way"),
        ({"endpoint": ""}, "required"),
        ({"endpoint": "ftp://example.com/"}, "bad_url"),
        ({"endpoint": "https://user:pw@example.com/"}, "bad_url"),
        ({"channel": "none"}, "unknown_channel"),
        ({"site": "none"}, "unknown_site"),
        ({"channel": ""}, "required"),
        ({"settings": {"batch_items": 0}}, "invalid_setting"),
        ({"settings": {"format": "pdf"}}, "invalid_setting"),
        ({"settings": {"api_token": "x"}}, "secret"),
        ({"settings": {"readings_url": "nowhere"}}, "bad_url"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(house: House, change: dict[str, Any], code: str) -> None:
    answer = post(client_of(), "publications/", {**BODY, **change})
    assert answer.status_code == 422
    assert code in [fault["code"] for fault in answer.json()["errors"]]
    assert not Publication.objects.exists()


def test_plain_http_and_private_addresses_are_refused_outside_the_demo(house: House, settings: Any) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    answer = post(client_of(), "publications/", {**BODY, "endpoint": "http://example.com/"})
    assert [fault["code"] for fault in answer.json()["errors"]] == ["insecure_url"]


def test_rest_goes_on_from_a_version(house: House) -> None:
    shop, client = a_publication(), client_of()
    kept(shop)
    first = client.get("/api/v1/publications/shop-prices/items/?page_size=2").json()
    assert [(row["key"], row["amount"]) for row in first["results"]] == [
        ("WEB/A", "10.00"),
        ("WEB/B", "10.00"),
    ]
    second = client.get(first["next"]).json()
    assert ([row["sku"] for row in second["results"]], second["next"], second["since"]) == (["C"], None, 3)
    priced(house.clerk, ("BASE", "A", "10.30"))
    kept(shop)
    third = client.get("/api/v1/publications/shop-prices/items/?since=3").json()
    assert [(row["sku"], row["version"], row["amount"]) for row in third["results"]] == [("A", 4, "10.30")]


@pytest.mark.parametrize(
    ("query", "status"), [("since=x", 400), ("since=-1", 400), ("since=9", 409), ("page_size=0", 400)]
)
def test_a_cursor_that_cannot_be_is_told(house: House, query: str, status: int) -> None:
    kept(a_publication())
    answer = client_of().get(f"/api/v1/publications/shop-prices/items/?{query}")
    assert answer.status_code == status


def test_who_does_not_see_the_sites_finds_nothing(house: House) -> None:
    kept(a_publication())
    client = client_of("duty", site=house.london)
    for path in (
        "publications/shop-prices/",
        "publications/shop-prices/items/",
        "publications/shop-prices/dispatches/",
    ):
        assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.get("/api/v1/publications/").json()["results"] == []
    assert client.get("/feeds/publications/shop-prices/").status_code == 404
    assert client.get("/api/v1/price-check/?site=WEB").status_code == 404


def test_a_manager_of_one_site_publishes_no_other(house: House) -> None:
    client = client_of("admin", site=house.london)
    assert post(client, "publications/", BODY).status_code == 403
    assert post(client, "publications/", {**BODY, "channel": "", "site": "WEB"}).status_code == 422
    assert post(client, "publications/", {**BODY, "channel": "", "site": "LON"}).status_code == 201


def test_keys_are_shown_once_two_live_and_platform_secrets_never(house: House) -> None:
    a_publication()
    client = client_of()
    made = [post(client, "publications/shop-prices/keys/") for _ in range(3)]
    assert [answer.status_code for answer in made] == [201, 201, 409]
    assert made[0].json()["secret"].startswith("whsec_")
    handed = post(
        client, "publications/shop-prices/keys/", {"purpose": "access-token", "secret": "hidden-thing"}
    )
    assert (handed.status_code, handed.json()["secret"]) == (201, "")
    told = client.get("/api/v1/publications/shop-prices/keys/").content.decode()
    page = client.get("/feeds/publications/shop-prices/?show=settings").content.decode()
    assert "secret" not in told and "hidden-thing" not in page
    assert "hidden-thing" not in str(list(Event.objects.values_list("after", flat=True)))
    revoked = post(client, f"publications/shop-prices/keys/{made[0].json()['id']}/revoke/")
    assert (revoked.status_code, PublicationKey.objects.filter(revoked_at=None).count()) == (204, 2)


def test_pause_resume_everything_again_and_a_test(house: House) -> None:
    drop, client = a_publication("drop", way="file"), client_of()
    kept(drop)
    send_publication(actor=job("feeds.send"), publication_id=drop.pk)
    assert post(client, "publications/drop/pause/", {"reason": "moving"}).json()["pause_reason"] == "moving"
    assert post(client, "publications/drop/pause/").status_code == 409
    assert post(client, "publications/drop/publish/").json()["sent_version"] == 0
    assert post(client, "publications/drop/test/").json()["kind"] == "test"
    send_publication(actor=job("feeds.send"), publication_id=drop.pk)
    assert list(Dispatch.objects.order_by("id").values_list("kind", "state")) == [
        ("changes", "delivered"),
        ("test", "delivered"),
    ]
    assert post(client, "publications/drop/resume/").status_code == 200
    kept(drop)
    send_publication(actor=job("feeds.send"), publication_id=drop.pk)
    newest = Dispatch.objects.order_by("-id")[0]
    assert (newest.kind, newest.items, newest.state) == ("full", 3, "delivered")
    told = client.get(f"/api/v1/dispatches/{newest.pk}/").json()
    assert [one["number"] for one in told["tries"]] == [1]


def test_a_way_that_only_waits_to_be_read_has_no_test(house: House) -> None:
    a_publication()
    assert post(client_of(), "publications/shop-prices/test/").status_code == 409


def test_every_page_opens_and_the_file_is_saved(house: House) -> None:
    drop, client = a_publication("drop", way="file"), client_of()
    kept(drop)
    send_publication(actor=job("feeds.send"), publication_id=drop.pk)
    number = Dispatch.objects.get().pk
    paths = [
        "publications/",
        "publications/new/",
        "publications/drop/",
        "publications/drop/edit/",
        "price-check/",
        f"dispatches/{number}/",
    ]
    paths += [f"publications/drop/?show={show}" for show in ("items", "refused", "dispatches", "settings")]
    for path in paths:
        assert client.get(f"/feeds/{path}").status_code == 200, path
    saved = client.get(f"/feeds/dispatches/{number}/file/")
    assert saved.content.decode("utf-8-sig").count("\n") == 4
    assert client.get("/feeds/dispatches/999/file/").status_code == 404


def test_the_form_makes_and_changes_a_publication_and_tells_its_faults(house: House) -> None:
    client = client_of()
    form = {**BODY, "batch_items": "100", "more": '{"location": "7"}', "is_active": "on"}
    assert client.post("/feeds/publications/new/", form).headers["Location"] == "/feeds/publications/shop/"
    shop = Publication.objects.get()
    assert shop.settings == {"batch_items": 100, "location": "7"}
    faulty = client.post("/feeds/publications/shop/edit/", {**form, "endpoint": "nowhere", "more": "[]"})
    assert faulty.status_code == 422
    assert client.post("/feeds/publications/shop/edit/", {**form, "batch_items": "5"}).status_code == 302
    shop.refresh_from_db()
    assert shop.settings["batch_items"] == 5


def test_the_command_says_everything_again(house: House) -> None:
    drop = a_publication("drop", way="file")
    kept(drop)
    send_publication(actor=job("feeds.send"), publication_id=drop.pk)
    call_command("publish_everything", "drop", "--reason", "restored", stdout=io.StringIO())
    drop.refresh_from_db()
    assert (drop.sent_version, drop.resend_to, drop.is_full_asked) == (0, 3, True)
    with pytest.raises(CommandError, match="no publication"):
        call_command("publish_everything", "none")
