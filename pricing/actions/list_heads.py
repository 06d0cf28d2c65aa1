"""What a price list is: made once, named anew; how it derives is `actions.list_rules`."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_noop

from catalog.models import CustomerGroup
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.actions.list_rules import lock_lists
from pricing.actions.price_lists import upsert_price_lists
from pricing.models import PriceList
from pricing.queries.list_rules import DERIVATION
from pricing.queries.price_lists import price_list_rows, price_lists

TAKEN = gettext_noop("There is a price list of this code already.")
ENDED = gettext_noop("This customer group has ended.")
BY_PROPOSAL = gettext_noop("How a list derives is proposed once it is there.")


@transaction.atomic
def create_price_list(*, actor: Actor, row: Mapping[str, Any]) -> PriceList:
    """A new list that makes no price yet: it takes prices of its own, or derives once that is proposed and approved.

    row: as `upsert_price_lists`, without what derives it. Raises Faults 409 code_taken; 422 ended, by_proposal and as
    there; 403. Locks: price lists. Records: price_list.upserted. Allowed: price_lists.edit.
    """
    access.require_right(actor, "price_lists.edit")
    lock_lists()
    if any(row.get(name) is not None for name in DERIVATION):
        raise refuse("by_proposal", BY_PROPOSAL, pointer="/parent")
    if PriceList.objects.filter(code=str(row.get("code"))).exists():
        raise refuse("code_taken", TAKEN, pointer="/code", status=409)
    group = row.get("customer_group")
    if group and CustomerGroup.objects.filter(code=group, ended_at__isnull=False).exists():
        raise refuse("ended", ENDED, pointer="/customer_group")
    upsert_price_lists(actor=actor, rows=[dict(row)])
    return PriceList.objects.get(code=row["code"])


@transaction.atomic
def edit_price_list(*, actor: Actor, code: str, name: str, override_policy: str) -> PriceList:
    """Another name, and what becomes of its own prices when the parent's change; no price moves by it.

    Raises Http404; Faults 403 outside_scope, 422 as `upsert_price_lists`. Locks: price lists. Records:
    price_list.upserted. Allowed: price_lists.edit, on lists in scope.
    """
    access.require_right(actor, "price_lists.edit")
    lock_lists()
    one = price_lists(code=code).first()
    if one is None:
        raise Http404(code)
    if code not in access.editable_lists(actor):
        raise refuse("outside_scope", f"{code} lies outside your scope.", status=403)
    row = {**price_list_rows([one])[0], "name": name, "override_policy": override_policy}
    upsert_price_lists(actor=actor, rows=[row])
    return PriceList.objects.get(pk=one.pk)
