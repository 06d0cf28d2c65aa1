"""Builders for tests of transfers: two sites, stock at the first, people with one right each."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from approvals.actions import ensure_default_policies
from catalog.models import Scope, Site
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import TransferDraft, request_transfer, submit_transfer
from inventory.actions.transfers_moving import receive_transfer, ship_transfer
from inventory.models import Transfer
from inventory.rules.transfers import Came
from lib import clock
from lib.actors import Actor
from tests.inventory.builders import TESTER, make_product, make_site, receive


def make_house(quantity: str = "100") -> None:
    ensure_default_policies(actor=TESTER)
    make_site("WH", kind="warehouse")
    make_site("LON")
    make_product("A1")
    receive("A1", site="WH", quantity=quantity, cost="2", at=None)


def person(name: str, role: str = "stock_clerk", site: str = "") -> Actor:
    user = User.objects.create_user(name, None, role=role)
    place = Site.objects.get(code=site) if site else None
    Scope.objects.create(user_id=user.pk, site=place, valid_from=clock.now() - timedelta(days=1))
    return user.as_actor()


def asked(quantity: str = "10", sku: str = "A1", **fields: Any) -> TransferDraft:
    day = fields.pop("expected_on", clock.now().date() + timedelta(days=2))
    lines = fields.pop("lines", (Wanted(sku, Decimal(quantity)),))
    return TransferDraft("WH", "LON", fields.pop("reason", "low at the store"), day, lines)


def approved(quantity: str = "10", actor: Actor = TESTER, **fields: Any) -> Transfer:
    made = request_transfer(actor=actor, draft=asked(quantity, **fields))
    return submit_transfer(actor=actor, transfer_id=made.pk)


def shipped(quantity: str = "10", **fields: Any) -> Transfer:
    made = approved(quantity, **fields)
    return ship_transfer(actor=TESTER, transfer_id=made.pk)


def came(transfer: Transfer, actor: Actor = TESTER, **figures: str) -> Transfer:
    lot = figures.pop("lot", "")
    found = Came("A1", lot, **{name: Decimal(figure) for name, figure in figures.items()})
    return receive_transfer(actor=actor, transfer_id=transfer.pk, lines=[found])


def tomorrow() -> date:
    return clock.now().date() + timedelta(days=1)
