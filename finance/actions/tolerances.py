"""Changing what is let pass by machine."""

from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction

from audit.actions import record
from finance.access import check_right
from finance.models import Tolerance
from finance.queries.disputes import tolerance_body
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

RIGHT = "account_maps.manage"
MOST = Decimal(100_000)


@dataclass(frozen=True)
class ToleranceDraft:
    """See Tolerance."""

    amount: Decimal
    fraction: Decimal
    quantity_fraction: Decimal
    days: int
    due_days: int


@transaction.atomic
def set_tolerance(*, actor: Actor, matching: str, draft: ToleranceDraft, reason: str) -> Tolerance:
    """Change what one matching lets pass; it counts from the next comparison on.

    Raises Faults 403; 422 `unknown_matching`, `reason_required`, `out_of_range`.
    Locks: the tolerance. Records: tolerance.set. Allowed: account_maps.manage.
    """
    check_right(actor, RIGHT)
    found = Tolerance.objects.select_for_update().filter(matching=matching).first()
    if found is None:
        raise refuse("unknown_matching", f"There is no matching {matching[:40]!r}.", pointer="/matching")
    faults = []
    if not reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why it changes."))
    if not 0 <= draft.amount <= MOST:
        faults.append(Fault("/amount", "out_of_range", f"An amount from 0 to {MOST}."))
    for name in ("fraction", "quantity_fraction"):
        if not 0 <= getattr(draft, name) <= 1:
            faults.append(Fault(f"/{name}", "out_of_range", "A share from 0 to 1."))
    for name in ("days", "due_days"):
        if not 0 <= getattr(draft, name) <= 365:
            faults.append(Fault(f"/{name}", "out_of_range", "From 0 to 365 days."))
    if faults:
        raise Faults(faults)
    before = tolerance_body(found)
    Tolerance.objects.filter(pk=found.pk).update(**asdict(draft))
    after = Tolerance.objects.get(pk=found.pk)
    record(
        actor=actor,
        kind="tolerance.set",
        subject=f"tolerance:{matching}",
        reason=reason,
        before=before,
        after=tolerance_body(after),
    )
    return after
