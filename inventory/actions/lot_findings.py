"""What was noticed about lots when facts were posted: kept, and told to whoever is on watch."""

from collections.abc import Sequence
from urllib.parse import quote

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts
from alerts.rules import Severity
from inventory.actions.books import Opened
from inventory.models import LotFinding
from inventory.queries.documents import plain
from inventory.rules.lines import LotRemark, Move
from lib.actors import Actor

#: What is worth waking somebody for; the others are found on the page of lots.
SEVERITIES: dict[str, Severity] = {"recalled": "major", "expired": "warning", "short_life": "warning"}
KINDS = {"recalled": "lot_recall", "expired": "expiry", "short_life": "expiry"}
TITLES = {
    "recalled": _("Recalled lot {lot} of {sku} at {site}: {quantity}"),
    "expired": _("Expired lot {lot} of {sku} at {site}: {quantity}"),
    "short_life": _("Lot {lot} of {sku} at {site} has too little life left: {quantity}"),
}


def record_remarks(actor: Actor, opened: Opened, moves: Sequence[tuple[int, Move]]) -> None:
    """Keep the remarks of posted moves, by movement id, and raise an alert for those that matter. Set-based.

    Locks: alerts. Inside the posting's transaction; its event tells of the movement.
    """
    remarks = [(movement_id, remark) for movement_id, move in moves for remark in move.remarks]
    if not remarks:
        return
    LotFinding.objects.bulk_create(
        LotFinding(
            code=remark.code, lot=remark.lot, product_id=remark.product_id, site_id=remark.site_id,
            movement_id=movement_id, line=remark.line, quantity=remark.quantity, expires_on=remark.expires_on,
            event_id=opened.event_id,
        )
        for movement_id, remark in remarks
    )  # fmt: skip
    drafts = {
        draft.key: draft
        for movement_id, remark in remarks
        if remark.code in SEVERITIES
        for draft in [_alert(opened, remark)]
    }
    raise_alerts(list(drafts.values()), actor=actor)


def _alert(opened: Opened, remark: LotRemark) -> AlertDraft:
    site = opened.codes()[remark.site_id]
    sku = next(sku for sku, number in opened.products.items() if number == remark.product_id)
    return AlertDraft(
        key=f"lot_{remark.code}:{remark.site_id}:{remark.product_id}:{remark.lot}",
        kind=KINDS[remark.code],
        severity=SEVERITIES[remark.code],
        title=format_lazy(
            TITLES[remark.code], lot=remark.lot, sku=sku, site=site, quantity=plain(remark.quantity)
        ),
        url=f"/stock/lots/?sku={sku}&lot={quote(remark.lot)}",
        site_id=remark.site_id,
    )
