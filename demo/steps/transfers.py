"""A handful of transfers from the British warehouse in every state, and one list prepared for an emergency."""

from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import (
    TransferDraft,
    cancel_transfer,
    decide_transfer,
    request_transfer,
    submit_transfer,
)
from inventory.actions.transfers_moving import close_transfer, receive_transfer, ship_transfer
from inventory.actions.transfers_templates import TemplateDraft, save_template
from inventory.models import Balance, Transfer
from inventory.rules.transfers import Came
from lib import clock

SOURCE = "WH-UK"
NEEDED = 12
UNITS = Decimal(6)
MOST = Decimal(120)
#: destination, days until it is expected, reason, how far it has come
PLANS = (
    ("LON-1", 3, "window display of next week", "draft"),
    ("MAN-1", 4, "club evening", "pending"),
    ("BHM-1", 1, "shelf nearly empty", "approved"),
    ("EDI-1", 0, "shelf nearly empty", "in_transit"),
    ("LON-2", 1, "weekend", "in_transit"),
    ("LON-1", 0, "weekend", "received"),
    ("MAN-1", 0, "regular supply", "closed"),
    ("BHM-1", 2, "asked for twice", "cancelled"),
)


def load_transfers(users: dict[str, User]) -> int:
    """Ask for, decide, ship and receive as the stock people of the demo would; returns how many were made."""
    found = Balance.objects.filter(site__code=SOURCE, state="available", owner_id=0, lot="", on_hand__gt=MOST)
    skus = list(
        found.filter(product__status="active")
        .order_by("product__sku")
        .values_list("product__sku", flat=True)[:NEEDED]
    )
    if len(skus) < NEEDED:
        return 0
    for number, (destination, days, reason, state) in enumerate(PLANS):
        lines = [(sku, UNITS * (number + 1)) for sku in skus[number : number + 3]]
        if state == "pending":
            lines = [(sku, UNITS * 8) for sku in skus]
        _carry(users, destination, days, reason, state, lines)
    _prepare(users, skus)
    return len(PLANS)


def _carry(
    users: dict[str, User],
    destination: str,
    days: int,
    reason: str,
    state: str,
    lines: list[tuple[str, Decimal]],
) -> None:
    clerk, manager = users["clerk.stock"].as_actor(channel="command"), users["manager.stock"].as_actor()
    day = clock.now().date() + timedelta(days=days)
    wanted = tuple(Wanted(sku, units) for sku, units in lines)
    draft = TransferDraft(SOURCE, destination, f"simulated: {reason}", day, wanted)
    made = request_transfer(actor=clerk, draft=draft)
    if state == "draft":
        return
    if state == "cancelled":
        cancel_transfer(actor=clerk, transfer_id=made.pk, reason="simulated: asked for twice")
        return
    if (
        submit_transfer(actor=clerk, transfer_id=made.pk).state == Transfer.State.PENDING
        and state != "pending"
    ):
        decide_transfer(actor=manager, transfer_id=made.pk, approve=True, comment="simulated")
    if state in ("in_transit", "received", "closed"):
        ship_transfer(actor=clerk, transfer_id=made.pk)
    if state in ("received", "closed"):
        receive_transfer(actor=clerk, transfer_id=made.pk, lines=_came(lines, is_perfect=state == "closed"))
    if state == "closed":
        close_transfer(actor=clerk, transfer_id=made.pk)


def _came(lines: list[tuple[str, Decimal]], *, is_perfect: bool) -> list[Came]:
    """All as sent; or one piece short of the first and two of the second damaged."""
    missing = Decimal(0 if is_perfect else 1)
    found = [Came(lines[0][0], received=lines[0][1] - missing, short=missing)]
    damaged = missing * 2
    found.append(Came(lines[1][0], received=lines[1][1] - damaged, damaged=damaged))
    return found + [Came(sku, received=units) for sku, units in lines[2:]]


def _prepare(users: dict[str, User], skus: list[str]) -> None:
    lines = tuple(Wanted(sku, Decimal(20)) for sku in skus[:5])
    draft = TemplateDraft(
        "Covent Garden cannot be supplied",
        "simulated: the usual delivery fell out",
        SOURCE,
        "LON-1",
        1,
        lines,
    )
    save_template(actor=users["manager.stock"].as_actor(), draft=draft)
