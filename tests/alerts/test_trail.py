"""The trail keeps an incident within its site: whoever does not see the site reads nothing of it there."""

from typing import Any

import pytest

from alerts import actions
from alerts.models import Alert, Incident
from audit.models import Event
from lib import clock
from lib.actors import job
from tests.approvals.builders import a_user, actor_of
from tests.catalog.builders import site

pytestmark = pytest.mark.django_db
LOOP = job("alerts.tick")


def test_every_event_of_a_sites_incident_and_alerts_names_the_site() -> None:
    there = site()
    duty, boss = a_user("duty", "duty"), a_user("boss", "stock_manager")
    actions.raise_alert(
        key="stock_out:1", kind="stock_out", severity="major", title="sold out", site_id=there.pk
    )
    actions.acknowledge_alert(actor=actor_of(duty), alert_id=Alert.objects.get().pk)
    incident, _new = actions.open_incident(
        actor=LOOP, category="price_swing", grade="ordinary", title="x", key="k", site_id=there.pk
    )
    Incident.objects.filter(pk=incident.pk).update(respond_due_at=clock.now())
    actions.record_breaches(actor=LOOP, at=clock.now())
    work: dict[str, Any] = {"actor": actor_of(duty), "incident_id": incident.pk}
    actions.take_incident(**work)
    actions.record_step(**work, number=2, note="restored")
    actions.regrade_incident(**work, grade="major", reason="worse")
    actions.tell(**work, user_id=boss.pk)
    actions.confirm_told(**work, user_id=boss.pk)
    actions.write_note(**work, text="31 pieces")
    actions.close_incident(**work, reason="settled")
    actions.resolve_alert("stock_out:1", "over")
    told = Event.objects.filter(kind__regex=r"^(alert|incident)\.")
    assert set(told.values_list("kind", flat=True)) == {
        "alert.raised", "alert.acknowledged", "alert.resolved", "incident.opened", "incident.respond_breached",
        "incident.taken", "incident.step_done", "incident.regraded", "incident.told", "incident.informed",
        "incident.noted", "incident.closed",
    }  # fmt: skip
    assert [event.kind for event in told if event.site_ids != [there.pk]] == []


def test_many_alerts_in_one_event_name_all_their_sites() -> None:
    one, other = site(), site(code="other")
    drafts = [
        actions.AlertDraft(f"stock_out:{n}", "stock_out", "warning", "sold out", site_id=where.pk)
        for n in range(15)
        for where in (one, other)
        if (where == one) == bool(n % 2)
    ] + [actions.AlertDraft(f"late:{n}", "feed_late", "warning", "late") for n in range(10)]
    actions.raise_alerts(drafts, actor=LOOP)
    actions.resolve_alerts_except("stock_out:", [], actor=LOOP)
    for kind in ("alert.raised", "alert.resolved"):
        assert Event.objects.get(kind=kind).site_ids == sorted([one.pk, other.pk])
