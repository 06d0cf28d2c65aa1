"""What people say beside a request, and papers they lay beside it."""

from collections.abc import Sequence

from django.db import transaction

from approvals.models import ApprovalRequest, Remark
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse
from web.stored_files import Upload, keep

OWNER = "approval"
MAX_LENGTH = 2000


@transaction.atomic
def remark(*, actor: Actor, request_id: int, text: str, uploads: Sequence[Upload] = ()) -> Remark:
    """Say something about a request; it decides nothing and may be said after the decision too.

    Raises Faults 422 `nothing_said`, `too_long`; 404 `unknown_request`.
    Locks: nothing. Records: approval.remarked. Allowed: whoever sees the request, checked at the edge.
    """
    text = text.strip()
    if not text and not uploads:
        raise refuse("nothing_said", "Write something, or choose a file.", pointer="/text")
    if len(text) > MAX_LENGTH:
        raise refuse("too_long", f"At most {MAX_LENGTH} characters.", pointer="/text")
    request = ApprovalRequest.objects.filter(pk=request_id).first()
    if request is None:
        raise refuse("unknown_request", "There is no such request.", status=404)
    made = Remark.objects.create(request=request, author_id=actor.id or 0, author_name=actor.name, text=text)
    files = [keep(upload, owner=(OWNER, request.pk), actor=actor) for upload in uploads]
    record(
        actor=actor,
        kind="approval.remarked",
        subject=f"approval:{request.pk}",
        after={"text": text, "files": [one.file_id for one in files]},
        site_ids=request.site_ids,
    )
    return made
