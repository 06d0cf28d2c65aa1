from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from audit.models import Event
from jobs.actions import plan_slots, set_scope, sync_definitions
from jobs.models import JobRun, ScopeTimes
from jobs.rules import Definition
from lib import clock
from lib.faults import Faults
from patrol import actions
from patrol.models import VerificationCase, VerificationPlan, VerificationRun, VerificationSample
from tests.approvals.builders import a_user
from tests.inventory.builders import line, post
from tests.patrol.verification_builders import AT, a_person, a_site, check, differs, run, with_scope

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def answer(done: VerificationRun, sample: VerificationSample, actor=None, **said: str) -> VerificationSample:
    return actions.answer_sample(
        actor=actor or a_person("stock_clerk", done.site),
        run_id=done.pk,
        sample_id=sample.pk,
        said=actions.Found(**said),
        at=LATER,
    )


def counted(done: VerificationRun) -> VerificationSample:
    return VerificationSample.objects.filter(run=done, question="count").order_by("number")[0]


def test_a_blind_count_is_held_against_the_book_of_its_moment() -> None:
    done = run(a_site(), check())
    sample = counted(done)
    post("issue", line(sample.sku, "LON", "customer", "3"))
    row = answer(done, sample, found=" 7.0 ")
    assert (row.answer, row.found, row.compared_with) == ("ok", "7", "7")
    event = Event.objects.get(kind="verification.rechecked")
    assert (event.site_ids, event.after["answer"]) == ([done.site_id], "ok")


def test_what_a_person_finds_otherwise_is_a_case_that_no_run_takes_away() -> None:
    site = a_site()
    done = run(site, check(name="inventory.snapshot", has_window=False))
    sample = counted(done)
    assert answer(done, sample, found="9").answer == "differs"
    case = VerificationCase.objects.get()
    assert (case.ours, case.theirs, case.sku, case.class_code) == ("10", "9", sample.sku, "recheck")
    run(site, check(name="inventory.snapshot", has_window=False), slots_later=1)
    assert VerificationCase.objects.get().state == "open"


@pytest.mark.parametrize(
    ("question", "said", "code"),
    [
        ("count", {}, "found_required"),
        ("count", {"found": "ten"}, "invalid_figure"),
        ("count", {"found": "-1"}, "invalid_figure"),
        ("count", {"found": "NaN"}, "invalid_figure"),
        ("count", {"answer": "impossible"}, "note_required"),
        ("paper", {}, "invalid_answer"),
        ("paper", {"answer": "differs"}, "note_required"),
    ],
)
def test_answers_that_cannot_be_taken(question: str, said: dict[str, str], code: str) -> None:
    done = run(a_site(), check())
    sample = VerificationSample.objects.filter(run=done, question=question).order_by("number")[0]
    with pytest.raises(Faults) as refused:
        answer(done, sample, **said)
    assert refused.value.faults[0].code == code
    assert VerificationSample.objects.exclude(answer="").count() == 0


@pytest.mark.parametrize(
    ("who", "code"),
    [("twice", "answered_already"), ("elsewhere", "unknown_verification"), ("finance", "not_allowed")],
)
def test_who_may_answer_and_once(who: str, code: str) -> None:
    done = run(a_site(), check())
    sample = counted(done)
    actor = a_person(
        "finance" if who == "finance" else "stock_clerk", a_site("DUB") if who == "elsewhere" else done.site
    )
    if who == "twice":
        answer(done, sample, actor, found="10")
    with pytest.raises(Faults) as refused:
        answer(done, sample, actor, found="10")
    assert refused.value.faults[0].code == code


def look_at_all(done: VerificationRun) -> None:
    VerificationSample.objects.filter(run=done).update(answer="ok", answered_at=AT)


def test_a_run_is_signed_once_its_sample_was_looked_at() -> None:
    done, duty = run(a_site(), check()), a_person()
    with pytest.raises(Faults, match="Not everything"):
        actions.sign_verification(actor=duty, run_id=done.pk)
    look_at_all(done)
    signed = actions.sign_verification(actor=duty, run_id=done.pk)
    assert (signed.state, signed.signed_by_id) == ("signed", duty.id)
    assert Event.objects.get(kind="verification.signed").site_ids == [done.site_id]
    with pytest.raises(Faults) as refused:
        actions.sign_verification(actor=duty, run_id=done.pk)
    assert refused.value.faults[0].code == "signed_already"


def test_what_is_not_explained_needs_a_word() -> None:
    done, duty = run(a_site(), check(differs("q:A1"))), a_person()
    look_at_all(done)
    with pytest.raises(Faults, match="Say what becomes"):
        actions.sign_verification(actor=duty, run_id=done.pk, comment=" ")
    assert (
        actions.sign_verification(actor=duty, run_id=done.pk, comment="case is open").comment
        == "case is open"
    )


@pytest.mark.parametrize(
    ("role", "where", "code"),
    [("stock_clerk", "LON", "not_allowed"), ("duty", "DUB", "unknown_verification")],
)
def test_who_may_sign(role: str, where: str, code: str) -> None:
    done = run(a_site(), check())
    look_at_all(done)
    actor = a_person(role, done.site if where == "LON" else a_site("DUB"))
    with pytest.raises(Faults) as refused:
        actions.sign_verification(actor=actor, run_id=done.pk)
    assert refused.value.faults[0].code == code


# -- pages and REST --------------------------------------------------------------------------------------------------


def client_of(role: str, site=None, kind=Client):
    client = kind()
    client.force_login(with_scope(a_user(role, role), site))
    return client


def test_pages_of_a_site_in_scope_and_of_another() -> None:
    done = run(a_site(), check(differs("q:A1")))
    with clock.frozen(LATER):
        client = client_of("stock_manager", done.site)
        for path in ("", "trend/", "cases/", "plans/", f"{done.pk}/"):
            assert client.get(f"/watch/verifications/{path}").status_code == 200, path
        assert b"1 of 1" in client.get("/watch/verifications/").content
        assert client.get("/watch/verifications-today/").status_code == 200
        stranger = client_of("stock_clerk", a_site("DUB"))
        assert stranger.get(f"/watch/verifications/{done.pk}/").status_code == 404
        assert b"q:A1" not in stranger.get("/watch/verifications/cases/").content


def test_the_page_does_not_tell_what_a_blind_question_asks() -> None:
    done = run(a_site(), check())
    post("issue", line(counted(done).sku, "LON", "customer", "7.25"))
    with clock.frozen(LATER):
        body = client_of("site_staff", done.site).get(f"/watch/verifications/{done.pk}/").content.decode()
        rest = client_of("duty", done.site, APIClient).get(f"/api/v1/verifications/{done.pk}/").json()
    assert "How many lie there" in body and "2.75" not in body
    told = [row["expected"] for row in rest["sample"] if row["is_blind"]]
    assert told and set(told) == {None}


def test_re_check_and_sign_off_by_the_pages() -> None:
    done = run(a_site(), check())
    with clock.frozen(LATER):
        client = client_of("duty", done.site)
        for sample in VerificationSample.objects.filter(run=done):
            said = {"found": "10"} if sample.is_blind else {"answer": "ok"}
            client.post(f"/watch/verifications/{done.pk}/sample/{sample.pk}/", said)
        client.post(f"/watch/verifications/{done.pk}/sign/", {"comment": ""})
    assert VerificationRun.objects.get(pk=done.pk).state == "signed"


def test_rest() -> None:
    done = run(a_site(), check(differs("q:A1")))
    with clock.frozen(LATER):
        client = client_of("duty", done.site, APIClient)
        (row,) = client.get("/api/v1/verifications/?state=to_sign&site=LON").json()["results"]
        assert (row["id"], row["unexplained"], row["accuracy_fraction"]) == (done.pk, 1, 0.001)
        assert client.get("/api/v1/verifications/?state=x").status_code == 422
        (case,) = client.get("/api/v1/verification-cases/?state=open").json()["results"]
        taken = client.post(f"/api/v1/verification-cases/{case['id']}/give/", {}, format="json")
        assert taken.json()["owner"] == "duty"
        wrong = client.post(f"/api/v1/verification-cases/{case['id']}/settle/", {"note": ""}, format="json")
        assert wrong.json()["errors"][0]["code"] == "note_required"
        sample = counted(done)
        path = f"/api/v1/verifications/{done.pk}/sample/{sample.pk}/answer/"
        assert client.post(path, {"found": "10"}, format="json").json()["answer"] == "ok"
        assert client.post(path, {"found": "10"}, format="json").status_code == 409
        assert client.post(f"/api/v1/verifications/{done.pk}/sign/", {}, format="json").status_code == 409


# -- plans -----------------------------------------------------------------------------------------------------------


def test_a_site_has_times_of_its_own_and_somebody_who_works_its_cases() -> None:
    site, clerk = a_site(), a_person("stock_clerk", None)
    manager = a_person("stock_manager", site)
    definition = Definition(
        "patrol.verify", "patrol.verify", local_times=("06:00", "14:00", "22:00"), scope_kind="site"
    )
    with clock.frozen(AT):
        set_scope("site", "LON", "Europe/London")
        sync_definitions([definition])
        draft = actions.PlanDraft(("07:00", "13:30", "21:00"), clerk.id, 4)
        actions.set_plan(actor=manager, site=site, draft=draft)
        plan_slots(AT)
        walls = [f"{one.slot:%H:%M}" for one in JobRun.objects.filter(scope_key="LON", slot__gt=AT)]
        assert sorted(walls) == ["07:00", "13:30", "21:00"]
        case_of = run(site, check(differs("q:A1")))
        case = VerificationCase.objects.get()
        assert (case.owner_id, case.due_at, case_of.kind) == (clerk.id, AT + timedelta(hours=4), "extra")
        actions.set_plan(actor=manager, site=site, draft=actions.PlanDraft())
    assert ScopeTimes.objects.count() == 0
    assert VerificationPlan.objects.get().owner_id is None
    assert Event.objects.filter(kind="verification_plan.set", site_ids=[site.pk]).count() == 2


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({"times": ["06:00", "14:00"]}, "three_times"),
        ({"times": ["06:00", "07:00", "22:00"]}, "too_close"),
        ({"times": ["6:00", "14:00", "22:00"]}, "invalid_time"),
        ({"owner": "nobody"}, "unknown_owner"),
        ({"case_hours": 0}, "invalid_hours"),
    ],
)
def test_plans_that_cannot_be(draft: dict[str, object], code: str) -> None:
    site = a_site()
    with clock.frozen(LATER):
        answer_ = client_of("stock_manager", site, APIClient).post(
            "/api/v1/verification-plans/LON/", draft, format="json"
        )
    assert (answer_.status_code, answer_.json()["errors"][0]["code"]) == (422, code)


def test_plans_of_other_sites_are_not_there() -> None:
    a_site(), (other := a_site("DUB"))
    with clock.frozen(LATER):
        client = client_of("stock_manager", other, APIClient)
        assert client.post("/api/v1/verification-plans/LON/", {}, format="json").status_code == 404
        (row,) = client.get("/api/v1/verification-plans/").json()["results"]
    assert (row["site"], row["has_own_times"]) == ("DUB", False)


def test_today_says_what_is_to_be_looked_at_and_then_signed() -> None:
    done = run(a_site(), check())
    count = VerificationSample.objects.filter(run=done).count()
    with clock.frozen(LATER):
        staff, duty = client_of("site_staff", done.site), client_of("duty", done.site)
        assert f"Look again at {count} lines".encode() in staff.get("/").content
        assert b"Sign 1 verification" not in duty.get("/").content
        look_at_all(done)
        assert b"Look again at" not in staff.get("/").content
        assert f'href="/watch/verifications/{done.pk}/"'.encode() in duty.get("/").content
