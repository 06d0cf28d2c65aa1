from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from alerts import actions
from alerts.models import Alert, Incident, IncidentEntry, Playbook
from lib.actors import job
from lib.faults import Faults
from tests.approvals.builders import a_user, actor_of

pytestmark = pytest.mark.django_db
LOOP = job("alerts.tick")


def an_incident(grade: str = "major") -> Incident:
    incident, _is_new = actions.open_incident(
        actor=LOOP, category="price_swing", grade=grade, title="22423 sold too cheap", key="k:1"
    )
    return incident


def entries(incident: Incident) -> list[str]:
    return [entry.kind for entry in IncidentEntry.objects.filter(incident=incident).order_by("id")]


def test_ten_categories_have_a_playbook_in_both_languages() -> None:
    books = Playbook.objects.filter(is_active=True)
    assert books.count() == 10
    assert all(book.name_zh and all(step["title_zh"] for step in book.steps) for book in books)
    assert actions.ensure_default_playbooks(actor=LOOP) == 0


def test_opening_expands_the_playbook_with_absolute_deadlines() -> None:
    incident = an_incident()
    assert incident.respond_due_at - incident.opened_at == timedelta(minutes=15)
    assert incident.inform_due_at is not None
    assert incident.inform_due_at - incident.opened_at == timedelta(minutes=30)
    steps = list(incident.steps.order_by("number"))
    assert [step.number for step in steps] == list(range(1, 8))
    assert steps[0].due_at - incident.opened_at == timedelta(minutes=15)


def test_the_same_key_is_the_same_incident() -> None:
    first = an_incident()
    again, is_new = actions.open_incident(
        actor=LOOP, category="price_swing", grade="ordinary", title="other", key="k:1"
    )
    assert (again.pk, is_new) == (first.pk, False)


def test_taking_stops_respond_and_never_inform() -> None:
    duty = actor_of(a_user("duty", "duty"))
    incident = an_incident()
    taken = actions.take_incident(actor=duty, incident_id=incident.pk)
    assert taken.responded_at is not None and taken.informed_at is None
    assert taken.owner_id == duty.id
    assert incident.steps.get(code="take").done_at is not None


def test_confirmation_by_management_stops_inform() -> None:
    duty = actor_of(a_user("duty", "duty"))
    clerk, boss = a_user("clerk", "sales"), a_user("boss", "admin")
    incident = an_incident()
    for user in (clerk, boss):
        actions.tell(actor=duty, incident_id=incident.pk, user_id=user.pk)
    actions.confirm_told(actor=duty, incident_id=incident.pk, user_id=clerk.pk)
    assert Incident.objects.get(pk=incident.pk).informed_at is None
    actions.confirm_told(actor=actor_of(boss), incident_id=incident.pk, user_id=boss.pk)
    assert Incident.objects.get(pk=incident.pk).informed_at is not None


def test_breaches_are_recorded_once() -> None:
    incident = an_incident()
    late = incident.opened_at + timedelta(minutes=30)
    assert actions.record_breaches(actor=LOOP, at=incident.opened_at + timedelta(minutes=14)) == 0
    assert actions.record_breaches(actor=LOOP, at=late) == 2
    assert actions.record_breaches(actor=LOOP, at=late) == 0
    assert entries(incident) == ["opened", "respond_breached", "inform_breached"]


def test_regrading_to_major_starts_the_clock_then() -> None:
    duty = actor_of(a_user("duty", "duty"))
    incident = an_incident("ordinary")
    assert incident.inform_due_at is None
    major = actions.regrade_incident(actor=duty, incident_id=incident.pk, grade="major", reason="more shops")
    assert major.inform_due_at == major.graded_at + timedelta(minutes=30)
    assert (major.generation, major.opened_at) == (2, incident.opened_at)


@pytest.mark.parametrize(("step", "code"), [("nothing", "not_taken"), ("taken", "not_informed")])
def test_a_major_is_not_closed_too_early(step: str, code: str) -> None:
    duty = actor_of(a_user("duty", "duty"))
    incident = an_incident()
    if step == "taken":
        actions.take_incident(actor=duty, incident_id=incident.pk)
    with pytest.raises(Faults) as refused:
        actions.close_incident(actor=duty, incident_id=incident.pk, reason="done")
    assert refused.value.faults[0].code == code


def test_closing_resolves_its_alerts() -> None:
    duty = actor_of(a_user("duty", "duty"))
    actions.raise_alert(
        key="x:1", kind="feed_late", severity="warning", title="late", category="feed_trouble"
    )
    assert actions.open_incidents_for_alerts(actor=LOOP) == 1
    incident = Incident.objects.get()
    actions.take_incident(actor=duty, incident_id=incident.pk)
    actions.close_incident(actor=duty, incident_id=incident.pk, reason="source is back")
    assert Alert.objects.get().state == "resolved"
    with pytest.raises(Faults) as refused:
        actions.record_step(actor=duty, incident_id=incident.pk, number=2)
    assert refused.value.faults[0].code == "incident_closed"


def test_a_thousand_alarms_are_one_incident_and_major_wins() -> None:
    drafts = [
        actions.AlertDraft(
            f"n:{n}", "negative_stock", "major" if n == 7 else "warning", f"n {n}", category="book_difference"
        )
        for n in range(1000)
    ]
    actions.raise_alerts(drafts)
    assert actions.open_incidents_for_alerts(actor=LOOP) == 1
    assert Incident.objects.get().grade == "major"
    assert Alert.objects.filter(incident=None).count() == 0


def test_notes_and_plain_warnings_open_nothing() -> None:
    actions.raise_alert(key="a", kind="stock_low", severity="note", title="low", category="stock_out")
    actions.raise_alert(key="b", kind="stock_low", severity="warning", title="low")
    assert actions.open_incidents_for_alerts(actor=LOOP) == 0


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("UPDATE alerts_incidententry SET text = 'x'", ProgrammingError),
        ("DELETE FROM alerts_incidententry", ProgrammingError),
        ("UPDATE alerts_playbook SET name = 'x'", ProgrammingError),
        ("UPDATE alerts_incident SET inform_due_at = NULL", IntegrityError),
    ],
)
def test_raw_sql_is_refused(sql: str, error: type[Exception]) -> None:
    an_incident()
    with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
