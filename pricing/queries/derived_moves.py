"""When derived prices of a site move although no row does: a list derives in another way, or keeps another rate."""

from datetime import UTC, datetime, time, timedelta

from django.db import connection

from catalog.models import Site
from pricing.models import ListRate
from pricing.queries.list_book import Books, with_all_parents
from pricing.rules.resolution import Place, plan_for

INSTANT = timedelta(microseconds=1)


def lists_at(site: Site, books: Books, since: datetime, until: datetime) -> set[int]:
    """The lists a customer without a group may be asked by at a site in a stretch, parents of derived ones included."""
    place = Place(site.pk, site.region_id, site.channel_id, None)
    return books.list_ids(plan_for(books.at(since), place), since, until)


def derived_moves(
    lists: set[int], books: Books, since: datetime, until: datetime
) -> dict[datetime, set[int]]:
    """Moment after `since` and up to `until` → the lists on whose rows the derived prices rest that move there. 1 query.

    A rate that a linked list keeps counts from the midnight (UTC) of its day.
    """
    found: dict[datetime, set[int]] = {}
    for cut in books.moments(since, until + INSTANT):
        before, after = books.at(cut - INSTANT), books.at(cut)
        if changed := {pk for pk in lists if before[pk] != after[pk]}:
            found[cut] = with_all_parents((before, after), changed)
    kept = ListRate.objects.filter(
        price_list__in=lists, effective_on__gt=since.astimezone(UTC).date(), effective_on__lte=until.astimezone(UTC).date()
    )  # fmt: skip
    for list_id, day in kept.values_list("price_list", "effective_on"):
        at = datetime.combine(day, time(), UTC)
        book = books.at(at)
        if book[list_id].is_linked:
            found.setdefault(at, set()).update(with_all_parents((book,), {list_id}))
    return found


def products_priced(moves: dict[datetime, set[int]]) -> dict[datetime, set[int]]:
    """Moment → products with a price there in one of its lists. 1 query, none without moments."""
    if not moves:
        return {}
    pairs = [(at, pk) for at, lists in moves.items() for pk in lists]
    found: dict[datetime, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT t.at, p.product_id FROM unnest(%s::timestamptz[], %s::bigint[]) AS t (at, list)"
            " JOIN pricing_price p ON p.price_list_id = t.list AND upper_inf(p.known) AND p.valid @> t.at",
            [[at for at, _pk in pairs], [pk for _at, pk in pairs]],
        )
        for at, product_id in cursor.fetchall():
            found.setdefault(at, set()).add(product_id)
    return found
