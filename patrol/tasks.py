"""The round of a slot, and the loop that sees to signatures."""

from typing import Any

from jobs.tasks import RunContext, loop_task, outbox_handler, slot_task
from lib import clock
from lib.actors import job
from patrol import actions, queries
from patrol.queries.verifications import site_of


@slot_task("patrol.round")
def walk_round(run: RunContext) -> dict[str, Any]:
    round_ = actions.run_round(actor=run.actor, slot=run.slot, at=clock.now())
    return {"round": round_.pk, "state": round_.state}


@slot_task("patrol.verify")
def verify(run: RunContext) -> dict[str, Any]:
    site = site_of(run.scope_key)
    if site is None:
        return {"skipped": "no such site"}
    done = actions.run_verification(actor=run.actor, site=site, slot=run.slot, at=clock.now())
    return {"verification": done.pk, "lines": done.lines, "differing": done.differing}


@loop_task("patrol.tick")
def tick() -> None:
    actor, now = job("patrol.tick"), clock.now()
    actions.alert_unsigned(actor=actor, at=now)
    actions.alert_verifications(actor=actor, at=now)


@outbox_handler("patrol.round_now")
def walk_now(key: str, payload: dict[str, Any]) -> None:
    """The round of the slot that runs now, for a house that has just been set up; a second one changes nothing."""
    now = clock.now()
    actions.run_round(actor=job("patrol.round_now"), slot=queries.slot_of(now), at=now)
