"""Several people at one verification at one moment, with real commits."""

import pytest

from audit.models import Event
from patrol import actions
from patrol.models import VerificationCase, VerificationCheck, VerificationRun, VerificationSample
from tests.patrol.verification_builders import AT, SLOT, VERIFY, a_person, a_site, check, differs, run
from tests.together import DONE, together


@pytest.fixture
def done(cloned_db: str) -> VerificationRun:
    return run(a_site(), check(differs("q:A1")))


def test_two_answer_the_same_line_and_one_of_them_is_kept(done: VerificationRun) -> None:
    sample = VerificationSample.objects.filter(run=done, question="count").order_by("number")[0]
    people = [a_person("stock_clerk", done.site, name) for name in ("amy", "ben")]

    def answer(who: int) -> object:
        said = actions.Found(found=("10", "9")[who])
        return actions.answer_sample(actor=people[who], run_id=done.pk, sample_id=sample.pk, said=said, at=AT)

    assert together(lambda: answer(0), lambda: answer(1)) == ["answered_already", DONE]
    kept = VerificationSample.objects.get(pk=sample.pk)
    cases = VerificationCase.objects.filter(class_code="recheck").count()
    assert (kept.found, cases) in (("10", 0), ("9", 1))


def test_two_sign_and_one_signature_stands(done: VerificationRun) -> None:
    VerificationSample.objects.filter(run=done).update(answer="ok", answered_at=AT)
    people = [a_person("duty", None, name) for name in ("amy", "ben")]

    def sign(who: int) -> object:
        return actions.sign_verification(actor=people[who], run_id=done.pk, comment="seen")

    assert together(lambda: sign(0), lambda: sign(1)) == [DONE, "signed_already"]
    assert Event.objects.filter(kind="verification.signed").count() == 1


def test_a_line_is_not_answered_under_a_signature(done: VerificationRun) -> None:
    samples = list(VerificationSample.objects.filter(run=done))
    VerificationSample.objects.filter(run=done).exclude(pk=samples[0].pk).update(answer="ok", answered_at=AT)
    clerk, duty = a_person("stock_clerk", done.site), a_person("duty")
    said = actions.Found(found="10", answer="ok")

    def answer() -> object:
        return actions.answer_sample(actor=clerk, run_id=done.pk, sample_id=samples[0].pk, said=said, at=AT)

    def sign() -> object:
        return actions.sign_verification(actor=duty, run_id=done.pk, comment="seen")

    outcome = together(answer, sign)
    assert outcome in ([DONE, "sample_open"], [DONE, DONE])
    assert VerificationSample.objects.get(pk=samples[0].pk).answer == "ok"


def test_two_workers_at_one_slot_keep_it_once(cloned_db: str) -> None:
    site = a_site()
    checks = [check(differs("q:A1"))]

    def verify() -> object:
        return actions.run_verification(actor=VERIFY, site=site, slot=SLOT, at=AT, checks=checks)

    assert together(verify, verify, verify) == [DONE] * 3
    counts = (
        VerificationRun.objects.count(),
        VerificationCheck.objects.count(),
        VerificationCase.objects.get().times_seen,
    )
    assert counts == (1, 1, 1)


def test_two_settle_one_case_and_one_word_stands(done: VerificationRun) -> None:
    case = VerificationCase.objects.get()
    people = [a_person("stock_clerk", done.site, name) for name in ("amy", "ben")]

    def settle(who: int) -> object:
        return actions.settle_case(actor=people[who], case_id=case.pk, note=f"word {who}")

    assert together(lambda: settle(0), lambda: settle(1)) == [DONE, "settled_already"]
    assert Event.objects.filter(kind="verification_case.settled").count() == 1
