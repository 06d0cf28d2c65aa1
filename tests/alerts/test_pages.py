import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from alerts import actions
from alerts.models import Alert, Incident
from catalog.models import Scope
from lib.actors import job
from tests.approvals.builders import a_user

pytestmark = pytest.mark.django_db
LOOP = job("alerts.tick")
PAGES = (
    "/watch/", "/watch/handover/", "/watch/open-incidents/", "/watch/roster-card/", "/watch/roster/", "/watch/alerts/",
    "/watch/badge/", "/watch/bell/", "/watch/strip/", "/watch/duty/", "/watch/search/?q=22423", "/watch/incidents/",
)  # fmt: skip


def signed_in(role: str) -> Client:
    client = Client()
    user = a_user(role, role)
    Scope.objects.create(user=user)
    client.force_login(user)
    return client


def an_incident(grade: str = "major") -> Incident:
    return actions.open_incident(
        actor=LOOP, category="price_swing", grade=grade, title="22423 sold too cheap", key="k"
    )[0]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_for_the_duty_officer_and_not_for_sales(path: str) -> None:
    an_incident()
    assert signed_in("duty").get(path).status_code == 200
    assert signed_in("sales").get(path).status_code == 403


def test_working_an_incident_through_its_page() -> None:
    incident = an_incident("ordinary")
    client = signed_in("duty")
    base = f"/watch/incidents/{incident.pk}/"
    for path, sent in (
        ("take/", {}),
        ("steps/2/", {"note": "restored"}),
        ("note/", {"text": "31 pieces"}),
        ("close/", {"reason": "settled"}),
    ):
        assert client.post(base + path, sent).status_code == 302
    stored = Incident.objects.get(pk=incident.pk)
    assert (stored.state, stored.owner.username) == ("closed", "duty")  # type: ignore[union-attr]
    assert stored.steps.filter(done_at__isnull=False).count() == 2
    assert client.get(base).status_code == 200


def test_opening_one_by_hand() -> None:
    client = signed_in("duty")
    sent = {"category": "stock_out", "grade": "major", "title": "No bread", "detail": ""}
    assert client.post("/watch/incidents/open/", sent).status_code == 302
    assert client.post("/watch/incidents/open/", {"title": ""}).status_code == 422
    assert Incident.objects.get().inform_due_at is not None


def test_rest() -> None:
    an_incident()
    actions.raise_alert(key="a", kind="feed_late", severity="warning", title="late")
    client = APIClient()
    user = a_user("duty", "duty")
    Scope.objects.create(user=user)
    client.force_login(user)
    (alert,) = client.get("/api/v1/alerts/?state=firing").json()["results"]
    assert client.post(f"/api/v1/alerts/{alert['id']}/acknowledge/").json()["state"] == "acknowledged"
    assert client.post(f"/api/v1/alerts/{alert['id']}/acknowledge/").status_code == 409
    (incident,) = client.get("/api/v1/incidents/?state=open").json()["results"]
    assert client.post(f"/api/v1/incidents/{incident['id']}/take/").json()["owner"] == "duty"
    assert client.get("/api/v1/incidents/?state=nope").status_code == 422
    assert Alert.objects.get().acknowledged_by_id == user.pk


def test_the_board_asks_a_flat_number_of_questions() -> None:
    client = signed_in("duty")
    client.get("/watch/")  # the session notes its first use
    counts = []
    for batch in (range(3), range(3, 30)):
        for number in batch:
            actions.open_incident(
                actor=LOOP, category="stock_out", grade="ordinary", title=f"{number}", key=f"k{number}"
            )
        with CaptureQueriesContext(connection) as captured:
            client.get("/watch/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
