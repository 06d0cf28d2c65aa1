"""Customer groups as pricing keeps them: made, named anew, ended when no list and no incentive needs them any more."""

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_noop

from audit.actions import record
from catalog.actions import upsert_customer_groups
from catalog.models import CustomerGroup
from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.queries.customer_groups import lists_selling_to

TAKEN = gettext_noop("There is a customer group of this code already.")
ENDED = gettext_noop("This customer group has ended.")
NO_REASON = gettext_noop("Say why it ends.")
IN_USE = gettext_noop("A price list of this group still has prices; end those first.")


@transaction.atomic
def save_customer_group(*, actor: Actor, code: str, name: str, is_new: bool) -> CustomerGroup:
    """A new group, or another name. Raises Faults 409 code_taken, ended; 404 unknown; 422 of `catalog.rules.rows`; 403.

    Locks: the group. Records: customer_group.upserted. Allowed: price_lists.edit.
    """
    access.require_right(actor, "price_lists.edit")
    known = CustomerGroup.objects.select_for_update().filter(code=code).first()
    if is_new and known is not None:
        raise refuse("code_taken", TAKEN, pointer="/code", status=409)
    if not is_new and known is None:
        raise Http404(code)
    if known is not None and known.ended_at is not None:
        raise refuse("ended", ENDED, status=409)
    upsert_customer_groups(actor=actor, rows=[{"code": code, "name": name}])
    return CustomerGroup.objects.get(code=code)


@transaction.atomic
def end_customer_group(*, actor: Actor, code: str, reason: str) -> CustomerGroup:
    """No new list is made for the group from now on; its history stays, and so do quotes of the past.

    Raises Http404; Faults 422 required (reason); 409 ended, in_use (a list of it has prices or derives some); 403.
    Locks: the group. Records: customer_group.ended. Allowed: price_lists.edit.
    """
    access.require_right(actor, "price_lists.edit")
    if not reason.strip():
        raise refuse("required", NO_REASON, pointer="/reason")
    group = CustomerGroup.objects.select_for_update().filter(code=code).first()
    if group is None:
        raise Http404(code)
    if group.ended_at is not None:
        raise refuse("ended", ENDED, status=409)
    if lists_selling_to(group.pk):
        raise refuse("in_use", IN_USE, status=409)
    group.ended_at = clock.now()
    group.save(update_fields=["ended_at"])
    record(
        actor=actor,
        kind="customer_group.ended",
        subject=f"customer_group:{code}",
        reason=reason.strip()[:2000],
        before={"ended_at": None},
        after={"ended_at": group.ended_at.isoformat()},
    )
    return group
