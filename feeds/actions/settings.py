"""How a feed is watched."""

from django.db import transaction

from audit.actions import record
from feeds.models import Feed
from lib.actors import Actor
from lib.faults import refuse


@transaction.atomic
def set_expectation(
    *, actor: Actor, name: str, is_expected: bool, warn_after_s: int, alarm_after_s: int
) -> Feed:
    """Watch a feed for lateness, or stop watching it.

    Raises Faults 404 `unknown_feed`, 422 `invalid_limits`.
    Locks: the feed. Records: feed.changed. Allowed: feeds.manage, checked at the edge.
    """
    feed = Feed.objects.select_for_update().filter(name=name).first()
    if feed is None:
        raise refuse("unknown_feed", f"There is no feed {name!r}.", status=404)
    if not 0 < warn_after_s <= alarm_after_s:
        raise refuse("invalid_limits", "The incident comes after the warning.")
    before = {
        "is_expected": feed.is_expected,
        "warn_after_s": feed.warn_after_s,
        "alarm_after_s": feed.alarm_after_s,
    }
    after = {"is_expected": is_expected, "warn_after_s": warn_after_s, "alarm_after_s": alarm_after_s}
    Feed.objects.filter(pk=feed.pk).update(**after)
    record(actor=actor, kind="feed.changed", subject=f"feed:{name}", before=before, after=after)
    return Feed.objects.get(pk=feed.pk)
