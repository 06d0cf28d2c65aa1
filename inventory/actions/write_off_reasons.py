"""The reasons people choose from when they write off: data of the house, kept with its history in the trail."""

import re
from dataclasses import asdict, dataclass

from django.db import transaction

from audit.actions import record
from inventory.actions.movements import check_right
from inventory.models import WriteOffReason
from inventory.queries.write_offs import reason_body
from lib.actors import Actor
from lib.faults import Fault, Faults

RIGHT = "write_off_reasons.manage"
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,31}$")


@dataclass(frozen=True)
class ReasonDraft:
    """A reason as it should be; `code` says which one, a new one when nobody has it."""

    code: str
    name: str
    name_zh: str = ""
    posts_as: str = "scrap"
    account_hint: str = ""
    needs_photo: bool = False
    needs_comment: bool = False
    is_active: bool = True


@transaction.atomic
def save_reason(*, actor: Actor, draft: ReasonDraft) -> WriteOffReason:
    """Add a reason or change one. What is written off under it already keeps what was posted.

    Raises Faults 403; 422 `invalid_code`, `invalid_name`, `invalid_kind`, `too_long`.
    Locks: the reason. Records: write_off_reason.saved. Allowed: write_off_reasons.manage.
    """
    check_right(actor, RIGHT)
    faults = []
    if not _CODE.match(draft.code):
        faults.append(Fault("/code", "invalid_code", "A code has 1 to 32 small letters, digits and _."))
    if not draft.name.strip():
        faults.append(Fault("/name", "invalid_name", "A reason has a name."))
    if draft.posts_as not in WriteOffReason.PostsAs.values:
        faults.append(Fault("/posts_as", "invalid_kind", "A reason posts as scrap or as adjustment."))
    for name, most in (("name", 80), ("name_zh", 80), ("account_hint", 64)):
        if len(getattr(draft, name)) > most:
            faults.append(Fault(f"/{name}", "too_long", f"At most {most} characters."))
    if faults:
        raise Faults(faults)
    known = WriteOffReason.objects.select_for_update().filter(code=draft.code).first()
    before = reason_body(known) if known else {}
    made, _is_new = WriteOffReason.objects.update_or_create(code=draft.code, defaults=asdict(draft))
    record(
        actor=actor,
        kind="write_off_reason.saved",
        subject=f"write_off_reason:{made.pk}",
        before=before,
        after=reason_body(made),
    )
    return made
