"""What documents with an approval of their own share: the approver's word at once, and what was decided elsewhere."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from approvals.actions import decide
from approvals.models import ApprovalRequest
from approvals.queries import approved_unapplied, request_of, requests_of_subjects
from lib.actors import Actor
from lib.faults import refuse

log = logging.getLogger(__name__)


class Document(Protocol):
    """What is asked of a document."""

    pk: Any
    state: Any
    content_hash: str


D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class Decisions(Generic[D]):
    """How one kind of document follows its requests.

    kind: of the requests; subjects are `<noun>:<id>`. pending: the state that waits. rejected: the state after a no.
    rows: the documents with what goes along. approve: gives effect to a yes, True where something changed; approve_late
    is the same for the loop, where nobody sees a refusal. end(actor, document, state, why): it will not be as asked.
    ended: state of a closed request → state of its document.
    """

    kind: str
    pending: str
    rejected: str
    rows: Callable[[], "QuerySet[Any]"]
    subject_of: Callable[[D], str]
    approve: Callable[[Actor, D, ApprovalRequest], bool]
    end: Callable[[Actor, D, str, str], None]
    ended: Mapping[str, str]
    approve_late: Callable[[Actor, D, ApprovalRequest], bool] | None = None

    def decide(self, actor: Actor, document: D, *, approve: bool, comment: str) -> None:
        """An approver's word on a locked document that waits; the last word its policy asks for has effect at once.

        Raises Faults 409 `wrong_state`, `content_changed`; 403 `own_request`, `not_approver`; what `approve` raises.
        """
        request = request_of(self.kind, self.subject_of(document))
        if request is None:
            raise refuse("wrong_state", "Nothing waits for a decision.", status=409)
        decided = decide(
            actor=actor,
            request_id=request.pk,
            approve=approve,
            comment=comment,
            expected_hash=document.content_hash,
        )
        if decided.state == ApprovalRequest.State.APPROVED:
            self.approve(actor, document, decided)
        elif not approve:
            self.end(actor, document, self.rejected, comment)

    def apply(self, actor: Actor) -> int:
        """Give effect to what was decided on the approvals' own page; returns how many documents changed.

        A document whose effect fails is logged and left for the next time. Locks: each document, in turn.
        """
        changed = 0
        for request in approved_unapplied(self.kind):
            try:
                changed += self._apply(actor, request)
            except Exception:
                log.exception("decision on %s has no effect", request.subject)
        waiting = {
            self.subject_of(one): one.pk for one in self.rows().filter(state=self.pending).order_by("pk")
        }
        for subject, found in requests_of_subjects(self.kind, list(waiting)).items():
            if found.state in self.ended:
                changed += self._end(actor, waiting[subject], found)
        return changed

    @transaction.atomic
    def _apply(self, actor: Actor, request: ApprovalRequest) -> bool:
        document = self._waiting(int(request.subject.partition(":")[2]), skip_locked=True)
        return document is not None and (self.approve_late or self.approve)(actor, document, request)

    @transaction.atomic
    def _end(self, actor: Actor, number: int, request: ApprovalRequest) -> bool:
        document = self._waiting(number, skip_locked=False)
        if document is None:
            return False
        self.end(actor, document, self.ended[str(request.state)], request.close_reason)
        return True

    def _waiting(self, number: int, *, skip_locked: bool) -> D | None:
        locked = self.rows().select_for_update(of=("self",), skip_locked=skip_locked)
        document: D | None = locked.filter(pk=number, state=self.pending).first()
        return document
