"""Demo users, named by their role, with scopes and a duty roster."""

from datetime import datetime, timedelta

from accounts.actions import create_user, set_preferences
from accounts.models import User
from accounts.queries import user_by_name
from alerts.actions.duty import add_shift
from alerts.models import Tier
from catalog.actions import grant_scope
from catalog.actions.scopes import ScopeDraft
from demo.retailer import PASSWORD, USERS
from lib.actors import Actor

TIME_ZONE = "Europe/London"
SHIFT_HOURS = 8
SHIFT_DAYS = 14
LONG_STRETCHES = 8
LONG_DAYS = 6


def load_people(actor: Actor, now: datetime) -> dict[str, User]:
    """The users that are not there yet, with their scopes; user name → user."""
    people = {}
    for username, role, name, regions in USERS:
        user = user_by_name(username)
        if user is None:
            user = create_user(
                actor=actor, username=username, role=role, password=PASSWORD, display_name=name
            )
            set_preferences(actor=user.as_actor(channel="command"), changes={"time_zone": TIME_ZONE})
            drafts = [ScopeDraft(user.pk, region=code, valid_from=now) for code in regions]
            for draft in drafts or [ScopeDraft(user.pk, valid_from=now)]:
                grant_scope(actor=actor, draft=draft, reason="demo")
        people[username] = user
    _fill_roster(actor, people, now)
    return people


def _fill_roster(actor: Actor, people: dict[str, User], now: datetime) -> None:
    """Eight-hour shifts of this week and the next, then stretches of days, and somebody behind them: never empty."""
    monday = now.replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    start = monday - timedelta(days=1)  # the week on the roster starts at midnight
    shifts = SHIFT_DAYS * 24 // SHIFT_HOURS
    bounds = [start + timedelta(hours=SHIFT_HOURS * number) for number in range(shifts + 1)]
    bounds += [bounds[-1] + timedelta(days=LONG_DAYS * number) for number in range(1, LONG_STRETCHES + 1)]
    long_bounds = [start + timedelta(days=LONG_DAYS * number) for number in range(LONG_STRETCHES + 4)]
    for username, tier, ends in (
        ("duty", Tier.DUTY, bounds),
        ("manager.stock", Tier.BACKUP, long_bounds),
        ("admin", Tier.LEADER, long_bounds),
    ):
        user = people.get(username) or user_by_name(username)
        if user is None:
            continue
        for during in zip(ends, ends[1:], strict=False):
            add_shift(actor=actor, user_id=user.pk, tier=tier, team="operations", during=during)
