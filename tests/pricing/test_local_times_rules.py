"""Wall times in each site's zone: daylight saving in London, New York, Shanghai and Lord Howe, and laws."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.fields import Wrong
from pricing.rules.local_times import GAP, OVERLAP, PLAIN, is_one_instant, local_moment, read_wall, wall_text

CASES = [
    ("Europe/London", "2026-01-15T09:00", "2026-01-15T09:00", PLAIN),
    ("Europe/London", "2026-07-15T09:00", "2026-07-15T08:00", PLAIN),
    ("Europe/London", "2026-03-29T01:30", "2026-03-29T01:00", GAP),
    ("Europe/London", "2026-10-25T01:30", "2026-10-25T00:30", OVERLAP),
    ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00", GAP),
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", OVERLAP),
    ("America/New_York", "2026-11-30T09:00", "2026-11-30T14:00", PLAIN),
    ("Asia/Shanghai", "2026-11-30T09:00", "2026-11-30T01:00", PLAIN),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30", GAP),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", OVERLAP),
    ("Australia/Lord_Howe", "2026-07-01T09:00", "2026-06-30T22:30", PLAIN),
]
ZONES = ["Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]
WALLS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(
    lambda wall: wall.replace(second=0, microsecond=0)
)


@pytest.mark.parametrize(("zone", "wall", "utc", "kind"), CASES)
def test_a_wall_time_is_one_instant_in_utc(zone: str, wall: str, utc: str, kind: str):
    moment = local_moment(datetime.fromisoformat(wall), zone)
    assert moment.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert moment.kind == kind


def test_lord_howe_skips_half_an_hour_and_shows_the_clock_after_it():
    moment = local_moment(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe")
    assert moment.shown == datetime(2026, 10, 4, 2, 30)


@given(wall=WALLS, zone=st.sampled_from(ZONES))
def test_outside_gaps_the_clock_shows_the_wall_time_and_never_earlier_the_same(wall: datetime, zone: str):
    moment = local_moment(wall, zone)
    shown = moment.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == moment.shown
    assert shown == wall if moment.kind != GAP else shown > wall
    hour_before = (moment.at - timedelta(hours=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert hour_before != wall


@given(one=WALLS, minutes=st.integers(0, 3000), zone=st.sampled_from(ZONES))
def test_a_later_wall_time_is_never_an_earlier_instant(one: datetime, minutes: int, zone: str):
    later = local_moment(one + timedelta(minutes=minutes), zone)
    first = local_moment(one, zone)
    # Only after an overlap may the clock stand behind itself; taking its first showing keeps the order.
    assert later.at >= first.at


@given(wall=WALLS)
def test_shanghai_never_moves_its_clocks(wall: datetime):
    moment = local_moment(wall, "Asia/Shanghai")
    assert (moment.kind, moment.at) == (PLAIN, (wall - timedelta(hours=8)).replace(tzinfo=UTC))


def test_zones_with_the_same_clock_are_one_instant_and_others_not():
    wall = datetime(2026, 11, 30, 9)
    assert is_one_instant([local_moment(wall, zone) for zone in ("Europe/Berlin", "Europe/Paris")])
    assert not is_one_instant([local_moment(wall, zone) for zone in ("Europe/Berlin", "Europe/London")])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2026-11-30T09:00+01:00", "offset_not_allowed"),
        ("nine", "not_a_time"),
        (9, "not_a_time"),
        ("9999-12-31T23:59", "not_a_time"),
        ("２０２６-11-30T09:00", "not_a_time"),
    ],
)
def test_what_is_no_local_time_is_refused(raw: object, code: str):
    with pytest.raises(Wrong) as refused:
        read_wall(raw)
    assert refused.value.code == code


def test_a_local_time_is_kept_to_the_minute():
    assert wall_text(read_wall("2026-11-30T09:00:59")) == "2026-11-30T09:00"
    assert wall_text(read_wall("")) == ""
