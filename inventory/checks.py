"""What the patrol looks at in stock; patrol lists these functions."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from inventory.models import CustomsConsignment
from inventory.queries import patrol
from inventory.queries.customs import held_too_long, lateness, open_consignments
from inventory.queries.lots import expiring_by_site
from inventory.queries.safety_stock import short_of_safety
from inventory.queries.set_aside import waiting_too_long
from inventory.queries.supplier_returns import overdue_supplier_returns
from inventory.queries.transfers import overdue_transfers, unreviewed_transfers
from lib.checks import Finding, Severity

LISTED = 12
GRADED_WITHIN = timedelta(days=2)


def negative_stock(at: datetime) -> list[Finding]:
    """Sites with balances below zero."""
    return [
        Finding(
            key=f"negative_stock:{code}",
            code="negative_stock",
            severity="warning",
            title=format_lazy(_("{count} products below zero at {site}"), count=count, site=code),
            detail=", ".join(skus[:LISTED]),
            url=f"/stock/?site={code}&state=negative",
            site_id=site_id,
        )
        for site_id, code, count, skus in patrol.open_negatives()
    ]


def out_of_stock(at: datetime) -> list[Finding]:
    """Sites where something sells and nothing is left or on its way."""
    return [
        Finding(
            key=f"out_of_stock:{code}",
            code="out_of_stock",
            severity="warning",
            title=format_lazy(_("{count} selling products without stock at {site}"), count=count, site=code),
            detail=", ".join(skus[:LISTED]),
            url=f"/stock/?site={code}&state=out",
            site_id=site_id,
        )
        for site_id, code, count, skus in patrol.out_of_stock_with_demand()
    ]


def below_safety_stock(at: datetime) -> list[Finding]:
    """Sites with products below their safety stock."""
    return [
        Finding(
            key=f"below_safety:{code}",
            code="below_safety_stock",
            severity="note",
            title=format_lazy(_("{count} products below safety stock at {site}"), count=count, site=code),
            detail=", ".join(skus[:LISTED]),
            url=f"/stock/?site={code}&state=below",
            site_id=site_id,
        )
        for site_id, code, count, _without, skus in short_of_safety()
    ]


def late_reconciliations(at: datetime) -> list[Finding]:
    """Reconciliations still open after their deadline."""
    return [
        Finding(
            key=f"reconciliation_late:{number}",
            code="reconciliation_late",
            severity="warning",
            title=format_lazy(
                _("Reconciliation of {site} is past its deadline, {count} differences left"),
                site=code,
                count=left,
            ),
            url=f"/stock/reconciliations/{number}/",
            site_id=site_id,
        )
        for number, site_id, code, left, _due_at in patrol.overdue_reconciliations(at)
    ]


def expiring_lots(at: datetime) -> list[Finding]:
    """Sites where available goods have expired, or will within a week."""
    findings = []
    for site_id, code, expired, soon, old, near in expiring_by_site(at):
        if expired:
            title = format_lazy(_("{count} lots have expired at {site}"), count=expired, site=code)
            findings.append(_lots_finding(site_id, code, "expired", "warning", title, old))
        if soon:
            title = format_lazy(_("{count} lots expire within a week at {site}"), count=soon, site=code)
            findings.append(_lots_finding(site_id, code, "soon", "note", title, near))
    return findings


def _lots_finding(
    site_id: int, code: str, state: str, severity: Severity, title: Any, names: list[str]
) -> Finding:
    return Finding(
        key=f"lots_{state}:{code}",
        code=f"lots_{state}",
        severity=severity,
        title=title,
        detail=", ".join(names[:LISTED]),
        url=f"/stock/lots/?site={code}&state={state}",
        site_id=site_id,
    )


def ledger_sample(at: datetime) -> list[Finding]:
    """A sample of balances against their entries."""
    wrong = patrol.sampled_breaches(at)
    if not wrong:
        return []
    return [
        Finding(
            key="ledger_sample",
            code="ledger_breach",
            severity="major",
            title=format_lazy(
                _("{count} of 200 sampled balances are not the sum of their entries"), count=len(wrong)
            ),
            detail=", ".join(wrong[:LISTED]),
            url="/stock/",
        )
    ]


def overdue_on_their_way(at: datetime) -> list[Finding]:
    """Transfers whose day has passed at the destination."""
    return [
        Finding(
            key=f"transfer_overdue:{transfer.pk}",
            code="transfer_overdue",
            severity="warning",
            title=format_lazy(
                _("Transfer {name} from {source} to {destination} is overdue"),
                name=str(transfer),
                source=transfer.source.code,
                destination=transfer.destination.code,
            ),
            url=f"/stock/transfers/{transfer.pk}/",
            site_id=transfer.destination_id,
        )
        for transfer in overdue_transfers(at)
    ]


def unreviewed_releases(at: datetime) -> list[Finding]:
    """Emergency transfers that nobody has reviewed yet."""
    return [
        Finding(
            key=f"transfer_review:{transfer.pk}",
            code="transfer_review",
            severity="note",
            title=format_lazy(
                _("Emergency transfer “{name}” waits for its review"),
                name=transfer.template.name if transfer.template else str(transfer),
            ),
            url=f"/stock/transfers/{transfer.pk}/",
            site_id=transfer.destination_id,
        )
        for transfer in unreviewed_transfers()
    ]


def ungraded_goods(at: datetime) -> list[Finding]:
    """Sites where something has waited to be inspected for longer than two days."""
    return [
        Finding(
            key=f"goods_ungraded:{code}",
            code="goods_ungraded",
            severity="warning",
            title=format_lazy(_("{count} products wait to be graded at {site}"), count=count, site=code),
            detail=f"{since:%Y-%m-%d}",
            url=f"/stock/grading/?site={code}",
            site_id=site_id,
        )
        for site_id, code, count, since in waiting_too_long(at, GRADED_WITHIN)
    ]


def uncredited_returns(at: datetime) -> list[Finding]:
    """Returns to suppliers that were not sent or not credited in time."""
    return [
        Finding(
            key=f"supplier_return_overdue:{one.pk}",
            code="supplier_return_overdue",
            severity="warning",
            title=format_lazy(
                _("Return {name} to {supplier} is not credited in time"),
                name=str(one),
                supplier=one.supplier.name,
            ),
            url=f"/stock/supplier-returns/{one.pk}/",
            site_id=one.site_id,
        )
        for one in overdue_supplier_returns(at)
    ]


def late_at_customs(at: datetime) -> list[Finding]:
    """Consignments late to arrive at customs or to be cleared, and goods that customs holds too long."""
    return [
        Finding(
            key=f"{kind}:{found.pk}",
            code=kind,
            severity="warning",
            title=format_lazy(TITLES_AT_CUSTOMS[kind], name=str(found), site=found.site.code),
            detail=detail,
            url=f"/stock/customs/{found.pk}/",
            site_id=found.site_id,
        )
        for found in open_consignments()
        for kind, detail in _customs_trouble(found, at)
    ]


TITLES_AT_CUSTOMS = {
    "customs_arrival": _("Consignment {name} for {site} has not arrived at customs in time"),
    "customs_clearance": _("Consignment {name} for {site} is not cleared in time"),
    "customs_held": _("Customs holds goods of {name} for {site} too long"),
}


def _customs_trouble(found: CustomsConsignment, at: datetime) -> list[tuple[str, str]]:
    late = lateness(found, at)
    trouble = [(f"customs_{late}", "")] if late else []
    if held := held_too_long(found, at):
        trouble.append(("customs_held", ", ".join(line.product.sku for line in held[:LISTED])))
    return trouble


def bundles(at: datetime) -> list[Finding]:
    """Bundles that sell and cannot be made up any more, and bundles that hold stock, which they must not."""
    findings = [
        Finding(
            key=f"bundles_out:{code}",
            code="bundles_out",
            severity="warning",
            title=format_lazy(
                _("{count} selling bundles cannot be made up at {site}"), count=count, site=code
            ),
            detail=", ".join(words[:LISTED]),
            url="/stock/kits/?kind=bundle",
            site_id=site_id,
        )
        for site_id, code, count, words in patrol.bundles_nobody_can_buy(at)
    ]
    for site_id, code, count, skus in patrol.bundles_with_stock():
        title = format_lazy(_("{count} bundles hold stock of their own at {site}"), count=count, site=code)
        findings.append(
            Finding(
                f"bundles_stocked:{code}", "bundles_stocked", "warning", title, ", ".join(skus[:LISTED]),
                f"/stock/?site={code}", site_id,
            )
        )  # fmt: skip
    return findings
