"""Write-offs in several states with photos drawn here, returns to suppliers on their way, returns that wait for a grade."""

import io
from datetime import timedelta
from decimal import Decimal

from PIL import Image, ImageDraw

from accounts.models import User
from inventory.actions.gradings import GradeDraft, grade_goods
from inventory.actions.movements import post_movement
from inventory.actions.set_aside import StateChange, change_state
from inventory.actions.supplier_returns import (
    SupplierReturnDraft,
    create_supplier_return,
    submit_supplier_return,
)
from inventory.actions.supplier_returns_moving import note_credit, ship_supplier_return
from inventory.actions.write_offs import WriteOffDraft, add_evidence, create_write_off
from inventory.actions.write_offs_posting import submit_write_off
from inventory.models import Balance
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.stock_lines import StockLine
from lib import clock
from lib.actors import Actor, system
from web.stored_files import receive

_TILL = system("till")
WAREHOUSE, STORE = "WH-UK", "LON-1"
NEEDED = 8
#: store, place of the product in its stock, quantity, days ago, what the customer said
CAME_BACK = (
    ("LON-1", 0, 2, 3, "simulated: wrong colour"),
    ("LON-1", 1, 1, 1, "simulated: chipped"),
    ("LON-1", 2, 3, 0, "simulated: not wanted"),
    ("MAN-1", 0, 2, 0, "simulated: does not close"),
)


def load_write_offs(users: dict[str, User]) -> int:
    """Write off, send back and grade as the stock people of the demo would; returns how many documents were made."""
    clerk, manager = users["clerk.stock"].as_actor(channel="command"), users["manager.stock"].as_actor()
    in_warehouse, in_store = _skus(WAREHOUSE, Decimal(160)), _skus(STORE, Decimal(6))
    if len(in_warehouse) < NEEDED or len(in_store) < NEEDED:
        return 0
    came = _came_back()
    _write_off(
        clerk, WAREHOUSE, "damaged", in_warehouse[0], Decimal(130), "simulated: pallet fell off the fork lift"
    )
    _write_off(clerk, STORE, "damaged", in_store[3], Decimal(2), "simulated: dropped in the aisle")
    _write_off(clerk, STORE, "display", in_store[4], Decimal(1), "simulated: window of the season")
    draft = WriteOffDraft(
        STORE, "sample", (StockLine(in_store[5], Decimal(3)),), "simulated: for the trade fair"
    )
    create_write_off(actor=clerk, draft=draft)
    _send_back(clerk, manager, in_warehouse[1:4])
    grade_goods(actor=clerk, draft=GradeDraft(STORE, came[0], Decimal(1), "A", comment="simulated: as new"))
    wet = StateChange(
        WAREHOUSE, in_warehouse[5], Decimal(12), "available", "quarantine", "simulated: damp boxes"
    )
    change_state(actor=manager, change=wet)
    return 6


def _skus(site: str, least: Decimal) -> list[str]:
    """Products of which there is enough there, the dearest first."""
    found = Balance.objects.filter(site__code=site, state="available", owner_id=0, lot="", on_hand__gt=least)
    named = found.filter(product__status="active", last_cost__gt=Decimal("0.20")).order_by(
        "-last_cost", "product__sku"
    )
    return list(named.values_list("product__sku", flat=True)[:NEEDED])


def _came_back() -> list[str]:
    """What customers brought back and nobody has looked at yet; the products that came to the store."""
    came = []
    for number, (site, place, units, days, why) in enumerate(CAME_BACK):
        skus = _skus(site, Decimal(0))
        if place < len(skus):
            line = LineDraft(skus[place], "customer", site, Decimal(units), to_state="inspect")
            draft = MovementDraft(
                reference=f"RT-{site}-{number + 1}",
                kind="return",
                lines=(line,),
                occurred_at=clock.now() - timedelta(days=days, hours=1),
                reason=why,
                source="till",
            )
            post_movement(actor=_TILL, draft=draft)
            came += [skus[place]] if site == STORE else []
    return came


def _write_off(clerk: Actor, site: str, reason: str, sku: str, units: Decimal, why: str) -> None:
    made = create_write_off(actor=clerk, draft=WriteOffDraft(site, reason, (StockLine(sku, units),), why))
    if reason == "damaged":
        add_evidence(actor=clerk, write_off_id=made.pk, upload=receive(photo(int(units)), f"{sku}.jpg"))
    submit_write_off(actor=clerk, write_off_id=made.pk)


def _send_back(clerk: Actor, manager: Actor, skus: list[str]) -> None:
    """One return on its way with a part of its credit, one that still waits to be shipped."""
    today = clock.now().date()
    for number, (sku, units) in enumerate(((skus[0], 8), (skus[1], 12))):
        cost = Balance.objects.get(
            site__code=WAREHOUSE, product__sku=sku, state="available", owner_id=0, lot=""
        ).last_cost or Decimal(1)
        line = StockLine(sku, Decimal(units), unit_credit=cost.quantize(Decimal("0.01")))
        draft = SupplierReturnDraft(
            WAREHOUSE,
            ("SUP-GB", "SUP-NL")[number],
            "simulated: not as ordered",
            today + timedelta(days=14),
            (line,),
            f"RMA-{2040 + number}",
        )
        made = create_supplier_return(actor=clerk, draft=draft)
        made = submit_supplier_return(actor=clerk, return_id=made.pk)
        if number == 0 and made.state == "approved":
            ship_supplier_return(actor=clerk, return_id=made.pk)
            note_credit(
                actor=manager,
                return_id=made.pk,
                reference="CN-7781",
                amount=(cost * 6).quantize(Decimal("0.01")),
                received_on=today,
            )


def photo(seed: int) -> bytes:
    """A box with a crack, drawn: enough to see that a photo was handed in."""
    picture = Image.new("RGB", (960, 720), (206, 201, 190))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 520, 960, 720), fill=(150, 143, 132))
    draw.polygon(
        [(230, 250), (520, 180), (740, 260), (740, 560), (450, 640), (230, 560)], fill=(176, 132, 84)
    )
    draw.polygon([(230, 250), (520, 180), (740, 260), (450, 340)], fill=(200, 158, 106))
    draw.line([(450, 340), (450, 640)], fill=(120, 86, 52), width=4)
    crack = [(470 + 30 * step, 380 + (seed * (step + 3)) % 90 + 18 * step) for step in range(8)]
    draw.line(crack, fill=(52, 36, 22), width=9, joint="curve")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
