"""The loops and slots of pricing."""

from typing import Any

from django.conf import settings

from jobs.tasks import RunContext, loop_task, slot_task
from lib import actors
from pricing.actions.applying import settle_all
from pricing.actions.labels import prepare_site
from pricing.actions.linked_rates import keep_rates
from pricing.actions.sampling import verify_sample


@loop_task("pricing.apply_due")
def apply_due() -> None:
    """Every 2 s: place what was approved elsewhere, announce what has come into effect."""
    settle_all()


@loop_task("pricing.keep_rates")
def keep() -> None:
    """Every 30 s: linked lists take the day's rate, stay, or ask."""
    keep_rates(actor=actors.job("pricing.keep_rates"))


@slot_task("pricing.verify_sample")
def sample(run: RunContext) -> dict[str, Any]:
    """Every night: quote, grid, list and a plain second resolver agree on a sample."""
    return verify_sample(actor=run.actor, slot=run.slot, size=settings.PRICE_SAMPLE_SIZE)


@slot_task("pricing.print_labels")
def print_labels(run: RunContext) -> dict[str, Any]:
    """Every evening at each site: the labels of what changes until the end of the next day."""
    return prepare_site(actor=run.actor, site_code=run.scope_key, slot=run.slot)
