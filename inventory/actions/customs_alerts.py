"""Alerts for consignments that are late to arrive or to be cleared, and for goods that customs holds too long."""

from datetime import datetime

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from inventory.models import CustomsConsignment
from inventory.queries.customs import held_too_long, lateness, open_consignments
from inventory.rules.customs import HELD_DAYS
from lib import clock
from lib.actors import Actor

LATE, HELD = "customs_late:", "customs_held:"


def alert_late_consignments(*, actor: Actor) -> int:
    """One alert for each consignment late to arrive or be cleared, one for each held too long; others are resolved.

    Locks: the alerts. Records: through alerts. Allowed: the loop.
    """
    now = clock.now()
    drafts = [draft for found in open_consignments() for draft in late_alerts(found, now)]
    for begins in (LATE, HELD):
        keys = [draft.key for draft in drafts if draft.key.startswith(begins)]
        resolve_alerts_except(begins, keys, actor=actor)
    raise_alerts(drafts, actor=actor)
    return len(drafts)


_LATE_TITLES = {
    "arrival": _("Consignment {name} for {site} has not arrived at customs in time"),
    "clearance": _("Consignment {name} for {site} is not cleared in time"),
}


def late_alerts(found: CustomsConsignment, now: datetime) -> list[AlertDraft]:
    """The alerts a consignment asks for at a moment; needs site and lines."""
    url, drafts = f"/stock/customs/{found.pk}/", []
    if late := lateness(found, now):
        title = format_lazy(_LATE_TITLES[late], name=str(found), site=found.site.code)
        drafts.append(
            AlertDraft(f"{LATE}{found.pk}", "customs_late", "warning", title, url=url, site_id=found.site_id)
        )
    if held := held_too_long(found, now):
        title = format_lazy(
            _("Customs holds goods of {name} for {site} longer than {days} days"),
            name=str(found),
            site=found.site.code,
            days=HELD_DAYS,
        )
        detail = ", ".join(f"{line.product.sku}: {line.hold_reason}" for line in held[:10])
        drafts.append(
            AlertDraft(
                f"{HELD}{found.pk}", "customs_held", "warning", title, detail[:1000], url, found.site_id,
                "goods_condition",
            )
        )  # fmt: skip
    return drafts
