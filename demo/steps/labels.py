"""Shelf labels of the demo: what changed today hangs only in part, what changes tomorrow is ready to print."""

from datetime import datetime, timedelta

from accounts.models import User
from catalog.models import Site
from lib.faults import Faults
from pricing.actions.labels import Made, confirm_label, make_run
from pricing.queries.labels import moments

SITES = ("LON-1", "LON-2")
AROUND = timedelta(hours=30)


def load_labels(people: dict[str, User], now: datetime) -> int:
    """Runs of two shops for the moments around now; in those past, half the labels are confirmed. How many runs."""
    clerk = people["clerk.price"].as_actor(channel="command")
    made: list[Made] = []
    for site in Site.objects.filter(code__in=SITES):
        for moment in moments(site, now - AROUND, now + AROUND):
            try:
                made.append(make_run(actor=clerk, site_code=site.code, effective_at=moment.at))
            except Faults:
                continue
    for one in made:
        skus = one.run.lines.order_by("product__sku").values_list("product__sku", flat=True)
        for sku in skus[: one.added // 2] if one.run.effective_at <= now else ():
            confirm_label(actor=clerk, run_id=one.run.pk, code=sku)
    return len(made)
