from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from catalog.models import ExchangeRate, LegalEntity, Product, Region, Site, TaxRate, UnitCost
from inventory.models import Balance, Reconciliation, Snapshot
from lib.actors import system
from reports.actions import missing_days, record_figures
from reports.models import Figure
from reports.queries import key_figures, reporting_currency
from sales.models import DailyFact

pytestmark = pytest.mark.django_db
ON = date(2026, 10, 14)
BY = system("test")


def site(code: str, currency: str = "GBP", country: str = "GB") -> Site:
    region, _made = Region.objects.get_or_create(code=country, defaults={"name": country})
    entity, _made = LegalEntity.objects.get_or_create(
        code=country, defaults={"name": country, "country": country, "currency": currency}
    )
    return Site.objects.create(
        code=code, name=code, kind="store", region=region, country=country, timezone="UTC", currency=currency,
        legal_entity=entity,
    )  # fmt: skip


def product(sku: str = "22423", cost: str | None = "5.00") -> Product:
    made = Product.objects.create(sku=sku, name=sku)
    if cost:
        UnitCost.objects.create(
            product=made, amount=Decimal(cost), currency="GBP", valid_from=datetime(2026, 1, 1, tzinfo=UTC)
        )
    return made


def sold(at: Site, what: Product, units: int, revenue: str, on: date = ON) -> None:
    DailyFact.objects.create(
        site=at, product=what, on=on, units_sold=units, revenue=Decimal(revenue), lines=1
    )


def figure(name: str, at: Site) -> tuple[Decimal, Decimal]:
    found = Figure.objects.get(name=name, site=at, on=ON)
    return found.numerator, found.denominator


def test_sales_are_net_of_tax_and_margin_net_of_cost() -> None:
    TaxRate.objects.create(
        country="GB", tax_class="standard", rate_fraction=Decimal("0.2"), valid_from=date(2011, 1, 4)
    )
    london = site("LON")
    sold(london, product(), 10, "144.00")
    record_figures([ON], actor=BY)
    assert figure("net_sales", london) == (Decimal(120), Decimal(1))
    assert figure("gross_margin", london) == (Decimal(70), Decimal(120))
    assert Event.objects.filter(kind="figures.recorded").count() == 1


def test_what_has_no_cost_is_not_in_the_margin() -> None:
    london = site("LON")
    sold(london, product("A", cost=None), 1, "100.00")
    record_figures([ON], actor=BY)
    assert figure("net_sales", london)[0] == Decimal(100)
    assert not Figure.objects.filter(name="gross_margin").exists()


def test_a_cost_without_a_rate_is_not_in_the_margin() -> None:
    paris = site("PAR", "EUR", "FR")
    sold(paris, product(), 1, "100.00")
    record_figures([ON], actor=BY)
    assert not Figure.objects.filter(name="gross_margin").exists()


def test_availability_counts_what_sold_and_is_there() -> None:
    london, there, gone = site("LON"), product("A"), product("B")
    sold(london, there, 1, "10.00")
    sold(london, gone, 1, "10.00")
    Balance.objects.create(site=london, product=there, on_hand=3, value=15)
    record_figures([ON], actor=BY)
    assert figure("availability", london) == (Decimal(1), Decimal(2))
    assert figure("stock_value", london) == (Decimal(15), Decimal(1))


def test_recording_again_replaces() -> None:
    london = site("LON")
    sold(london, product(), 1, "10.00")
    record_figures([ON], actor=BY)
    DailyFact.objects.update(revenue=Decimal(20))
    record_figures([ON], actor=BY)
    assert figure("net_sales", london)[0] == Decimal(20)


def test_missing_days_are_those_without_figures() -> None:
    london = site("LON")
    sold(london, product(), 1, "10.00")
    record_figures([ON], actor=BY)
    assert missing_days(date(2026, 10, 16), 3) == [date(2026, 10, 13), date(2026, 10, 15)]


def test_key_figures_add_sites_in_one_currency() -> None:
    for on in (ON, date(2026, 10, 7)):
        ExchangeRate.objects.create(base="EUR", quote="GBP", rate=Decimal("0.8"), on=on)
    here, there, goods = site("LON"), site("PAR", "EUR", "FR"), product()
    site("YRK")
    for at, revenue in ((here, "100.00"), (there, "50.00")):
        sold(at, goods, 1, revenue)
        sold(at, goods, 1, "50.00", date(2026, 10, 7))
    record_figures([date(2026, 10, 7), ON], actor=BY)
    sales = key_figures(Site.objects.all(), date(2026, 10, 15))[0]
    assert (sales.value, sales.currency) == (Decimal(140), "GBP")
    assert round(sales.change or 0, 6) == round(Decimal(50) / Decimal(90), 6)


def test_accuracy_is_of_each_sites_last_reconciliation() -> None:
    london, york = site("LON"), site("YRK")
    for at, hour, matched, differing in ((london, 6, 1, 9), (london, 14, 90, 10), (york, 6, 99, 1)):
        taken_at = datetime(2026, 10, 14, hour, tzinfo=UTC)
        snapshot = Snapshot.objects.create(site=at, taken_at=taken_at)
        Reconciliation.objects.create(
            snapshot=snapshot,
            site=at,
            taken_at=taken_at,
            matched=matched,
            differing=differing,
            due_at=taken_at,
        )
    figures = {figure.name: figure.value for figure in key_figures(Site.objects.all(), date(2026, 10, 15))}
    assert figures["stock_accuracy"] == Decimal("0.945")


def test_without_sites_the_figures_are_unknown_not_zero() -> None:
    assert reporting_currency(Site.objects.all()) == "EUR"
    assert {figure.value for figure in key_figures(Site.objects.all(), ON)} == {None}


def test_a_figure_over_nothing_is_refused() -> None:
    london = site("LON")
    with pytest.raises(IntegrityError, match="reports_figure_denominator_positive"), transaction.atomic():
        Figure.objects.create(site=london, on=ON, name="availability", numerator=1, denominator=0)


def test_query_count_is_flat(django_assert_max_num_queries: object) -> None:
    for number in range(10):
        sold(site(f"S{number}"), product(f"P{number}"), 1, "10.00")
    record_figures([ON], actor=BY)
    connection.queries_log.clear()
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        key_figures(Site.objects.all(), date(2026, 10, 15))
