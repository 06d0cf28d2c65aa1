"""A great many prices at once: the same answers as quotes and as the naive resolver, in as many queries as lists are deep."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Channel, CustomerGroup
from lib import clock
from lib.actors import system
from pricing.models import PriceChange, PriceList
from pricing.queries.bulk_prices import BulkPrice, PriceAsked, bulk_prices
from pricing.queries.quotes import QuoteLine, quote_lines
from pricing.rules.naive import naive_price
from pricing.rules.resolution import ListFacts, Place, Question, Rate, Row
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced
from tests.pricing.test_properties import books, rows

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
OLD = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def house() -> House:
    made = a_house()
    a_rate("GBP", "EUR", "1.15")
    return made


def stored_list(facts: ListFacts, house: House, channels: dict[int, int]) -> None:
    """A list of a drawn book as a row, under its own number."""
    places = {1: house.london, 2: house.berlin}
    PriceList.objects.create(
        id=facts.id + 900,
        parent_id=facts.parent_id and facts.parent_id + 900,
        region=places[facts.region_id].region if facts.region_id else None,
        site=places[facts.site_id] if facts.site_id else None,
        channel_id=channels[facts.channel_id] if facts.channel_id else None,
        customer_group_id=facts.customer_group_id
        and CustomerGroup.objects.get_or_create(code=f"G{facts.customer_group_id}")[0].pk,
        **{
            name: getattr(facts, name)
            for name in ("code", "name", "currency", "kind", "priority", "float_fraction", "ends_in", "tax_included",
                         "exclusive", "float_amount", "floor_fraction", "ceiling_fraction")
        },
    )  # fmt: skip


def stored_rows(product_id: int, found: dict[int, list[Row]], book: dict[int, ListFacts]) -> None:
    change = PriceChange.objects.get_or_create(title="drawn", state=PriceChange.State.APPLIED)[0]
    with connection.cursor() as cursor:
        for list_id, of_list in found.items():
            for row in of_list:
                cursor.execute(
                    "INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known,"
                    " known_from, price_change_id, event_id) VALUES (%s, %s, %s, %s, %s, tstzrange(%s, NULL),"
                    " tstzrange(%s, NULL), %s, %s, 0)",
                    [list_id + 900, product_id, row.min_quantity, book[list_id].currency, row.amount, OLD, OLD, OLD,
                     change.pk],
                )  # fmt: skip


@given(books(), st.lists(rows, min_size=1, max_size=4), st.sampled_from(["", "one", "two"]))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_bulk_prices_equal_the_naive_resolver_and_quotes(house: House, book, drawn, channel):
    rate = D("1.15")

    def rates(base: str, quote: str) -> Rate:
        return Rate(rate if (base, quote) == ("GBP", "EUR") else 1 / rate)

    with transaction.atomic():
        channels = {
            number: Channel.objects.create(code=code, name=code).pk
            for number, code in ((1, "one"), (2, "two"))
        }
        for facts in book.values():
            stored_list(facts, house, channels)
        skus = {}
        for number, found in enumerate(drawn):
            kept = {pk: of_list for pk, of_list in found.items() if pk in book}
            product = a_product(f"P{number}", cost=None, tax_class="standard")
            skus[product.pk] = (product.sku, kept)
            stored_rows(product.pk, kept, book)
        now = clock.now()
        asked = [PriceAsked(pk, site, channel, now) for pk in skus for site in ("LON", "BER")]
        answers = bulk_prices(asked, actor=ACTOR)
        quotes = quote_lines(
            [QuoteLine(skus[one.product_id][0], one.site, channel) for one in asked], actor=ACTOR, at=now
        )
        transaction.set_rollback(True)
    for one, answer, quote in zip(asked, answers, quotes, strict=True):
        assert (answer.amount, answer.price_list, answer.price_change_id, answer.error_code) == (
            quote.amount, quote.price_list, quote.price_change_id, quote.error_code,
        )  # fmt: skip
        site, region, currency, tax = (1, 1, "GBP", "0.2") if one.site == "LON" else (2, 2, "EUR", "0.19")
        place = Place(site, region, {"": None, "one": 1, "two": 2}[channel])
        expected = naive_price(book, place, skus[one.product_id][1], Question(D(1), currency, D(tax)), rates)
        assert (answer.price_list, answer.amount) == (expected or ("", None))


def test_each_line_has_its_own_moment_and_knowledge(house: House):
    product = a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    before = clock.now()
    later = before + timedelta(days=10)
    priced(house.clerk, ("BASE", "A", "10.20"), effective_from=later)
    a_list("GB", kind="region", region=house.london.region, parent=house.base, float_fraction="0.1")
    moments = [before - timedelta(days=400), before, later - timedelta(seconds=1), later, None]
    asked = [PriceAsked(product.pk, site, "", at) for at in moments for site in ("LON", "BER")]
    amounts = [one.amount for one in bulk_prices(asked, actor=ACTOR, at=later)]
    quoted = [
        quote_lines([QuoteLine("A", one.site)], actor=ACTOR, at=one.at or later)[0].amount for one in asked
    ]
    assert amounts == quoted
    assert amounts[::2] == [None, D("11.00"), D("11.00"), D("11.22"), D("11.22")]
    early = bulk_prices(asked, actor=ACTOR, at=later, known_at=before)
    assert [one.amount for one in early[::2]] == [None, D("11.00"), D("11.00"), D("11.00"), D("11.00")]


def test_what_cannot_be_told_says_why(house: House):
    product = a_product("A")
    zloty = ListFacts(1, "PLN", "PLN", "PLN", "site", site_id=1)
    stored_list(zloty, house, {})
    stored_rows(product.pk, {1: [Row(D(1), D(40), 1)]}, {1: zloty})
    told = bulk_prices(
        [
            PriceAsked(product.pk, "NOWHERE"),
            PriceAsked(product.pk, "WEB", "pigeon"),
            PriceAsked(product.pk, "WEB"),
            PriceAsked(product.pk, "LON"),
            PriceAsked(0, "LON"),
        ],
        actor=ACTOR,
    )
    assert [one.error_code for one in told] == [
        "unknown_site", "unknown_channel", "no_price", "missing_exchange_rate", "no_price",
    ]  # fmt: skip


def test_the_number_of_queries_does_not_grow_with_the_lines(house: House, django_assert_num_queries: Any):
    ids = [a_product(f"P{n}").pk for n in range(30)]
    a_list("DEAL", kind="promotion")
    priced(house.clerk, *[("BASE", f"P{n}", "4.00") for n in range(30)])
    for count in (1, 30):
        with django_assert_num_queries(5):
            found = bulk_prices([PriceAsked(pk, "LON") for pk in ids[:count]], actor=ACTOR)
        assert {one.amount for one in found} == {D("4.00")}
    assert bulk_prices([], actor=ACTOR) == []
    assert isinstance(found[0], BulkPrice)
