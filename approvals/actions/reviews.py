"""A look, afterwards, at a share of what policies approved at once."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Now

from approvals.models import ApprovalRequest, Policy, Review
from approvals.rules import FALL_BACK_PERMISSION, review_due
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse

DUE_DAYS = 7


def draw(request: ApprovalRequest, policy: Policy | None) -> Review | None:
    """Draw a request that was just approved at once, if it is one of the policy's share.

    Locks: nothing. Records: the request's own event. Allowed: within `open_request`.
    """
    if policy is None or not review_due(request.pk, policy.review_fraction):
        return None
    asking = (
        Policy.objects.filter(kind=request.kind, is_active=True, outcome=Policy.Outcome.APPROVE)
        .order_by("-position")
        .values_list("permission", flat=True)
        .first()
    )
    return Review.objects.create(
        request=request,
        permission=asking or FALL_BACK_PERMISSION,
        due_at=Now() + Value(timedelta(days=DUE_DAYS)),
    )


@transaction.atomic
def review(*, actor: Actor, review_id: int, is_right: bool, note: str = "") -> Review:
    """Say whether what a policy approved at once was right; what was wrong needs a word, and stands as it is.

    Raises Faults 404 `unknown_review`; 403 `own_request`, `not_approver`; 409 `wrong_state`; 422 `reason_required`.
    Locks: the review. Records: approval.reviewed. Allowed: the permission that would have been asked; never the author.
    """
    found = (
        Review.objects.select_for_update(of=("self",)).select_related("request").filter(pk=review_id).first()
    )
    if found is None:
        raise refuse("unknown_review", "There is no such review.", status=404)
    if actor.kind != "user" or not actor.may(found.permission):
        raise refuse("not_approver", "Your role does not review this.", status=403)
    if actor.id in (found.request.prepared_by_id, *found.request.contributor_ids):
        raise refuse("own_request", "Nobody reviews what they prepared.", status=403)
    if found.outcome:
        raise refuse("wrong_state", "It was reviewed before.", status=409)
    if not is_right and not note.strip():
        raise refuse("reason_required", "Say what was wrong.", pointer="/note")
    Review.objects.filter(pk=found.pk).update(
        outcome=Review.Outcome.RIGHT if is_right else Review.Outcome.WRONG,
        note=note.strip()[:2000],
        reviewed_by_id=actor.id,
        reviewed_by_name=actor.name,
        reviewed_at=Now(),
    )
    record(
        actor=actor,
        kind="approval.reviewed",
        subject=f"approval:{found.request_id}",
        reason=note,
        policy=f"{found.request.policy_name} v{found.request.policy_version}",
        after={"outcome": "right" if is_right else "wrong"},
        site_ids=found.request.site_ids,
    )
    found.refresh_from_db()
    return found
