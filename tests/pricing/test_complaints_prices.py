"""Complaints about prices, rules and rights (39–49 and 57–59 of the notes on peers); 40 and 45 stand elsewhere."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from audit.models import Event
from catalog.models import CustomerGroup, Product
from lib.faults import Faults
from pricing.actions.price_changes import approve_change
from pricing.models import Price
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, priced, submitted

SOON = datetime(2030, 5, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def house(db: None) -> House:
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "9.99"))
    return house


def quoted(
    house: House, at: datetime | None = None, sku: str = "A", site: str = "LON", **asked: Any
) -> Quote:
    return quote_lines([QuoteLine(sku, site, **asked)], actor=house.clerk, at=at)[0]


def amount(house: House, at: datetime | None = None, **asked: Any) -> Decimal | None:
    return quoted(house, at, **asked).amount


def window(house: House, amount: str, begins: datetime, days: int) -> None:
    priced(house.clerk, ("BASE", "A", amount), effective_from=begins, effective_until=begins + days * DAY)


def test_asking_for_a_day_in_the_past_makes_no_price(house: House):
    """frappe/erpnext#54674 (39): a back-dated order makes a duplicate Item Price and cannot be submitted."""
    before = Price.objects.count()
    assert quoted(house, datetime(2019, 1, 1, tzinfo=UTC)).error_code == "no_price"
    assert Price.objects.count() == before
    with pytest.raises(Faults) as refused:
        a_draft(house.clerk, ("BASE", "A", "9.79"), ("BASE", "A", "9.59"))
    assert [one.code for one in refused.value.faults] == ["duplicate_line"]


def test_an_end_is_kept_to_the_microsecond(house: House):
    """frappe/erpnext#50556 (41): `Valid Upto` is ignored."""
    window(house, "9.79", SOON, 1)
    asked = [SOON, SOON + DAY - timedelta(microseconds=1), SOON + DAY]
    assert [amount(house, at) for at in asked] == [Decimal("9.79"), Decimal("9.79"), Decimal("9.99")]


def test_of_several_windows_the_one_of_the_moment_counts_and_none_is_overwritten(house: House):
    """frappe/erpnext#53534 (42): an arbitrary row among several windows; a future row can be overwritten."""
    window(house, "9.59", SOON + 20 * DAY, 5)
    window(house, "9.79", SOON, 5)
    window(house, "9.69", SOON + 10 * DAY, 5)
    asked = [SOON + days * DAY for days in (0, 5, 10, 15, 20, 25)]
    found = ["9.79", "9.99", "9.69", "9.99", "9.59", "9.99"]
    assert [amount(house, at) for at in asked] == [Decimal(text) for text in found]


def test_many_prices_change_in_one_document_by_a_fixed_number_of_queries(
    house: House, django_assert_max_num_queries: Any
):
    """frappe/erpnext#26047, #10588 (43): a bulk edit fails; 95,000 items have to be gone through one by one."""
    Product.objects.bulk_create(Product(sku=f"M{n}", name=f"Many {n}") for n in range(600))
    lines = [("BASE", f"M{n}", "5.00") for n in range(600)]
    with django_assert_max_num_queries(120):
        change = a_draft(house.clerk, *lines)
    assert change.line_count == 600


def test_equal_priority_is_refused_and_another_is_respected(house: House):
    """frappe/erpnext#33210 (44): the priority of a rule is not respected, or an order stops for want of one."""
    a_list("ONE", kind="promotion", priority=5)
    a_list("TWO", kind="promotion", priority=5)
    a_list("TOP", kind="promotion", priority=9)
    submit_and_approve(house, ("ONE", "A", "9.49"))
    with pytest.raises(Faults) as refused:
        submitted(house.clerk, ("TWO", "A", "9.39"))
    assert "equal_priority" in {one.code for one in refused.value.faults}
    submit_and_approve(house, ("TOP", "A", "9.59"))
    assert amount(house) == Decimal("9.59")


def submit_and_approve(house: House, *lines: tuple[str, str, str]) -> None:
    change = submitted(house.clerk, *lines)
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)


def test_a_group_of_customers_has_a_price_for_a_time(house: House):
    """saleor/saleor#19380, #8114 (46): no price by customer and none that is limited in time."""
    staff = CustomerGroup.objects.create(code="staff", name="Staff")
    a_list("STAFF", customer_group=staff)
    change = submitted(house.clerk, ("STAFF", "A", "8.99"), effective_from=SOON, effective_until=SOON + DAY)
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)
    asked = [(SOON, "staff"), (SOON, ""), (SOON + DAY, "staff"), (SOON - DAY, "staff")]
    found = [amount(house, at, **({"customer_group": group} if group else {})) for at, group in asked]
    assert found == [Decimal("8.99"), Decimal("9.99"), Decimal("9.99"), Decimal("9.99")]


def test_one_price_writes_one_price(house: House):
    """oroinc/orocommerce#105 (47): importing one price recalculates the whole list and every checkout."""
    for number in range(20):
        a_product(f"N{number}")
    priced(house.clerk, *((("BASE", f"N{number}", "9.99")) for number in range(20)))
    others = set(Price.objects.exclude(product__sku="A").values_list("pk", "known"))
    before = set(Price.objects.values_list("pk", flat=True))
    priced(house.clerk, ("BASE", "A", "9.89"))
    assert set(Price.objects.exclude(product__sku="A").values_list("pk", "known")) == others
    new = Price.objects.exclude(pk__in=before)
    assert set(new.values_list("product__sku", flat=True)) == {"A"}


def test_many_products_times_many_lists_are_asked_by_the_same_number_of_queries(
    house: House, django_assert_num_queries: Any
):
    """odoo/odoo#9532 (48): 20,000 products times a list for each company: the till starts after half an hour."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(count: int) -> int:
        lines = [QuoteLine(f"P{number}", "LON") for number in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(quote_lines(lines, actor=house.clerk)) == count
        return len(seen)

    Product.objects.bulk_create(Product(sku=f"P{number}", name="P") for number in range(400))
    few = asked(4)
    for number in range(15):
        a_list(f"COMPANY-{number}", site=house.london, kind="site", priority=number)
    assert asked(400) == few


def test_there_is_one_resolver_for_scope_and_dates(house: House):
    """open-mercato/open-mercato#2737 (49): a second, naive look-up ignored scope and dates."""
    a_list("LONDON", kind="site", site=house.london)
    change = submitted(house.clerk, ("LONDON", "A", "9.59"), effective_from=SOON, effective_until=SOON + DAY)
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)
    found = [amount(house, at, site=site) for at in (SOON, SOON + DAY) for site in ("LON", "WEB")]
    assert found == [Decimal("9.59"), Decimal("9.99"), Decimal("9.99"), Decimal("9.99")]


def test_below_cost_blocks_and_an_unknown_cost_is_no_pass(house: House):
    """deltatech#2837, odoo/odoo#89142 (57): the check never fired, because the cost was still 0 or not there."""
    a_product("NOCOST", cost=None)
    for line, code in ((("BASE", "A", "1.50"), "below_cost"), (("BASE", "NOCOST", "9.99"), "unknown_cost")):
        with pytest.raises(Faults) as refused:
            submitted(house.clerk, line)
        assert code in {one.code for one in refused.value.faults}


def test_nobody_approves_their_own_change_alone_or_among_others(house: House):
    """frappe/frappe#5553 (58): self-approval has to be forbidden."""
    change = submitted(house.manager, ("BASE", "A", "12.49"))
    assert change.state == "pending"
    with pytest.raises(Faults) as refused:
        approve_change(actor=house.manager, change_id=change.pk)
    assert ([one.code for one in refused.value.faults], refused.value.status) == (["own_request"], 403)
    assert amount(house) == Decimal("9.99")


def test_the_trail_tells_who_changed_which_price_from_what(house: House):
    """magento/magento2#497, OCA/server-tools#2166 (59): nobody can tell who changed which price from what, when."""
    change = priced(house.clerk, ("BASE", "A", "9.79"))
    told = Event.objects.get(kind="price_change.submitted", subject=f"price_change:{change.pk}")
    row = told.after["prices"][0]
    assert (row["sku"], Decimal(row["old"]), Decimal(row["new"])) == ("A", Decimal("9.99"), Decimal("9.79"))
    assert (told.actor_kind, told.actor_id) == ("user", house.clerk.id)
    assert told.recorded_at is not None
