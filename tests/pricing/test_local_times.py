"""Changes at a local time: each list at its own instant, lists over several zones refused or split, both edges."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from lib import clock
from lib.faults import Faults
from pricing.actions.price_changes import approve_change, submit_change
from pricing.actions.zone_splits import split_by_zone
from pricing.models import Price, PriceChange
from pricing.queries.local_times import local_time_rows
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, a_site

WALL = "2030-11-30T09:00"


@pytest.fixture
def house(db: None) -> House:
    house = a_house()
    a_product()
    a_list("BER", kind="site", site=house.berlin)
    a_list("LON", kind="site", site=house.london)
    return house


def a_local(house: House, *lists: str, wall: str = WALL, **fields: object) -> PriceChange:
    return a_draft(house.clerk, *((code, "A", "5.00") for code in lists), local_from=wall, **fields)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_each_list_takes_effect_at_its_own_instant(house: House):
    change = submit_change(actor=house.clerk, change_id=a_local(house, "BER", "LON").pk)
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)
    begins = {row.price_list.code: row.valid.lower for row in Price.objects.select_related("price_list")}
    assert begins == {"BER": at(2030, 11, 30, 8), "LON": at(2030, 11, 30, 9)}
    assert PriceChange.objects.get(pk=change.pk).effective_from == at(2030, 11, 30, 8)


def test_an_end_on_each_clock_ends_each_list_at_its_own(house: House):
    change = a_local(house, "BER", "LON", local_until="2030-12-01T09:00")
    submit_change(actor=house.clerk, change_id=change.pk)
    ends = {line.price_list.code: line.valid_until for line in change.lines.select_related("price_list")}
    assert ends == {"BER": at(2030, 12, 1, 8), "LON": at(2030, 12, 1, 9)}


def test_a_list_over_several_zones_is_a_block_that_names_them(house: House):
    a_list("EU", kind="region", region=house.berlin.region)
    a_site("LIS", house.berlin.region, timezone="Europe/Lisbon")
    change = a_local(house, "EU")
    found = change.findings.get(code="several_zones")
    assert "Europe/Lisbon 2030-11-30T09:00" in found.params["zones"]
    with pytest.raises(Faults) as refused:
        submit_change(actor=house.clerk, change_id=change.pk)
    assert "several_zones" in {fault.code for fault in refused.value.faults}


def test_zones_that_show_the_same_are_one(house: House):
    a_list("EU", kind="region", region=house.berlin.region)
    a_site("PAR", house.berlin.region, timezone="Europe/Paris")
    assert not a_local(house, "EU").findings.filter(code="several_zones").exists()


def test_warehouses_sell_nothing_and_split_no_list(house: House):
    a_list("EU", kind="region", region=house.berlin.region)
    a_site("HUB", house.berlin.region, timezone="Asia/Shanghai", kind="warehouse")
    assert not a_local(house, "EU").findings.filter(code="several_zones").exists()


def test_a_split_moves_lines_onto_site_lists_and_is_in_the_trail(house: House):
    a_list("EU", kind="region", region=house.berlin.region)
    lisbon = a_site("LIS", house.berlin.region, timezone="Europe/Lisbon")
    a_list("LIS", kind="site", site=lisbon)
    change = split_by_zone(actor=house.clerk, change_id=a_local(house, "EU").pk)
    assert set(change.lines.values_list("price_list__code", flat=True)) == {"BER", "LIS"}
    assert not change.findings.filter(code="several_zones").exists()
    event = Event.objects.get(kind="price_change.split")
    assert event.after["lists"] == {"EU": ["BER", "LIS"]}


def test_a_split_without_a_site_list_names_the_site_and_moves_nothing(house: House):
    a_list("EU", kind="region", region=house.berlin.region)
    a_site("LIS", house.berlin.region, timezone="Europe/Lisbon")
    change = a_local(house, "EU")
    with pytest.raises(Faults, match="LIS") as refused:
        split_by_zone(actor=house.clerk, change_id=change.pk)
    assert [fault.code for fault in refused.value.faults] == ["no_site_list"]
    assert change.lines.get().price_list.code == "EU"


def test_nothing_to_split_is_409_and_anothers_draft_403(house: House):
    change = a_local(house, "BER", "LON")
    with pytest.raises(Faults) as refused:
        split_by_zone(actor=house.clerk, change_id=change.pk)
    assert refused.value.status == 409
    with pytest.raises(Faults) as refused:
        split_by_zone(actor=house.manager, change_id=change.pk)
    assert refused.value.status == 403


def test_daylight_saving_is_noted_on_the_change(house: House):
    gap = a_local(house, "LON", wall="2030-03-31T01:30")
    assert gap.findings.get(code="local_gap").params["shown"] == "2030-03-31 02:00"
    twice = a_local(house, "LON", wall="2030-10-27T01:30")
    assert twice.findings.get(code="local_overlap").params["at"] == "2030-10-27T00:30+00:00"


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"local_from": "2030-11-30T09:00Z"}, "/local_from", "offset_not_allowed"),
        ({"local_from": "soon"}, "/local_from", "not_a_time"),
        ({"local_from": "2020-01-01T09:00"}, "/local_from", "effective_in_past"),
        ({"local_from": WALL, "effective_from": "2030-01-01T00:00Z"}, "/local_from", "local_and_instant"),
        ({"local_from": WALL, "local_until": WALL}, "/local_until", "ends_before_it_begins"),
        (
            {"local_from": "2030-03-31T01:10", "local_until": "2030-03-31T01:40"},
            "/local_until",
            "ends_before_it_begins",
        ),
    ],
)
def test_wrong_local_times_are_refused(house: House, fields: dict[str, str], pointer: str, code: str):
    with pytest.raises(Faults) as refused:
        a_draft(house.clerk, ("LON", "A", "5.00"), **fields)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


def test_the_earliest_zone_decides_what_is_past(house: House):
    with clock.frozen(at(2030, 11, 30, 8, 30)), pytest.raises(Faults, match="passed in the earliest zone"):
        a_local(house, "BER", "LON")


def test_the_preview_lists_zones_and_instants(house: House):
    rows = local_time_rows(a_local(house, "BER", "LON"))
    assert [(row["zone"], row["begins"]["at"]) for row in rows if row["begins"]] == [
        ("Europe/Berlin", "2030-11-30T08:00:00+00:00"),
        ("Europe/London", "2030-11-30T09:00:00+00:00"),
    ]


def test_a_page_takes_local_times_and_shows_each_zone(house: House, client: Client):
    client.force_login(User.objects.get(username="clerk"))
    change = a_draft(house.clerk, ("BER", "A", "5.00"), ("LON", "A", "5.00"))
    asked = {"title": "T", "reason": "r", "is_local": "on", "effective_from": WALL}
    assert client.post(f"/prices/changes/{change.pk}/header/", asked).status_code == 302
    shown = client.get(f"/prices/changes/{change.pk}/local-times/").content.decode()
    assert "Europe/Berlin" in shown
    assert "2030-11-30 08:00 UTC" in shown
    assert client.get(f"/prices/changes/{change.pk}/").status_code == 200


def test_rest_takes_local_times_and_answers_the_preview(house: House, client: Client):
    client.force_login(User.objects.get(username="clerk"))
    body = {
        "title": "T",
        "reason": "r",
        "local_from": WALL,
        "lines": [{"price_list": "BER", "sku": "A", "amount": "5.00"}],
    }
    made = client.post("/api/v1/price-changes/", body, content_type="application/json").json()
    assert (made["local_from"], made["effective_from"]) == (WALL, "2030-11-30T08:00:00+00:00")
    [row] = client.get(f"/api/v1/price-changes/{made['id']}/local-times/").json()
    assert (row["begins"]["kind"], row["sites"]) == ("plain", ["BER"])
    answer = client.post(f"/api/v1/price-changes/{made['id']}/split-by-zone/")
    assert answer.json()["errors"][0]["code"] == "nothing_to_split"


def test_the_grid_submits_a_draft_on_each_sites_clock(house: House, client: Client):
    client.force_login(User.objects.get(username="clerk"))
    assert 'name="is_local"' in client.get("/prices/").content.decode()
    change = a_draft(house.clerk, ("BER", "A", "5.00"), ("LON", "A", "5.00"))
    body = {"draft": change.pk, "title": "T", "reason": "r", "is_local": "on", "effective_from": WALL}
    answer = client.post("/prices/submit/", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    begins = {line.price_list.code: line.valid_from for line in change.lines.select_related("price_list")}
    assert begins == {"BER": at(2030, 11, 30, 8), "LON": at(2030, 11, 30, 9)}


def test_asked_wall_times_are_previewed_and_nothing_is_stored(house: House, client: Client):
    """The night of 31 March 2030: Berlin's clocks skip 02:30, London's 01:30."""
    change = a_draft(house.clerk, ("BER", "A", "5.00"), ("LON", "A", "5.00"))
    client.force_login(User.objects.get(pk=house.clerk.id), "django.contrib.auth.backends.ModelBackend")
    page = f"/prices/changes/{change.pk}/local-times/"
    told = client.get(page, {"from": "2030-03-31T02:30", "until": "2030-10-27T02:30"}).content.decode()
    assert "02:30 is skipped" in told and "twice; the first" in told and "Europe/London" in told
    change.refresh_from_db()
    assert (change.local_from, client.get(page).content.strip()) == ("", b"")


@pytest.mark.parametrize(
    "raw", ["soon", "2030-03-31T02:30Z", "1e400", "9999-12-31T23:59", "２０３０-03-31T02:30"]
)
def test_a_preview_of_what_is_no_wall_time_shows_nothing(house: House, client: Client, raw: str):
    change = a_draft(house.clerk, ("BER", "A", "5.00"))
    client.force_login(User.objects.get(pk=house.clerk.id), "django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/prices/changes/{change.pk}/local-times/", {"from": raw})
    assert (answer.status_code, answer.content.strip()) == (200, b"")
