"""Reading what is remembered of a feed's files."""

from django.db.models import QuerySet

from feeds.models import Feed, Mapping
from feeds.rules.mappings import Reading, Readings


def readings_of(feed: Feed) -> Readings:
    """What counts now for the feed's files, by header. One query."""
    newest = mappings_of(feed)
    return Readings({row.signature: reading_of(row) for row in newest if row.is_active})


def mappings_of(feed: Feed) -> QuerySet[Mapping]:
    """The newest version of each mapping of the feed, also of those that are not active; the default first."""
    rows = Mapping.objects.filter(feed=feed).order_by("signature", "-version").distinct("signature")
    return Mapping.objects.filter(pk__in=rows.values("pk")).order_by("signature")


def versions_of(feed: Feed, signature: str) -> QuerySet[Mapping]:
    """Every version of one mapping, newest first."""
    return Mapping.objects.filter(feed=feed, signature=signature).order_by("-version")


def reading_of(row: Mapping) -> Reading:
    """A stored mapping as the reader takes it."""
    return Reading(
        row.signature,
        row.version,
        row.columns,
        row.constants,
        row.decimal_mark,
        row.date_order,
        row.time_zone,
        row.delimiter,
        row.encoding,
    )
