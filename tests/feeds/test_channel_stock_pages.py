"""/stock/channels/ and its REST: rules, versions, ends, and what each channel sees."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Channel
from feeds.models import ChannelStockRule
from tests.accounts.builders import bearer
from tests.catalog.builders import scope, user
from tests.feeds.test_channel_stock import a_rule, web

__all__ = ["web"]
pytestmark = pytest.mark.django_db
HERE = "/stock/channels/"


@pytest.fixture
def manager() -> User:
    person = user("mo", "stock_manager")
    scope(person)
    return person


@pytest.fixture
def page(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_a_rule_is_written_in_per_cent_and_shown(page: Client, web: Channel) -> None:
    answer = page.post(f"{HERE}save/", {"channel": "WEB", "buffer_fraction": "12.5", "buffer_pieces": "2"})
    assert (answer.status_code, answer.headers["Location"]) == (302, HERE)
    assert ChannelStockRule.objects.get().buffer_fraction == pytest.approx(0.125)
    shown = page.get(HERE, {"sku": "CUP"}).content.decode()
    assert "kept back for this channel" in shown and "(5 kept back)" in shown


def test_what_is_refused_stays_typed(page: Client, web: Channel) -> None:
    answer = page.post(f"{HERE}save/", {"category": "Nowhere", "cap": "7"})
    shown = answer.content.decode()
    assert (answer.status_code, 'value="Nowhere"' in shown, 'value="7"' in shown) == (422, True, True)
    assert page.post(f"{HERE}save/", {"share_fraction": "many"}).status_code == 422


def test_another_version_takes_the_place_of_the_first(page: Client, web: Channel) -> None:
    rule = a_rule(channel="WEB", share_fraction="0.4")
    assert 'value="40"' in page.get(HERE, {"edit": rule.pk}).content.decode()
    page.post(f"{HERE}save/", {"channel": "WEB", "share_fraction": "60", "replaces": rule.pk})
    live = ChannelStockRule.objects.get(ended_at=None)
    assert (live.version, str(live.share_fraction)) == (2, "0.6000")
    page.post(f"{HERE}{live.pk}/end/")
    assert not ChannelStockRule.objects.filter(ended_at=None).exists()


def test_a_clerk_looks_but_does_not_write(client: Client, web: Channel) -> None:
    client.force_login(user("cl", "stock_clerk"))
    assert client.get(HERE, {"sku": "NO"}).status_code == 200
    assert client.post(f"{HERE}save/", {"channel": "WEB"}).status_code == 403


def rest(manager: User, method: str, path: str, body: Any = None) -> Any:
    call = getattr(Client(), method)
    return call(f"/api/v1/{path}", body, content_type="application/json", headers=bearer(manager)) if body is not None else call(f"/api/v1/{path}", headers=bearer(manager))  # fmt: skip


def test_rules_over_rest(manager: User, web: Channel) -> None:
    made = rest(manager, "post", "channel-stock-rules/", {"channel": "WEB", "buffer_pieces": "3"})
    assert (made.status_code, made.json()["buffer_pieces"]) == (201, "3")
    assert len(rest(manager, "get", "channel-stock-rules/").json()["results"]) == 1
    again = rest(manager, "post", "channel-stock-rules/", {"channel": "WEB"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "rule_exists")
    assert rest(manager, "post", f"channel-stock-rules/{made.json()['id']}/end/", {}).status_code == 204


def test_what_each_channel_sees_over_rest(manager: User, web: Channel) -> None:
    a_rule(channel="WEB", buffer_pieces="3")
    (site,) = rest(manager, "get", "channel-stock/?sku=CUP").json()
    assert (site["available"], site["channels"][0]["quantity"]) == ("20", "17")
    assert site["channels"][0]["limit"] == "buffer"
    assert rest(manager, "get", "channel-stock/?sku=NO").status_code == 422


@pytest.mark.parametrize(
    "body", [[1], "x", {"buffer_pieces": [1]}, {"channel": 7}, {"replaces": "99999999999999999999"}]
)
def test_hostile_bodies(manager: User, web: Channel, body: Any) -> None:
    assert rest(manager, "post", "channel-stock-rules/", body).status_code in (400, 404, 422)
