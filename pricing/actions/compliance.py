"""The compliance checklist: a person signs an item of a change."""

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import record
from lib import actors
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.actions.compliance_items import checked_text
from pricing.actions.settling import subject_of
from pricing.models import ComplianceSignature, PriceChange
from pricing.queries.compliance import checklist, signed_hash, store_missing

State = PriceChange.State


@transaction.atomic
def sign_item(
    *, actor: Actor, change_id: int, item: str, evidence: str, expected_hash: str = ""
) -> ComplianceSignature:
    """Sign an item of a change's checklist for its lines as they stand, with what proves it (text or a link).

    expected_hash: the change as the person saw it, "" for as it is.
    Raises Faults 422 required, control_characters, unknown_item (none of this change that a person signs); 403
    not_allowed, own_change; 409 wrong_state, content_changed, already_signed; Http404.
    Locks: the change. Records: compliance.signed. Allowed: the permission the item names, never the preparer.
    """
    evidence = checked_text("evidence", evidence)
    change = access.locked_change(change_id)
    access.require_state(change, State.DRAFT, State.PENDING)
    found = next(
        (one for one in checklist(change) if one.item.code == item and one.item.signer),
        None,
    )
    if found is None:
        raise refuse("unknown_item", "No person signs such an item of this change.", pointer="/item")
    access.require_right(actor, found.item.signer)
    if actor.kind == "user" and change.prepared_by_id in (actor.id, actor.on_behalf_of_id or actor.id):
        raise refuse("own_change", "Nobody signs for a change they prepared.", status=403)
    hashed = signed_hash(change.pk)
    if expected_hash and expected_hash != hashed:
        raise refuse("content_changed", "The change was edited meanwhile: look at it again.", status=409)
    if found.signature is not None:
        raise refuse("already_signed", f"Signed already by {found.signature.signed_by_name}.", status=409)
    made = ComplianceSignature.objects.create(
        change=change,
        item=found.item,
        content_hash=hashed,
        evidence=evidence,
        signed_by_id=actor.id if actor.kind == "user" else None,
        signed_by_name=actor.name,
    )
    store_missing(change)
    record(
        actor=actor,
        kind="compliance.signed",
        subject=subject_of(change),
        reason=evidence,
        after={"item": item, "version": found.item.version, "lines": found.lines, "content_hash": hashed},
    )
    return made


def settle_signatures(change: PriceChange) -> None:
    """Void the signatures that were given for other lines or another window. Records: compliance.voided. 2 queries."""
    given = ComplianceSignature.objects.filter(change=change, voided_at__isnull=True)
    if not given.exists():
        return
    outdated = list(given.exclude(content_hash=signed_hash(change.pk)).select_related("item"))
    if not outdated:
        return
    ComplianceSignature.objects.filter(pk__in=[one.pk for one in outdated]).update(voided_at=Now())
    record(
        actor=actors.system("pricing.compliance"),
        kind="compliance.voided",
        subject=subject_of(change),
        reason="The change was edited after it was signed.",
        before={"signed": {one.item.code: one.signed_by_name for one in outdated}},
        after={"signed": {}},
    )
