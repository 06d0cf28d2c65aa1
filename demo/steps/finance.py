"""What a marketplace, a supplier and the general ledger of the demo told finance, with a few differences to work on."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import User
from catalog.models import LegalEntity
from finance.actions.disputes import (
    assign_dispute,
    claim_dispute,
    comment_dispute,
    time_work,
    write_off_dispute,
)
from finance.actions.matching import compare
from finance.actions.statements import take_invoices, take_ledger_balances, take_settlements
from finance.actions.vouchers import make_vouchers
from finance.models import Dispute
from finance.queries.ledgers import stock_accounts
from inventory.actions.movements import post_movement
from inventory.models import Balance, PurchaseOrder, PurchaseOrderLine
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.actors import Actor
from lib.faults import Faults

CHANNEL = "MARKET-EU"
CENT = Decimal("0.01")
MOST_ORDERS = 600
SUPPLIER = "Supplier, Netherlands"

_SOLD = """
SELECT l.reference, round(sum(l.quantity * l.unit_price) FILTER (WHERE l.quantity > 0), 2), min(l.currency), min(c.commission_fraction)
FROM sales_saleline l
JOIN catalog_site s ON s.id = l.site_id
JOIN catalog_channel c ON c.id = coalesce(l.channel_id, s.channel_id) AND c.code = %s
WHERE l.sold_at >= %s AND l.sold_at < %s AND l.unit_price IS NOT NULL
GROUP BY 1 HAVING sum(l.quantity * l.unit_price) FILTER (WHERE l.quantity > 0) > 0
ORDER BY 1 LIMIT %s
"""


def load_finance(actor: Actor, users: dict[str, User], moment: datetime) -> int:
    """Vouchers of three days, a settlement of last week, two invoices, balances, and disputes in hand; how many disputes."""
    _vouchers(actor, moment)
    take_settlements(actor=actor, rows=_settlement(moment), reason="simulated: payout of the marketplace")
    compare(actor=actor, matching="settlement", since=(moment - timedelta(days=21)).date())
    _orders(users, moment)
    take_invoices(actor=actor, rows=_invoices(moment), reason="simulated: invoices of a supplier")
    compare(actor=actor, matching="invoice")
    take_ledger_balances(
        actor=actor, rows=_balances(moment), reason="simulated: balances of the general ledger"
    )
    compare(actor=actor, matching="ledger")
    return _work(users)


def _vouchers(actor: Actor, moment: datetime) -> None:
    for days in (4, 2):
        day = (moment - timedelta(days=days)).date()
        try:
            make_vouchers(actor=actor, start=day, until=day + timedelta(days=1))
        except Faults:  # a day without facts, in a small sample
            continue


def _settlement(moment: datetime) -> list[dict[str, Any]]:
    """Each order as it was paid; every fortieth otherwise than agreed."""
    since, until = moment - timedelta(days=16), moment - timedelta(days=4)
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, [CHANNEL, since, until, MOST_ORDERS])
        sold = cursor.fetchall()
    rows = []
    for number, (reference, gross, currency, share) in enumerate(sold):
        row = {
            "channel": CHANNEL,
            "payout": f"MP-{until:%Y%W}",
            "order_reference": reference,
            "gross": str(gross),
            "commission": str((gross * share).quantize(CENT)),
            "fees": "0.35",
            "currency": currency,
            "on": (moment - timedelta(days=3)).date().isoformat(),
        }
        if number % 40 == 7:
            row["commission"] = str((gross * (share + Decimal("0.03"))).quantize(CENT))
        elif number % 40 == 19:
            row["gross"] = str((gross * Decimal("0.9")).quantize(CENT))
            row["commission"] = str((gross * Decimal("0.9") * share).quantize(CENT))
        elif number % 120 == 55:
            continue
        elif number % 200 == 101:
            rows.append({**row, "payout": f"MP-{until - timedelta(days=7):%Y%W}"})
        rows.append(row)
    stranger = (
        {**rows[0], "order_reference": "MP-UNKNOWN-4471", "gross": "48.00", "commission": "5.76"}
        if rows
        else None
    )
    return rows + ([stranger] if stranger else [])


def _skus() -> list[tuple[str, int]]:
    rows = Balance.objects.filter(
        site__code="WH-EU", lot="", state="available", owner_id=0, pair_on_hand__gt=20
    )
    return list(rows.order_by("product__sku").values_list("product__sku", "product_id")[:4])


def _orders(users: dict[str, User], moment: datetime) -> None:
    """Two orders of the warehouse in Venlo; of the second a part came short."""
    clerk = users["clerk.stock"].as_actor(channel="command")
    for reference, factor in (("PO-EU-7001", Decimal(1)), ("PO-EU-7002", Decimal("0.9"))):
        found = _skus()
        if not found:
            return
        order = PurchaseOrder.objects.create(
            reference=reference, supplier=SUPPLIER, site=_warehouse(), currency="EUR",
            ordered_on=(moment - timedelta(days=20)).date(), expected_on=(moment - timedelta(days=6)).date(),
        )  # fmt: skip
        PurchaseOrderLine.objects.bulk_create(
            PurchaseOrderLine(
                order=order,
                number=number,
                product_id=product_id,
                quantity=Decimal(40),
                unit_price=_price(number),
            )
            for number, (_sku, product_id) in enumerate(found, 1)
        )
        lines = tuple(
            LineDraft(sku, "supplier", "WH-EU", Decimal(40) * factor, unit_cost=_price(number))
            for number, (sku, _id) in enumerate(found, 1)
        )
        draft = MovementDraft(reference, "receipt", lines, occurred_at=moment - timedelta(hours=20))
        post_movement(actor=clerk, draft=draft)


def _warehouse() -> Any:
    return Balance.objects.filter(site__code="WH-EU").select_related("site")[0].site


def _price(number: int) -> Decimal:
    return Decimal("1.85") + number * Decimal("0.40")


def _invoices(moment: datetime) -> list[dict[str, Any]]:
    """The first as ordered but for one price, the second for all that was ordered though less came."""
    on = (moment - timedelta(days=40)).date().isoformat()
    today = (moment - timedelta(days=1)).date().isoformat()
    return [
        {
            "supplier": SUPPLIER, "reference": f"NL-{reference[-4:]}", "line": number, "sku": sku, "quantity": "40",
            "unit_price": str(_price(number) + (Decimal("0.25") if reference.endswith("1") and number == 2 else 0)),
            "currency": "EUR", "on": today if reference.endswith("1") else on, "order_reference": reference,
        }
        for reference in ("PO-EU-7001", "PO-EU-7002")
        for number, (sku, _id) in enumerate(_skus(), 1)
    ]  # fmt: skip


def _balances(moment: datetime) -> list[dict[str, Any]]:
    """Two days ago as our stock was worth, but for one account that lacks a voucher."""
    on = (moment - timedelta(days=2)).date()
    rows = []
    for entity_id in LegalEntity.objects.filter(sites__isnull=False).distinct().values_list("pk", flat=True):
        for (entity, account, currency), value in stock_accounts([entity_id], on).items():
            told = value.quantize(CENT)
            if entity == "SR-EU" and account == "1300":
                told -= Decimal("312.40")
            rows.append(
                {
                    "legal_entity": entity, "account": account or "1300", "currency": currency,
                    "on": on.isoformat(), "balance": str(told),
                }
            )  # fmt: skip
    return rows


def _work(users: dict[str, User]) -> int:
    """One dispute is with the marketplace, one waits for the approval of a write-off, one has an owner."""
    finance = users["finance"].as_actor(channel="command")
    found = {
        (one.matching, one.difference_class): one
        for one in Dispute.objects.filter(state="open").order_by("amount")
    }
    claimed = found.get(("settlement", "commission"))
    if claimed is not None:
        time_work(actor=finance, dispute_id=claimed.pk, is_start=True)
        assign_dispute(actor=finance, dispute_id=claimed.pk, owner="finance")
        comment_dispute(
            actor=finance, dispute_id=claimed.pk, comment="simulated: 15 % kept back, the contract says 12 %"
        )
        claim_dispute(actor=finance, dispute_id=claimed.pk, reference="simulated: case 90217")
        time_work(actor=finance, dispute_id=claimed.pk, is_start=False)
    lost = found.get(("invoice", "quantity")) or found.get(("settlement", "price"))
    if lost is not None:
        write_off_dispute(
            actor=finance, dispute_id=lost.pk, comment="simulated: damaged on the way, not insured"
        )
    mine = found.get(("settlement", "duplicate"))
    if mine is not None:
        assign_dispute(actor=finance, dispute_id=mine.pk, owner="finance")
    return Dispute.objects.count()
