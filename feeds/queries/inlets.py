"""Inlets and what they brought."""

from django.db.models import Prefetch, QuerySet

from feeds.models import Inlet, InletFile

NEWEST = 5


def inlets() -> QuerySet[Inlet]:
    """Every inlet by name, with its feed and source. 1 query."""
    return Inlet.objects.select_related("feed__source", "feed__site").order_by("name")


def with_newest(found: QuerySet[Inlet]) -> list[Inlet]:
    """Inlets with the five files they brought last, as `newest`. 2 queries."""
    newest = InletFile.objects.select_related("delivery").order_by("-id")
    return list(found.prefetch_related(Prefetch("files", queryset=newest[:NEWEST], to_attr="newest")))
