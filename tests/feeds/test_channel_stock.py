"""Rules of what each channel is shown: which one counts, what comes of it, who may write one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from catalog.models import Category, Channel, Site
from feeds.actions.channel_stock import end_rule, save_rule
from feeds.models import ChannelStockRule
from feeds.queries.channel_stock import channel_views, published_stock, selling_sites
from feeds.rules.channel_stock_fields import draft_of
from inventory.models import PurchaseOrder, PurchaseOrderLine
from lib.actors import system
from lib.faults import Faults
from tests.catalog.builders import actor_of, scope, user
from tests.inventory.builders import make_product, make_site, receive
from tests.together import together

TESTER = system("test")
D = Decimal


def a_rule(**asked: Any) -> ChannelStockRule:
    draft, faults = draft_of(asked)
    assert faults == []
    return save_rule(actor=TESTER, draft=draft)


@pytest.fixture
def web(db: None) -> Channel:
    """WEB sells from LON, MARKET from nowhere yet; there are 20 cups and 3 mugs."""
    channel = Channel.objects.create(code="WEB", name="Web")
    Channel.objects.create(code="MARKET", name="Market")
    make_site("LON")
    Site.objects.filter(code="LON").update(channel=channel)
    for path in ("Kitchen", "Kitchen / Cups", "Kitchenware"):
        Category.objects.create(path=path, name=path)
    make_product("CUP", category=Category.objects.get(path="Kitchen / Cups"))
    make_product("MUG")
    receive("CUP", quantity="20")
    receive("MUG", quantity="3")
    return channel


def seen(channel: Channel) -> dict[str, Decimal]:
    from catalog.models import Product

    names = dict(Product.objects.values_list("pk", "sku"))
    return {names[one.product_id]: one.quantity for one in published_stock(channel.pk)}


def test_without_a_rule_a_channel_sees_what_is_available(web: Channel) -> None:
    assert seen(web) == {"CUP": D(20), "MUG": D(3)}


@pytest.mark.parametrize(
    ("rules", "cups", "mugs"),
    [
        ([{"buffer_pieces": "2"}], 18, 1),
        ([{"buffer_pieces": "2"}, {"category": "Kitchen", "buffer_pieces": "5"}], 15, 1),
        ([{"category": "Kitchenware", "buffer_pieces": "5"}], 20, 3),
        (
            [
                {"category": "Kitchen", "buffer_pieces": "5"},
                {"category": "Kitchen / Cups", "buffer_pieces": "7"},
            ],
            13,
            3,
        ),
        ([{"category": "Kitchen / Cups", "cap": "1"}, {"sku": "CUP", "cap": "9"}], 9, 3),
        ([{"sku": "CUP", "cap": "9"}, {"sku": "CUP", "channel": "WEB", "cap": "8"}], 8, 3),
        (
            [
                {"sku": "CUP", "channel": "WEB", "cap": "8"},
                {"sku": "CUP", "site": "LON", "channel": "WEB", "cap": "7"},
            ],
            7,
            3,
        ),
        ([{"channel": "MARKET", "cap": "1"}], 20, 3),
    ],
)
def test_the_most_particular_rule_counts(
    web: Channel, rules: list[dict[str, str]], cups: int, mugs: int
) -> None:
    for rule in rules:
        a_rule(**rule)
    assert seen(web) == {"CUP": D(cups), "MUG": D(mugs)}


def test_two_channels_share_one_site(web: Channel) -> None:
    market = Channel.objects.get(code="MARKET")
    a_rule(channel="MARKET", site="LON", share_fraction="0.6", priority=1)
    assert (seen(market), seen(web)) == ({"CUP": D(12), "MUG": D(1)}, {"CUP": D(8), "MUG": D(2)})
    assert selling_sites(market.pk) == selling_sites(web.pk) == [Site.objects.get().pk]


def test_presale_sells_what_is_ordered_and_names_the_day(web: Channel) -> None:
    order = PurchaseOrder.objects.create(
        reference="PO-1",
        supplier="S",
        site=Site.objects.get(),
        currency="GBP",
        ordered_on=date(2026, 11, 1),
        state="confirmed",
    )
    new = make_product("NEW")
    PurchaseOrderLine.objects.create(
        order=order, number=1, product=new, quantity=40, unit_price=1, confirmed_on=date(2026, 12, 9)
    )
    a_rule(sku="NEW", presale_fraction="0.5")
    (one,) = published_stock(web.pk, [new.pk])
    assert (one.quantity, one.presale, one.expected_on) == (D(20), D(20), date(2026, 12, 9))


def test_why_a_channel_sees_what_it_sees(web: Channel) -> None:
    rule = a_rule(channel="WEB", buffer_pieces="4")
    (shared,) = channel_views(published_stock(web.pk)[0].product_id)
    ((_channel, why, promise),) = shared.channels
    assert why is not None
    assert (why.id, promise.kept_back, promise.limit, promise.quantity) == (rule.pk, D(4), "buffer", D(16))


def test_the_number_of_queries_does_not_grow(web: Channel) -> None:
    a_rule(buffer_pieces="1")
    with CaptureQueriesContext(
        connection,
    ) as few:
        published_stock(web.pk)
    for number in range(20):
        make_product(f"P{number}")
        receive(f"P{number}", reference=f"R{number}")
    with CaptureQueriesContext(connection) as many:
        assert len(published_stock(web.pk)) == 22
    assert len(few) == len(many) <= 6


def test_a_new_version_ends_the_old_one(web: Channel) -> None:
    first = a_rule(channel="WEB", buffer_pieces="2")
    second = a_rule(channel="WEB", buffer_pieces="3", replaces=first.pk, reason="more returns")
    first.refresh_from_db()
    assert (first.ended_at is not None, second.version) == (True, 2)
    event = Event.objects.filter(kind="channel_stock_rule.made").latest("id")
    assert (event.before["buffer_pieces"], event.after["buffer_pieces"]) == ("2", "3")
    with pytest.raises(Faults, match="changed_meanwhile"):
        a_rule(channel="WEB", buffer_pieces="9", replaces=first.pk)


def test_a_second_rule_for_a_scope_is_refused(web: Channel) -> None:
    a_rule(channel="WEB")
    with pytest.raises(Faults, match="rule_exists"):
        a_rule(channel="WEB", cap="3")
    end_rule(actor=TESTER, rule_id=ChannelStockRule.objects.get().pk)
    a_rule(channel="WEB", cap="3")
    assert Event.objects.filter(kind="channel_stock_rule.ended").count() == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"channel": "NO"}, "unknown_channel"),
        ({"category": "No"}, "unknown_category"),
        ({"sku": "NO"}, "unknown_sku"),
    ],
)
def test_unknown_scopes(web: Channel, asked: dict[str, str], code: str) -> None:
    with pytest.raises(Faults, match=code):
        a_rule(**asked)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"buffer_pieces": "-1"}, "below_zero"),
        ({"buffer_pieces": "many"}, "not_a_number"),
        ({"share_fraction": "1.1"}, "not_a_fraction"),
        ({"buffer_fraction": "0.12345"}, "too_precise"),
        ({"priority": "0"}, "not_a_rank"),
        ({"presale_until": "soon"}, "not_a_date"),
        ({"category": "A", "sku": "B"}, "one_scope"),
        ({"reason": "x" * 301}, "too_long"),
        ({"replaces": "x"}, "not_a_number"),
    ],
)
def test_what_is_typed_is_checked(asked: dict[str, str], code: str) -> None:
    _draft, faults = draft_of(asked)
    assert [fault.code for fault in faults] == [code]


def test_who_sees_one_site_writes_rules_for_that_one(web: Channel) -> None:
    make_site("PAR")
    person = user("bo", "stock_manager")
    scope(person, site=Site.objects.get(code="LON"))
    draft, _faults = draft_of({"site": "LON", "cap": "4"})
    rule = save_rule(actor=actor_of(person), draft=draft)
    with pytest.raises(Http404):
        save_rule(actor=actor_of(person), draft=draft_of({"site": "PAR"})[0])
    with pytest.raises(Faults, match="not_everywhere"):
        save_rule(actor=actor_of(person), draft=draft_of({"channel": "WEB"})[0])
    scope_free = user("cy", "stock_manager")
    with pytest.raises(Http404):
        end_rule(actor=actor_of(scope_free), rule_id=rule.pk)


@pytest.mark.usefixtures("cloned_db")
def test_of_two_at_once_one_is_kept() -> None:
    Channel.objects.create(code="WEB", name="Web")
    said = together(*[lambda: a_rule(channel="WEB", cap="3")] * 2)
    assert ChannelStockRule.objects.count() == 1
    assert said == ["done", "rule_exists"]
