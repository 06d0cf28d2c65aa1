"""The nightly proof that what is listed is what is resolved."""

from datetime import datetime
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from lib import clock
from lib.actors import Actor
from pricing.queries.sampling import compare, sample_lines

KEY = "price_sample"


def verify_sample(*, actor: Actor, slot: datetime, size: int) -> dict[str, Any]:
    """Compare `size` questions, chosen by the slot; an alert when anything differs. Returns the counts.

    What differs is looked at once more: a price may have been placed between two readings. Records: nothing, it
    changes nothing; the run keeps the counts. Allowed: the slot.
    """
    lines = sample_lines(actor, slot.isoformat(), size)
    sample = compare(lines, actor=actor, at=clock.now())
    if sample.differing:
        sample = compare(lines, actor=actor, at=clock.now())
    if not sample.differing:
        resolve_alert(KEY, "the sample agrees")
        return sample.as_json()
    raise_alert(
        key=KEY,
        kind="price_sample",
        severity="major",
        title=format_lazy(
            _("{count} of {asked} sampled prices differ between the ways to ask"),
            count=len(sample.differing),
            asked=sample.quotes + sample.cells,
        ),
        detail="\n".join(sample.differing[:10])[:2000],
        url="/prices/",
    )
    return sample.as_json()
