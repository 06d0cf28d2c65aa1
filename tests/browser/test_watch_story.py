"""The duty officer at three in the morning: takes an incident, ticks a step, signs what the round found."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from alerts.actions.incidents import open_incident
from alerts.models import Incident, IncidentStep
from audit.models import Event
from lib.actors import job, system
from lib.checks import Finding
from patrol.actions import run_round
from patrol.checks import Listed
from patrol.models import Round, RoundFinding
from tests.browser.helpers import a_person, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_incident_is_taken_and_its_first_step_ticked(page: Page, live_stack: LiveStack) -> None:
    duty = a_person("watch.duty", "duty")
    incident, _new = open_incident(
        actor=system("tests"),
        category="feed_trouble",
        grade="ordinary",
        title="Scales of the shop stand still",
        key="w1",
    )
    sign_in(page, duty)
    page.goto("/watch/")
    page.get_by_role("link", name="Scales of the shop stand still").first.click()
    page.wait_for_url("**/watch/incidents/*/")
    page.keyboard.press("t")
    expect(page.locator(".clock-card.is-good")).to_contain_text("taken in time")
    page.fill("#step-note", "called the shop")
    page.locator("#active-step button").click()
    expect(page.locator(".play-step", has_text="called the shop")).to_have_class(re.compile("is-done"))
    stored = Incident.objects.get(pk=incident.pk)
    assert (stored.state, stored.owner.username if stored.owner else "") == ("working", duty)
    step = IncidentStep.objects.get(incident=incident, note="called the shop")
    assert step.done_by_id == stored.owner_id
    kinds = Event.objects.filter(subject=f"incident:{incident.pk}").values_list("kind", flat=True)
    assert {"incident.opened", "incident.taken", "incident.step_done"} <= set(kinds)


def test_finding_needs_a_word_and_with_the_last_one_the_round_is_signed(
    page: Page, live_stack: LiveStack
) -> None:
    duty = a_person("watch.signer", "duty")
    slot = datetime(2026, 3, 1, 6, tzinfo=UTC)
    found = Finding("negative:w", "negative", "warning", "WATCH01 is at −3")
    check = Listed("browser", "Browser", lambda at: [found])
    round_ = run_round(actor=job("patrol.round"), slot=slot, at=slot, checks=[check])
    sign_in(page, duty)
    page.goto(f"/watch/rounds/{round_.pk}/")
    finding = RoundFinding.objects.get(round=round_)
    sign = page.locator(f"#finding-{finding.pk}")
    sign.get_by_role("button", name="Sign").click()
    expect(sign.locator("input[name=comment]")).to_be_focused()
    page.keyboard.type("told the shop to count")
    page.keyboard.press("Enter")
    expect(sign).to_contain_text("told the shop to count")
    finding.refresh_from_db()
    assert finding.signed_by is not None
    assert finding.signed_by.username == duty
    assert Round.objects.get(pk=round_.pk).state == "signed"
