from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.rules import Definition, definition_fault, instant_of, retry_delay_s, slots_between

ZONES = ["Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
walls = st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "day", "wall", "instant"),
    [
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:00:00+00:00"),  # 01:00–02:00 does not exist
        ("Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00:00+00:00"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30:00+00:00"),  # twice: the first, in BST
        ("America/New_York", "2026-03-08", "02:15", "2026-03-08T07:00:00+00:00"),
        ("America/New_York", "2026-11-01", "01:00", "2026-11-01T05:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30:00+00:00"),  # a gap of half an hour
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45:00+00:00"),
        ("Asia/Shanghai", "2026-07-01", "06:00", "2026-06-30T22:00:00+00:00"),
    ],
)
def test_daylight_saving(zone: str, day: str, wall: str, instant: str) -> None:
    assert instant_of(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone)) == at(instant)


@given(st.sampled_from(ZONES), days, walls)
def test_an_instant_shows_its_wall_time_or_is_the_first_after_the_gap(
    zone: str, day: date, wall: time
) -> None:
    info = ZoneInfo(zone)
    instant = instant_of(day, wall, info)
    shown = instant.astimezone(info).replace(tzinfo=None)
    if shown != datetime.combine(day, wall):
        just_before = (instant - timedelta(seconds=1)).astimezone(info).replace(tzinfo=None)
        assert just_before < datetime.combine(day, wall) < shown
    else:
        assert instant.astimezone(info).fold == 0


@given(st.sampled_from(ZONES), days, st.lists(walls, min_size=1, max_size=4, unique=True))
def test_each_local_day_has_each_wall_time_once(zone: str, day: date, times: list[time]) -> None:
    info = ZoneInfo(zone)
    definition = Definition("x", "x", local_times=tuple(f"{wall:%H:%M}" for wall in times), timezone=zone)
    start = datetime.combine(day, time(), info).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), info).astimezone(UTC)
    expected = {instant_of(day, wall, info) for wall in times}
    assert slots_between(definition, start, end) == sorted(expected)


@given(st.sampled_from(ZONES), days, st.integers(1, 400), st.integers(1, 400))
def test_planning_in_parts_is_planning_at_once(zone: str, day: date, first_h: int, second_h: int) -> None:
    start = datetime.combine(day, time(), UTC)
    middle, end = start + timedelta(hours=first_h), start + timedelta(hours=first_h + second_h)
    for definition in (
        Definition("x", "x", local_times=("01:30", "06:00", "22:00"), timezone=zone),
        Definition("x", "x", interval_s=7200),
    ):
        parts = slots_between(definition, start, middle) + slots_between(definition, middle, end)
        assert parts == slots_between(definition, start, end)


def test_a_patrol_every_two_hours_has_twelve_slots_a_day() -> None:
    slots = slots_between(
        Definition("x", "x", interval_s=7200), at("2026-03-29T00:00+00:00"), at("2026-03-30T00:00+00:00")
    )
    assert [slot.hour for slot in slots] == list(range(0, 24, 2))


def test_the_zone_of_the_scope_wins() -> None:
    definition = Definition("x", "x", local_times=("06:00",), timezone="UTC")
    day = (at("2026-06-30T12:00+00:00"), at("2026-07-01T12:00+00:00"))
    assert slots_between(definition, *day, "Asia/Shanghai") == [at("2026-06-30T22:00+00:00")]


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"interval_s": 60, "local_times": ("06:00",)},
        {"interval_s": 0},
        {"local_times": ("6:00",)},
        {"local_times": ("24:00",)},
    ],
)
def test_what_cannot_be_planned(given_: dict[str, object]) -> None:
    assert definition_fault(Definition("x", "x", **given_))  # type: ignore[arg-type]


def test_pauses_grow_to_an_hour() -> None:
    assert [retry_delay_s(attempt) for attempt in (1, 2, 3, 20)] == [10, 20, 40, 3600]
