"""A rate by hand counts once a second person says so, in the same transaction; never through its preparer."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from approvals import actions
from approvals.actions.rates import KIND
from approvals.models import ApprovalRequest
from audit.models import Event
from catalog.models import ExchangeRate, RateProposal, Scope
from catalog.queries import exchange_rate
from lib import actors
from lib.actors import Actor
from lib.faults import Faults
from tests.approvals.builders import a_person, a_user
from tests.approvals.test_races import together

FINN, OTHER, CLERK = a_person(1, "finance"), a_person(2, "finance"), a_person(3, "price_clerk")
ROW = {"base": "GBP", "quote": "CNY", "rate": "9.20", "on": "2026-11-24"}
DAY = date(2026, 11, 24)


def proposed(actor: Actor = FINN, **more: str) -> RateProposal:
    return actions.ask_for_rate(actor=actor, row={**ROW, **more}, reason="Bank's fixing")


def asked_for(proposal: RateProposal) -> ApprovalRequest:
    return ApprovalRequest.objects.get(kind=KIND, subject=f"rate_proposal:{proposal.pk}")


def code_of(act: object) -> str:
    with pytest.raises(Faults) as refused:
        act()  # type: ignore[operator]
    return refused.value.faults[0].code


@pytest.mark.django_db
def test_a_second_person_puts_it_in_force_at_once() -> None:
    proposal = proposed()
    assert not ExchangeRate.objects.exists()
    decided = actions.decide(actor=OTHER, request_id=asked_for(proposal).pk, approve=True)
    assert (decided.state, decided.effect) == ("approved", "applied")
    found = exchange_rate("GBP", "CNY", DAY)
    assert (found.rate, found.path) == (Decimal("9.2"), "direct")
    assert ExchangeRate.objects.get().source == "hand"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.approved_by_id) == ("applied", OTHER.id)
    kinds = (
        Event.objects.filter(kind__startswith="exchange_rate.").order_by("id").values_list("kind", flat=True)
    )
    assert list(kinds) == [
        "exchange_rate.proposed", "exchange_rate.upserted", "exchange_rate.put_in_force",
    ]  # fmt: skip


@pytest.mark.django_db
def test_never_by_who_proposed_it_nor_by_who_may_not() -> None:
    request = asked_for(proposed())
    assert code_of(lambda: actions.decide(actor=FINN, request_id=request.pk, approve=True)) == "own_request"
    assert code_of(lambda: actions.decide(actor=CLERK, request_id=request.pk, approve=True)) == "not_approver"
    assert not ExchangeRate.objects.exists()


@pytest.mark.django_db
def test_the_database_refuses_the_preparer_too() -> None:
    proposal = proposed()
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        RateProposal.objects.filter(pk=proposal.pk).update(state="applied", approved_by_id=FINN.id)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        RateProposal.objects.filter(pk=proposal.pk).update(state="applied")


@pytest.mark.django_db
def test_what_was_changed_behind_the_request_is_not_put_in_force() -> None:
    proposal = proposed()
    RateProposal.objects.filter(pk=proposal.pk).update(rate="92")
    request = asked_for(proposal)
    assert (
        code_of(lambda: actions.decide(actor=OTHER, request_id=request.pk, approve=True)) == "content_changed"
    )
    assert not ExchangeRate.objects.exists()
    assert asked_for(proposal).state == "pending"


@pytest.mark.django_db
def test_a_correction_voids_what_waited() -> None:
    first = proposed()
    assert code_of(proposed) == "already_proposed"
    second = actions.ask_for_rate(
        actor=OTHER, row={**ROW, "rate": "9.30"}, reason="Typed wrong", replaces=first.pk
    )
    assert asked_for(first).state == "void"
    first.refresh_from_db()
    assert first.state == "void"
    assert code_of(
        lambda: actions.decide(actor=a_person(4, "finance"), request_id=asked_for(first).pk, approve=True)
    ) == "wrong_state"  # fmt: skip
    actions.decide(actor=FINN, request_id=asked_for(second).pk, approve=True)
    assert exchange_rate("GBP", "CNY", DAY).rate == Decimal("9.3")


@pytest.mark.django_db
def test_rejected_and_taken_back_leave_no_rate() -> None:
    rejected = proposed()
    actions.decide(actor=OTHER, request_id=asked_for(rejected).pk, approve=False, comment="No source")
    taken = proposed()
    assert code_of(lambda: actions.withdraw_rate(actor=OTHER, proposal_id=taken.pk)) == "not_yours"
    assert asked_for(taken).state == "pending"
    actions.withdraw_rate(actor=FINN, proposal_id=taken.pk)
    assert asked_for(taken).state == "withdrawn"
    states = RateProposal.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["rejected", "withdrawn"]
    assert not ExchangeRate.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"rate": "0"}, "not_above_zero"),
        ({"rate": "abc"}, "not_a_number"),
        ({"quote": "QQQ"}, "unknown_currency"),
        ({"quote": "GBP"}, "same_currency"),
        ({"on": "2026-13-01"}, "not_a_date"),
    ],
)
def test_a_wrong_rate_is_not_proposed(wrong: dict[str, str], code: str) -> None:
    assert code_of(lambda: proposed(**wrong)) == code
    assert not RateProposal.objects.exists()


@pytest.mark.django_db
def test_a_job_does_not_propose_and_a_reason_is_asked_for() -> None:
    assert code_of(lambda: proposed(actor=actors.job("x.y"))) == "not_a_person"
    assert code_of(lambda: actions.ask_for_rate(actor=FINN, row=ROW, reason=" ")) == "reason_required"


def test_of_two_second_persons_at_once_one_puts_it_in_force(cloned_db: str) -> None:
    request = asked_for(proposed())
    results = together(
        lambda: actions.decide(actor=OTHER, request_id=request.pk, approve=True),
        lambda: actions.decide(actor=a_person(4, "finance"), request_id=request.pk, approve=False),
    )
    assert [r.faults[0].code for r in results if isinstance(r, Faults)] == ["wrong_state"]
    applied = RateProposal.objects.get().state == "applied"
    assert ExchangeRate.objects.exists() == applied


@pytest.mark.django_db
def test_over_rest_and_on_the_page() -> None:
    finn = a_user("finn", "finance")
    client = APIClient()
    client.force_login(finn)
    answer = client.post(
        "/api/v1/exchange-rates/proposals/", {**ROW, "reason": "Bank's fixing"}, format="json"
    )
    assert answer.status_code == 201, answer.json()
    listed = client.get("/api/v1/exchange-rates/proposals/?state=open").json()["results"]
    assert [(one["rate"], one["state"]) for one in listed] == [("9.2", "open")]
    assert client.get("/api/v1/exchange-rates/proposals/?state=odd").status_code == 422
    page = client.get("/settings/rates/").content.decode()
    assert "1 GBP = 9.2 CNY" in page and "Withdraw" in page
    bad = {**ROW, "rate": "0", "reason": "x"}
    assert client.post("/api/v1/exchange-rates/proposals/", bad, format="json").status_code == 422
    place = f"/api/v1/exchange-rates/proposals/{listed[0]['id']}/withdraw/"
    assert client.post(place).json()["state"] == "withdrawn"


@pytest.mark.django_db
def test_the_form_proposes_corrects_and_shows_the_history() -> None:
    finn: User = a_user("finn", "finance")
    other = a_user("olga", "finance")
    for person in (finn, other):
        Scope.objects.create(user=person)
    client, second = Client(), Client()
    client.force_login(finn)
    second.force_login(other)
    client.post("/settings/rates/propose/", {**ROW, "base": "gbp", "reason": "Bank's fixing"})
    first = RateProposal.objects.get()
    assert f'value="{first.pk}"' in client.get(f"/settings/rates/?replaces={first.pk}").content.decode()
    client.post(
        "/settings/rates/propose/", {**ROW, "rate": "9.25", "reason": "Typed wrong", "replaces": first.pk}
    )
    waiting = RateProposal.objects.get(state="open")
    second.post(f"/approvals/{asked_for(waiting).pk}/decide/", {"decision": "approve"})
    waiting.refresh_from_db()
    assert waiting.state == "applied"
    page = second.get("/settings/rates/?pair=GBP-CNY").content.decode()
    assert "9.25" in page and "by hand" in page
    nobody = Client()
    nobody.force_login(a_user("cleo", "price_clerk"))
    assert nobody.post("/settings/rates/propose/", ROW).status_code == 403


@pytest.mark.django_db
def test_the_file_of_the_ecb_comes_in_as_rates(tmp_path: Path) -> None:
    file = tmp_path / "ecb.csv"
    file.write_text("Date,USD,CNY,XYZ,\n2026-11-23,1.0842,7.8571,N/A,\n2026-11-20,1.0865,7.8693,,\n")
    call_command("import_file", "exchange-rates", str(file))
    assert ExchangeRate.objects.count() == 4
    assert exchange_rate("USD", "CNY", date(2026, 11, 23)).path == "via EUR"
