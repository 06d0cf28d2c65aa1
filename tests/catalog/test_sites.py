"""Sites by lists."""

from typing import Any

import pytest

from audit.models import Event
from catalog import actions
from catalog.models import LegalEntity, Region, Site
from jobs.models import JobScope
from lib.faults import Faults
from tests.catalog.builders import SETUP, actor_of, scope, site, site_row, user

pytestmark = pytest.mark.django_db


def codes(*rows: dict[str, Any], actor: Any = SETUP) -> list[tuple[str, str]]:
    with pytest.raises(Faults) as refused:
        actions.upsert_sites(actor=actor, rows=list(rows))
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_creates_region_usual_company_and_job_scope() -> None:
    made = site()
    assert (made.region.code, made.legal_entity.code, made.legal_entity.currency) == ("UK", "GB", "GBP")
    assert JobScope.objects.get(kind="site", key="LON-1").timezone == "Europe/London"
    assert Event.objects.get(kind="site.upserted").site_ids == [made.pk]


def test_a_named_company_is_created_and_kept() -> None:
    site(legal_entity="ACME")
    assert site(name="Other").legal_entity.code == "ACME"
    assert set(LegalEntity.objects.values_list("code", flat=True)) == {"ACME", "GB"}


def test_a_new_time_zone_reaches_the_jobs_and_the_history() -> None:
    site()
    moved = site(timezone="Europe/Dublin")
    assert JobScope.objects.get(kind="site", key="LON-1").timezone == "Europe/Dublin"
    assert list(moved.history.values_list("history_type", "timezone")) == [
        ("~", "Europe/Dublin"),
        ("+", "Europe/London"),
    ]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"kind": "kiosk"}, "/0/kind", "unknown_kind"),
        ({"country": "UK"}, "/0/country", "unknown_country"),
        ({"timezone": "Europe/Londn"}, "/0/timezone", "unknown_timezone"),
        ({"timezone": "../etc/passwd"}, "/0/timezone", "unknown_timezone"),
        ({"currency": "GBX"}, "/0/currency", "unknown_currency"),
        ({"operator": "friend"}, "/0/operator", "unknown_operator"),
        ({"channel": "NONE"}, "/0/channel", "unknown_channel"),
        ({"opening_hours": {"8": []}}, "/0/opening_hours", "invalid_opening_hours"),
        ({"code": ""}, "/0/code", "blank"),
        ({"region": None}, "/0/region", "required"),
    ],
)
def test_refuses(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert codes(site_row(**changes)) == [(pointer, code)]
    assert not Site.objects.exists()
    assert not Region.objects.exists()


def test_refuses_another_currency() -> None:
    site()
    assert codes(site_row(currency="EUR")) == [("/0/currency", "currency_fixed")]


def test_refuses_what_lies_outside_ones_scope() -> None:
    site()
    person = user()
    scope(person, region=Region.objects.create(code="EU", name="EU"))
    outside = [("/0/code", "outside_scope")]
    assert codes(site_row(name="Mine"), actor=actor_of(person)) == outside
    assert codes(site_row(region="EU"), actor=actor_of(person)) == outside
    counts = actions.upsert_sites(actor=actor_of(person), rows=[site_row(code="BER-1", region="EU")])
    assert counts.created == 1
