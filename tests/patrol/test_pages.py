from datetime import UTC, datetime

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Scope
from lib.actors import job
from lib.checks import Finding
from patrol import actions
from patrol.checks import Listed
from patrol.models import Round, RoundFinding
from tests.approvals.builders import a_user

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 10, 15, 6, tzinfo=UTC)


def found(at: datetime) -> list[Finding]:
    return [
        Finding("n:1", "negative", "warning", "22138 is at −3", site_id=None),
        Finding("x:1", "x", "note", "elsewhere in Venlo", site_id=99),
    ]


def a_round() -> Round:
    return actions.run_round(
        actor=job("patrol.round"), slot=SLOT, at=SLOT, checks=[Listed("found", "found", found)]
    )


def client_of(role: str, everywhere: bool = True) -> Client:
    client = Client()
    user = a_user(role, role)
    if everywhere:
        Scope.objects.create(user=user)
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "path", ["/watch/rounds/", "/watch/latest-round/", "/watch/rounds-today/", "/watch/to-sign/"]
)
def test_pages(path: str) -> None:
    a_round()
    assert client_of("duty").get(path).status_code == 200
    assert client_of("purchaser").get(path).status_code == 403


def test_signing_from_the_page() -> None:
    round_ = a_round()
    finding = RoundFinding.objects.get(key="n:1")
    client = client_of("duty")
    client.post(f"/watch/rounds/{round_.pk}/findings/{finding.pk}/sign/", {"comment": "recount ordered"})
    client.post(f"/watch/rounds/{round_.pk}/sign/")
    assert Round.objects.get().state == "signed"
    assert client.get(f"/watch/rounds/{round_.pk}/").status_code == 200


def test_findings_of_other_sites_are_not_there() -> None:
    round_ = a_round()
    hidden = RoundFinding.objects.get(key="x:1")
    client = client_of("duty", everywhere=False)
    assert b"elsewhere in Venlo" not in client.get(f"/watch/rounds/{round_.pk}/").content
    assert client.post(f"/watch/rounds/{round_.pk}/findings/{hidden.pk}/sign/").status_code == 404


def test_only_who_may_signs() -> None:
    round_ = a_round()
    assert client_of("finance").post(f"/watch/rounds/{round_.pk}/sign/").status_code == 403


def test_rest() -> None:
    round_ = a_round()
    client = APIClient()
    user = a_user("duty", "duty")
    Scope.objects.create(user=user)
    client.force_login(user)
    (row,) = client.get("/api/v1/rounds/?state=to_sign").json()["results"]
    assert (row["id"], row["findings"], row["unsigned"]) == (round_.pk, 2, 2)
    assert client.post(f"/api/v1/rounds/{round_.pk}/sign/", {}, format="json").status_code == 409
    assert len(client.get(f"/api/v1/rounds/{round_.pk}/").json()["findings"]) == 2
