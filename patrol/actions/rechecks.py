"""People look again at what the machine passed, and sign the run."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import record
from catalog.access import visible_site_ids_or_all
from lib.actors import Actor
from lib.faults import refuse
from patrol.actions.verification_cases import RECHECK, CaseDraft, open_by_person
from patrol.actions.verifications import shown
from patrol.models import VerificationRun, VerificationSample
from patrol.queries.drawing import book_now

Answer = VerificationSample.Answer
#: A plain number with a decimal point; nothing is guessed.
_FIGURE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?\Z")


@dataclass(frozen=True)
class Found:
    """What a person says: answer "", ok, differs or impossible; what was found, as written; a word on it.

    A blind question takes what was found and judges itself; only `impossible` may be said of it instead.
    """

    answer: str = ""
    found: str = ""
    note: str = ""


@transaction.atomic
def answer_sample(
    *, actor: Actor, run_id: int, sample_id: int, said: Found, at: datetime
) -> VerificationSample:
    """Answer one line of a run's sample, once. What is found blindly is held against the books of this moment.

    What differs opens a case.
    Raises Faults 403; 404 `unknown_verification`, `unknown_sample`; 409 `not_finished`, `signed_already`,
    `answered_already`; 422 `invalid_answer`, `found_required`, `invalid_figure`, `note_required`.
    Locks: the run, then the case. Records: verification.rechecked. Allowed: verifications.recheck with the site in scope.
    """
    run = _locked(actor, run_id, "verifications.recheck")
    sample = VerificationSample.objects.filter(run=run, pk=sample_id).first()
    if sample is None:
        raise refuse("unknown_sample", "The verification has no such line to look at.", status=404)
    if sample.answer:
        raise refuse("answered_already", "This was looked at already.", status=409)
    answer, found, book = _judged(run, sample, said, at)
    if answer != Answer.OK and not sample.is_blind and not said.note.strip():
        raise refuse("note_required", "Say what you saw.", pointer="/note")
    VerificationSample.objects.filter(pk=sample.pk, answer="").update(
        answer=answer,
        found=found,
        compared_with=book,
        note=said.note.strip()[:1000],
        answered_at=Now(),
        answered_by_id=actor.id if actor.kind == "user" else None,
    )
    if answer == Answer.DIFFERS:
        open_by_person(run, sample.check_name, _case_of(run, sample, found, book), at)
    record(
        actor=actor,
        kind="verification.rechecked",
        subject=f"verification:{run.pk}",
        reason=said.note.strip(),
        after={
            "sample": sample.number,
            "question": sample.question,
            "answer": answer,
            "found": found,
            "book": book,
        },
        site_ids=[run.site_id],
    )
    return VerificationSample.objects.select_related("answered_by").get(pk=sample.pk)


def _judged(
    run: VerificationRun, sample: VerificationSample, said: Found, at: datetime
) -> tuple[str, str, str]:
    """(answer, what was found, what the books say) of one line."""
    if said.answer == Answer.IMPOSSIBLE:
        if not said.note.strip():
            raise refuse("note_required", "Say what you saw.", pointer="/note")
        return Answer.IMPOSSIBLE, "", ""
    if not sample.is_blind:
        if said.answer not in (Answer.OK, Answer.DIFFERS):
            raise refuse("invalid_answer", "Say whether it agrees or differs.", pointer="/answer")
        return said.answer, said.found.strip()[:100], str(sample.expected.get("value", ""))
    found = _figure(said.found)
    book = book_now(sample, run.site, at)
    answer = Answer.OK if book is not None and book == found else Answer.DIFFERS
    return answer, shown(found), shown(book)


def _figure(text: str) -> Decimal:
    clean = text.strip().replace(" ", "")
    if not clean:
        raise refuse("found_required", "Write down what you found.", pointer="/found")
    if not _FIGURE.match(clean):
        raise refuse("invalid_figure", "This is not a number.", pointer="/found")
    return Decimal(clean)


def _case_of(run: VerificationRun, sample: VerificationSample, found: str, book: str) -> CaseDraft:
    about = sample.sku or sample.title
    return CaseDraft(
        key=f"{RECHECK}{sample.question}:{about}"[:200],
        class_code="recheck",
        title=f"{about}: a person found something else"[:300],
        sku=sample.sku,
        source="recheck",
        ours=book[:100],
        theirs=found[:100],
        url=f"/watch/verifications/{run.pk}/",
    )


@transaction.atomic
def sign_verification(*, actor: Actor, run_id: int, comment: str = "") -> VerificationRun:
    """Sign a finished run whose sample was looked at. A word is needed where something is not explained, a check failed
    or a person found something else.

    Raises Faults 403; 404 `unknown_verification`; 409 `not_finished`, `signed_already`, `sample_open`;
    422 `comment_required`.
    Locks: the run. Records: verification.signed. Allowed: verifications.sign with the site in scope, a person.
    """
    run = _locked(actor, run_id, "verifications.sign")
    sample = VerificationSample.objects.filter(run=run)
    if sample.filter(answer="").exists():
        raise refuse("sample_open", "Not everything drawn for the re-check was looked at.", status=409)
    needs_word = (
        run.unexplained > 0
        or run.checks.filter(outcome="failed").exists()
        or sample.exclude(answer=Answer.OK).exists()
    )
    if needs_word and not comment.strip():
        raise refuse("comment_required", "Say what becomes of what is not explained.", pointer="/comment")
    VerificationRun.objects.filter(pk=run.pk).update(
        state=VerificationRun.State.SIGNED, signed_at=Now(), signed_by_id=actor.id, comment=comment.strip()
    )
    record(
        actor=actor,
        kind="verification.signed",
        subject=f"verification:{run.pk}",
        reason=comment.strip(),
        after={
            "slot": run.slot,
            "lines": run.lines,
            "differing": run.differing,
            "unexplained": run.unexplained,
        },
        site_ids=[run.site_id],
    )
    return VerificationRun.objects.select_related("site", "signed_by").get(pk=run.pk)


def _locked(actor: Actor, run_id: int, permission: str) -> VerificationRun:
    """The finished run that is not signed, locked."""
    if not actor.may(permission) or actor.kind != "user":
        raise refuse("not_allowed", "Your role does not include this.", status=403)
    run = (
        VerificationRun.objects.select_for_update(of=("self",))
        .select_related("site")
        .filter(pk=run_id)
        .first()
    )
    visible = visible_site_ids_or_all(actor)
    if run is None or (visible is not None and run.site_id not in visible):
        raise refuse("unknown_verification", "There is no such verification.", status=404)
    if run.state == VerificationRun.State.RUNNING:
        raise refuse("not_finished", "The verification is running.", status=409)
    if run.state == VerificationRun.State.SIGNED:
        raise refuse("signed_already", "The verification is signed.", status=409)
    return run
