from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from approvals import actions, queries
from approvals.models import ApprovalRequest, Decision
from audit.models import Event
from lib.faults import Faults
from tests.approvals.builders import a_person, a_request

pytestmark = pytest.mark.django_db

CLERK = a_person(1, "price_clerk")
MANAGER = a_person(2, "price_manager")
ADMIN = a_person(3, "admin")


def events_of(request: ApprovalRequest) -> list[str]:
    rows = Event.objects.filter(subject=f"approval:{request.pk}").order_by("id")
    return [row.kind for row in rows]


def test_routine_change_is_approved_by_the_policy() -> None:
    request = a_request(CLERK, max_change_fraction=Decimal("-0.05"))
    assert (request.state, request.policy_name, request.policy_version) == ("approved", "price-routine", 1)
    decision = Decision.objects.get(request=request)
    assert (decision.decided_by_kind, decision.decided_by_name) == ("policy", "price-routine v1")
    assert events_of(request) == ["approval.requested", "approval.approved"]


@pytest.mark.parametrize(
    "facts",
    [
        {"max_change_fraction": "0.0501"},
        {"max_change_fraction": "0.03", "min_margin_fraction": "0.1999"},
        {"max_change_fraction": "0.03", "min_margin_fraction": None},
        {"max_change_fraction": "0.03", "unknown_cost": True},
        {"max_change_fraction": "0.03", "has_findings_above_note": True},
        {"max_change_fraction": None},
        {"restores_days": 31},
    ],
)
def test_beyond_the_limits_waits_for_a_price_manager(facts: dict[str, object]) -> None:
    request = a_request(CLERK, **facts)
    assert (request.state, request.permission) == ("pending", "price_changes.approve")
    assert request.due_at is not None


@pytest.mark.parametrize(
    "facts",
    [
        {"restores_days": 30, "max_change_fraction": "0.40"},
        {"first_price": True, "max_change_fraction": None},
        {"first_price": True, "max_change_fraction": "0"},
    ],
)
def test_restores_and_first_prices_are_routine(facts: dict[str, object]) -> None:
    assert a_request(CLERK, **facts).state == "approved"


@pytest.mark.parametrize(
    ("units", "value", "state"),
    [
        ("100", "1000", "approved"),
        ("-100", "-1000", "approved"),
        ("101", "5", "pending"),
        ("1", "1000.01", "pending"),
    ],
)
def test_stock_adjustments_up_to_100_units_and_1000(units: str, value: str, state: str) -> None:
    request = a_request(CLERK, kind="stock_adjustment", units=units, value=value)
    assert request.state == state


def test_no_policy_goes_to_the_fall_back_approver() -> None:
    request = a_request(CLERK, kind="unheard_of")
    assert (request.state, request.permission, request.policy_name) == (
        "pending",
        "policies.manage",
        "fall-back",
    )


def test_a_second_request_on_the_same_subject_is_refused() -> None:
    a_request(CLERK)
    with pytest.raises(Faults) as refused:
        a_request(CLERK)
    assert refused.value.faults[0].code == "already_pending"


def test_a_manager_approves() -> None:
    request = a_request(CLERK)
    decided = actions.decide(actor=MANAGER, request_id=request.pk, approve=True, comment="fine")
    assert decided.state == "approved"
    assert events_of(request)[-1] == "approval.approved"
    assert [r.pk for r in queries.approved_unapplied("price_change")] == [request.pk]


def test_a_manager_rejects() -> None:
    request = a_request(CLERK)
    decided = actions.decide(actor=MANAGER, request_id=request.pk, approve=False, comment="too steep")
    assert (decided.state, decided.close_reason) == ("rejected", "too steep")
    assert queries.approved_unapplied("price_change") == []


@pytest.mark.parametrize(
    ("preparer", "actor", "code", "status"),
    [
        (MANAGER, MANAGER, "own_request", 403),
        (ADMIN, ADMIN, "own_request", 403),
        (CLERK, CLERK, "own_request", 403),
        (MANAGER, CLERK, "not_approver", 403),
    ],
)
def test_who_may_not_decide(preparer: object, actor: object, code: str, status: int) -> None:
    request = a_request(preparer)  # type: ignore[arg-type]
    with pytest.raises(Faults) as refused:
        actions.decide(actor=actor, request_id=request.pk, approve=True)  # type: ignore[arg-type]
    assert (refused.value.faults[0].code, refused.value.status) == (code, status)
    assert ApprovalRequest.objects.get(pk=request.pk).state == "pending"


def test_not_even_for_somebody_else() -> None:
    from dataclasses import replace

    request = a_request(CLERK)
    with pytest.raises(Faults) as refused:
        actions.decide(actor=replace(MANAGER, on_behalf_of_id=CLERK.id), request_id=request.pk, approve=True)
    assert refused.value.faults[0].code == "own_request"


def test_twice_is_a_conflict() -> None:
    request = a_request(CLERK)
    actions.decide(actor=MANAGER, request_id=request.pk, approve=True)
    with pytest.raises(Faults) as refused:
        actions.decide(actor=ADMIN, request_id=request.pk, approve=False)
    assert (refused.value.faults[0].code, refused.value.status) == ("wrong_state", 409)


def test_other_content_than_seen_is_refused() -> None:
    request = a_request(CLERK)
    with pytest.raises(Faults) as refused:
        actions.decide(actor=MANAGER, request_id=request.pk, approve=True, expected_hash="b" * 64)
    assert refused.value.faults[0].code == "content_changed"


def test_void_keeps_the_decision_and_frees_the_subject() -> None:
    request = a_request(CLERK)
    actions.decide(actor=MANAGER, request_id=request.pk, approve=True)
    voided = actions.void(actor=CLERK, kind="price_change", subject="price_change:1", reason="edited")
    assert voided is not None and voided.state == "void"
    assert Decision.objects.filter(request=request).count() == 1
    assert a_request(CLERK).state == "pending"


def test_withdraw_of_nothing_is_nothing() -> None:
    assert actions.withdraw(actor=CLERK, kind="price_change", subject="price_change:9") is None


def test_effect_is_recorded_once() -> None:
    request = a_request(CLERK, max_change_fraction="0.01")
    actions.record_effect(request_id=request.pk, effect="applied")
    assert actions.record_effect(request_id=request.pk, effect="applied").effect == "applied"
    with pytest.raises(Faults):
        actions.record_effect(request_id=request.pk, effect="lapsed")
    assert queries.approved_unapplied("price_change") == []


DECIDE = (
    "INSERT INTO approvals_decision (request_id, step_id, prepared_by_id, decided_by_kind, decided_by_id,"
    " decided_by_name, on_behalf_of_id, approved, returned, is_stepped_up, comment, content_hash, policy_name,"
    " policy_version, channel) SELECT s.request_id, s.id, %s, 'user', %s, 'x', %s, true, false, false, '', %s, 'p', 1,"
    " '' FROM approvals_step s WHERE s.request_id = %s"
)


@pytest.mark.parametrize(
    ("prepared_by", "decided_by", "on_behalf_of"),
    [(1, 1, None), (1, 2, 1), (7, 1, None), (0, 1, None), (1, 0, None)],
)
def test_raw_sql_cannot_approve_for_the_preparer(
    prepared_by: int, decided_by: int, on_behalf_of: int | None
) -> None:
    request = a_request(CLERK)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DECIDE, [prepared_by, decided_by, on_behalf_of, "a" * 64, request.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_raw_sql_decision_of_another_is_taken() -> None:
    request = a_request(CLERK)
    with connection.cursor() as cursor:
        cursor.execute(DECIDE, [1, 2, None, "a" * 64, request.pk])
    assert Decision.objects.get(request=request).decided_by_id == 2


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("UPDATE approvals_approvalrequest SET state = 'approved'", IntegrityError),
        ("UPDATE approvals_approvalrequest SET prepared_by_id = 5", ProgrammingError),
        ("UPDATE approvals_approvalrequest SET content_hash = 'x'", ProgrammingError),
        ("DELETE FROM approvals_approvalrequest", ProgrammingError),
        ("UPDATE approvals_decision SET approved = true", ProgrammingError),
        ("DELETE FROM approvals_decision", ProgrammingError),
        ("TRUNCATE approvals_decision", ProgrammingError),
        ("UPDATE approvals_policy SET conditions = '[]'", ProgrammingError),
    ],
)
def test_raw_sql_is_refused(sql: str, error: type[Exception]) -> None:
    a_request(CLERK)
    with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_bulk_decides_like_requests_and_names_the_others() -> None:
    mine = a_request(MANAGER, subject="price_change:5")
    other = a_request(CLERK, subject="price_change:6")
    result = actions.decide_many(
        actor=MANAGER, request_ids=[mine.pk, other.pk], approve=True, comment="all small"
    )
    assert (result.decided, result.refused[mine.pk].code) == ([other.pk], "own_request")


@pytest.mark.parametrize(
    ("kind", "comment", "code"),
    [("stock_adjustment", "x", "unlike_requests"), ("price_change", " ", "reason_required")],
)
def test_bulk_refusals(kind: str, comment: str, code: str) -> None:
    first = a_request(CLERK, subject="a:1")
    second = a_request(CLERK, subject="a:2", kind=kind, units="500", value="1")
    with pytest.raises(Faults) as refused:
        actions.decide_many(actor=ADMIN, request_ids=[first.pk, second.pk], approve=True, comment=comment)
    assert refused.value.faults[0].code == code
