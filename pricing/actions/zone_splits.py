"""Split: lines of lists over several zones move onto the site lists of their sites, each with its own time."""

from collections.abc import Iterable

from django.db import connection, transaction

from audit.actions import record
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.actions.evaluation import evaluate
from pricing.actions.lines import note_bases
from pricing.models import PriceChange
from pricing.queries.local_times import ListTimes, Place, local_times
from pricing.rules.resolution import ListFacts


@transaction.atomic
def split_by_zone(*, actor: Actor, change_id: int) -> PriceChange:
    """Move the lines of lists over several zones onto the site lists of their sites, each with its own time.

    A line that already stands on a site list stays as it is.
    Raises Faults 409 `wrong_state`, `nothing_to_split`; 422 `no_site_list` for each site without a list of its own in
    the same currency, with tax as the split list has it; 403 `not_yours`, `not_allowed`; Http404.
    Locks: the change. Records: price_change.split. Allowed: prices.edit, the preparer.
    """
    access.require_right(actor, "prices.edit")
    change = access.locked_change(change_id)
    access.require_preparer(change, actor)
    access.require_state(change, PriceChange.State.DRAFT)
    spanning = [one for one in local_times(change) if not one.one_instant]
    if not spanning:
        raise refuse("nothing_to_split", "No list of this change covers several zones.", status=409)
    editable = access.editable_lists(actor)
    codes = {facts.id: code for code, facts in editable.items()}
    moves = [(one, _site_lists(one, editable)) for one in spanning]
    for one, site_lists in moves:
        _split(change, one, site_lists)
    now, lines_before = clock.now(), change.line_count
    PriceChange.objects.filter(pk=change.pk).update(
        line_count=change.lines.count(), edition=change.edition + 1
    )
    change = access.locked_change(change.pk)
    evaluate(change, now)
    note_bases(change, now)
    record(
        actor=actor,
        kind="price_change.split",
        subject=f"price_change:{change.pk}",
        before={"lists": [one.facts.code for one in spanning], "lines": lines_before},
        after={
            "lists": {one.facts.code: sorted(codes[pk] for pk in lists.values()) for one, lists in moves},
            "lines": change.line_count,
        },
    )
    return access.access_change(change.pk)


def _site_lists(one: ListTimes, editable: dict[str, ListFacts]) -> dict[int, int]:
    """Site id → its list. Raises Faults 422."""
    found: dict[int, int] = {}
    faults: list[Fault] = []
    for place in one.places:
        mine = _list_of(place, one.facts, editable.values())
        if mine is None:
            detail = f"{place.code} has no site list in {one.facts.currency}, with tax as {one.facts.code}, to edit."
            faults.append(Fault("", "no_site_list", detail))
        else:
            found[place.id] = mine
    if faults:
        raise Faults(faults)
    return found


def _list_of(place: Place, split: ListFacts, editable: Iterable[ListFacts]) -> int | None:
    fitting = [
        facts
        for facts in editable
        if facts.kind == "site"
        and facts.site_id == place.id
        and (facts.channel_id or split.channel_id) == split.channel_id
        and (facts.currency, facts.tax_included) == (split.currency, split.tax_included)
    ]
    best = max(fitting, key=lambda facts: facts.priority, default=None)
    return best.id if best else None


def _split(change: PriceChange, one: ListTimes, site_lists: dict[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pricing_pricechangeline (change_id, position, price_list_id, product_id, min_quantity, amount,"
            " currency, base_ids) SELECT l.change_id, l.position, s.id, l.product_id, l.min_quantity, l.amount,"
            " l.currency, '{}' FROM pricing_pricechangeline l CROSS JOIN unnest(%s::bigint[]) AS s(id)"
            " WHERE l.change_id = %s AND l.price_list_id = %s"
            " ON CONFLICT (change_id, price_list_id, product_id, min_quantity, valid_from) DO NOTHING",
            [list(site_lists.values()), change.pk, one.facts.id],
        )
    change.lines.filter(price_list_id=one.facts.id).delete()
