"""An incident that closes while an alert joins it: no alert is left firing with nobody to look at it."""

import threading

from django.db import connections, transaction

from alerts import actions
from alerts.models import Alert, Incident
from lib.actors import job
from tests.approvals.builders import a_user, actor_of

LOOP = job("alerts.tick")


def test_an_incident_does_not_close_while_an_alert_joins_it(cloned_db: str) -> None:
    duty = actor_of(a_user("duty", "duty"))
    actions.raise_alert(key="late:1", kind="late", severity="warning", title="late", category="feed_trouble")
    actions.open_incidents_for_alerts(actor=LOOP)
    incident = Incident.objects.get()
    actions.take_incident(actor=duty, incident_id=incident.pk)
    actions.raise_alert(key="late:2", kind="late", severity="warning", title="late", category="feed_trouble")

    def close() -> None:
        try:
            actions.close_incident(actor=duty, incident_id=incident.pk, reason="settled")
        finally:
            connections.close_all()

    closing = threading.Thread(target=close)
    with transaction.atomic():
        actions.open_incidents_for_alerts(actor=LOOP)
        closing.start()
        closing.join(0.5)
    closing.join()
    joined = Alert.objects.select_related("incident").get(key="late:2")
    assert joined.incident == incident
    assert (joined.state, joined.incident.state) == ("resolved", "closed")
