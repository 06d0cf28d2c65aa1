"""The allocation plan turned into requests."""

from collections.abc import Collection
from datetime import date

from django.db import connection, transaction

from catalog.access import visible_site_ids_or_all
from inventory.actions.movements import check_right
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import TransferDraft, request_transfer, submit_transfer
from inventory.models import Transfer
from inventory.queries.transfers_allocation import allocation, by_pair
from inventory.rules.transfers import MAX_LINES
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse


@transaction.atomic
def request_allocation(
    *, actor: Actor, pairs: Collection[tuple[str, str]], expected_on: date, reason: str
) -> list[Transfer]:
    """Ask for what the plan proposes now between each of `pairs` (source, destination), and submit it.

    The plan is computed again: what was asked for meanwhile is not asked for twice. At most 1,000 lines a pair.
    Raises Faults 403; 422 `no_pairs`, `nothing_proposed` for each pair without a proposal, as `request_transfer`.
    Locks: the plan, one at a time. Records: transfer.requested, .submitted. Allowed: transfers.request.
    """
    check_right(actor, "transfers.request")
    if not pairs:
        raise refuse("no_pairs", "Choose at least one pair of sites.", pointer="/pairs")
    _one_at_a_time()
    plan = {
        (pair["source"], pair["destination"]): pair["rows"]
        for pair in by_pair(allocation(visible_site_ids_or_all(actor)))
    }
    faults = [
        Fault(
            f"/pairs/{number}", "nothing_proposed", f"Nothing is proposed from {source} to {destination} now."
        )
        for number, (source, destination) in enumerate(pairs)
        if (source, destination) not in plan
    ]
    if faults:
        raise Faults(faults)
    made = []
    for source, destination in dict.fromkeys(pairs):
        lines = tuple(Wanted(row["sku"], row["quantity"]) for row in plan[source, destination][:MAX_LINES])
        draft = TransferDraft(source, destination, reason, expected_on, lines)
        transfer = request_transfer(actor=actor, draft=draft)
        made.append(submit_transfer(actor=actor, transfer_id=transfer.pk))
    return made


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('inventory.allocation'))")
