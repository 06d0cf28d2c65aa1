"""The verification of a site at its slot: its own figures reconciled, its balances proven."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from catalog.models import Site
from inventory.models import Reconciliation, Snapshot
from inventory.queries.verification import balance_breaches
from lib.actors import Actor

SLOT_HOURS = (6, 14, 22)


def slot_before(slot: datetime, timezone: str) -> datetime:
    """The slot before `slot` in the site's zone: 22:00 the day before 06:00, else eight hours earlier by the wall."""
    local = slot.astimezone(ZoneInfo(timezone))
    earlier = [hour for hour in SLOT_HOURS if hour < local.hour]
    day = local if earlier else local - timedelta(days=1)
    return day.replace(hour=earlier[-1] if earlier else SLOT_HOURS[-1], minute=0, second=0, microsecond=0)


def verify_site(
    *, actor: Actor, site_code: str, slot: datetime, since: datetime | None = None
) -> dict[str, Any]:
    """Take the newest snapshot of the site since its last slot, or raise that it is missing; prove its balances.

    since: the slot before, where the site has times of its own. The verification run of patrol calls this first.

    A snapshot is reconciled when it comes in. Only warehouses, and sites that have reported before, must report.
    Returns what was found. Locks: alerts. Records: through alerts. Allowed: the job.
    """
    site = Site.objects.get(code=site_code)
    since = since or slot_before(slot, site.timezone)
    newest = (
        Snapshot.objects.filter(site=site, taken_at__gt=since, taken_at__lte=slot)
        .order_by("-taken_at")
        .first()
    )
    result: dict[str, Any] = {"site": site.code, "since": since.isoformat()}
    key = f"snapshot_missing:{site.code}"
    if newest is not None:
        resolve_alert(key, "reported", actor=actor)
        found = Reconciliation.objects.get(snapshot=newest)
        result |= {"reconciliation": found.pk, "matched": found.matched, "differing": found.differing}
    elif site.kind == Site.Kind.WAREHOUSE or Snapshot.objects.filter(site=site).exists():
        result["snapshot"] = "missing"
        raise_alert(
            key=key,
            kind="snapshot_missing",
            severity="warning",
            title=format_lazy(_("No stock snapshot from {site} since its last slot"), site=site.code),
            url=f"/stock/reconciliations/?site={site.code}",
            site_id=site.pk,
            actor=actor,
        )
    breaches = balance_breaches(site.pk)
    result["breaches"] = len(breaches)
    key = f"ledger_breach:{site.code}"
    if breaches:
        raise_alert(
            key=key,
            kind="ledger_breach",
            severity="major",
            title=format_lazy(
                _("{count} balances of {site} are not the sum of their entries"),
                count=len(breaches),
                site=site.code,
            ),
            detail=breaches[0],
            url=f"/stock/?site={site.code}",
            site_id=site.pk,
            actor=actor,
        )
    else:
        resolve_alert(key, "balances agree", actor=actor)
    return result
