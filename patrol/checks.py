"""The one explicit list of what a round checks."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from approvals.queries import overdue_requests
from audit.queries import seal_status
from feeds import checks as feeds
from finance import checks as finance
from inventory import checks as inventory
from jobs.queries import missed_slots, stack_health, stale_loops
from lib.checks import Check, Finding
from pricing import checks as pricing

MISSED_WITHIN = timedelta(hours=2)
SEAL_LAG_WARN_S = 120
OUTBOX_AGE_WARN_S = 300
DISK_FREE_WARN_FRACTION = 0.10
DISK_FREE_MAJOR_FRACTION = 0.03


@dataclass(frozen=True)
class Listed:
    """A check with its stable name and its words."""

    name: str
    label: str | Promise
    run: Check


def missed_jobs(at: datetime) -> list[Finding]:
    """Slots that were missed or failed in the last two hours."""
    return [
        Finding(
            key=f"job_missed:{run.job.name}:{run.scope_key}:{run.slot:%Y%m%dT%H%M}",
            code="job_missed",
            severity="warning",
            title=format_lazy(
                _("Job {name} did not run at {slot} UTC"),
                name=f"{run.job.name} {run.scope_key}".strip(),
                slot=run.slot.strftime("%Y-%m-%d %H:%M"),
            ),
            detail=run.error[:500],
            url="/watch/",
        )
        for run in missed_slots(at - MISSED_WITHIN)
    ]


def stopped_loops(at: datetime) -> list[Finding]:
    """Loops that have not run for two minutes."""
    return [
        Finding(
            key=f"loop_stopped:{loop.name}",
            code="loop_stopped",
            severity="warning",
            title=format_lazy(_("Loop {name} has not run for two minutes"), name=loop.name),
            detail=loop.error[:500],
            url="/watch/",
        )
        for loop in stale_loops()
    ]


def waiting_outbox(at: datetime) -> list[Finding]:
    """Things to send that have waited for more than five minutes."""
    age_s = stack_health()["oldest_outbox_s"]
    if age_s <= OUTBOX_AGE_WARN_S:
        return []
    title = format_lazy(_("Something to send has waited for {minutes} min"), minutes=int(age_s // 60))
    return [Finding("outbox_old", "outbox_old", "warning", title, url="/watch/")]


def late_seal(at: datetime) -> list[Finding]:
    """Events of the trail that have waited more than two minutes for their seal."""
    waiting_s = seal_status().waiting_s
    if waiting_s <= SEAL_LAG_WARN_S:
        return []
    title = format_lazy(_("The trail has not been sealed for {minutes} min"), minutes=int(waiting_s // 60))
    return [Finding("seal_late", "seal_late", "warning", title, url="/trail/")]


def overdue_approvals(at: datetime) -> list[Finding]:
    """Requests past their deadline."""
    return [
        Finding(
            key=f"approval_overdue:{request.pk}",
            code="approval_overdue",
            severity="warning",
            title=format_lazy(_("Not decided in time: {title}"), title=request.title),
            url=f"/approvals/{request.pk}/",
        )
        for request in overdue_requests(at)[:100]
    ]


def disk_space(at: datetime) -> list[Finding]:
    """Free space where the data lie."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    free = usage.free / usage.total
    if free >= DISK_FREE_WARN_FRACTION:
        return []
    severity = "major" if free < DISK_FREE_MAJOR_FRACTION else "warning"
    title = format_lazy(_("The disk has {percent} % left"), percent=f"{free * 100:.1f}")
    return [Finding("disk_space", "disk_space", severity, title, f"{usage.free // 2**20:,} MiB")]  # type: ignore[arg-type]


CHECKS: tuple[Listed, ...] = (
    Listed("pricing.below_cost", _("Prices against cost"), pricing.below_cost),
    Listed("pricing.rates", _("Exchange rates behind derived prices"), pricing.derived_without_rate),
    Listed("pricing.equal_priorities", _("Price lists of equal priority"), pricing.equal_priorities),
    Listed(
        "pricing.promotions",
        _("Promotions against the price otherwise asked"),
        pricing.promotions_above_price,
    ),
    Listed("pricing.labels", _("Shelf labels are put up"), pricing.open_shelf_labels),
    Listed("pricing.unplaced", _("Approved changes are placed"), pricing.unplaced),
    Listed("pricing.unapplied", _("Due changes are applied"), pricing.unapplied),
    Listed("pricing.verified", _("Applied changes as announced"), pricing.applied_as_announced),
    Listed("inventory.negative", _("Negative stock"), inventory.negative_stock),
    Listed("inventory.out_of_stock", _("Selling products out of stock"), inventory.out_of_stock),
    Listed("inventory.lots", _("Expiring lots"), inventory.expiring_lots),
    Listed("inventory.safety_stock", _("Safety stock"), inventory.below_safety_stock),
    Listed("inventory.reconciliations", _("Reconciliations in time"), inventory.late_reconciliations),
    Listed("inventory.transfers", _("Transfers in time"), inventory.overdue_on_their_way),
    Listed("inventory.transfer_reviews", _("Emergency transfers reviewed"), inventory.unreviewed_releases),
    Listed("inventory.gradings", _("Goods that came back are graded"), inventory.ungraded_goods),
    Listed("inventory.supplier_returns", _("Returns to suppliers in time"), inventory.uncredited_returns),
    Listed("inventory.customs", _("Goods at customs in time"), inventory.late_at_customs),
    Listed("inventory.bundles", _("Bundles that sell can be made up"), inventory.bundles),
    Listed("inventory.ledger", _("Balances against the ledger"), inventory.ledger_sample),
    Listed("feeds.late", _("Feeds against their limit"), feeds.late_feeds),
    Listed("feeds.unread", _("Deliveries read in time"), feeds.unread_deliveries),
    Listed("finance.vouchers", _("Every fact of vouchered days in a voucher"), finance.unvouchered_facts),
    Listed("finance.disputes", _("Disputes within their deadline"), finance.late_disputes),
    Listed("jobs.missed", _("Slots of jobs"), missed_jobs),
    Listed("jobs.loops", _("Loops that must turn"), stopped_loops),
    Listed("jobs.outbox", _("Outbox"), waiting_outbox),
    Listed("audit.seal", _("Sealing of the trail"), late_seal),
    Listed("approvals.overdue", _("Approvals in time"), overdue_approvals),
    Listed("system.disk", _("Disk space"), disk_space),
)

LABELS: dict[str, str | Promise] = {check.name: check.label for check in CHECKS}
