"""Builders for tests of write-offs, returns and grading: a store with stock, people, photos."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from approvals.actions import ensure_default_policies
from catalog.models import Supplier
from inventory.actions.write_offs import WriteOffDraft, add_evidence, create_write_off
from inventory.actions.write_offs_posting import submit_write_off
from inventory.models import Balance, WriteOff
from inventory.rules.stock_lines import StockLine
from lib.actors import Actor
from tests.inventory.builders import TESTER, line, make_product, make_site, post, receive
from tests.lib.pictures import picture
from web.stored_files import Upload
from web.stored_files import receive as receive_file

AVAILABLE = "available"


def make_store(quantity: str = "500", cost: str = "2") -> None:
    """LON with A1 in stock, and the policies."""
    ensure_default_policies(actor=TESTER)
    make_site("LON")
    make_product("A1")
    receive("A1", quantity=quantity, cost=cost, at=None)


def make_supplier(code: str = "ACME") -> Supplier:
    return Supplier.objects.create(code=code, name=f"Supplier {code}", country="GB", currency="GBP")


def stock_line(quantity: str = "5", sku: str = "A1", **fields: Any) -> StockLine:
    return StockLine(sku, Decimal(quantity), **fields)


def wanted(quantity: str = "5", reason: str = "display", **fields: Any) -> WriteOffDraft:
    lines = fields.pop("lines", (stock_line(quantity, state=fields.pop("state", AVAILABLE)),))
    return WriteOffDraft("LON", reason, lines, **fields)


def drafted(quantity: str = "5", actor: Actor = TESTER, **fields: Any) -> WriteOff:
    return create_write_off(actor=actor, draft=wanted(quantity, **fields))


def submitted(quantity: str = "5", actor: Actor = TESTER, **fields: Any) -> WriteOff:
    return submit_write_off(actor=actor, write_off_id=drafted(quantity, actor, **fields).pk)


def photo(colour: str = "red") -> Upload:
    return receive_file(picture(colour=colour), "shelf.jpg")


def with_photo(write_off: WriteOff, actor: Actor = TESTER, colour: str = "red") -> WriteOff:
    add_evidence(actor=actor, write_off_id=write_off.pk, upload=photo(colour))
    return write_off


def lying(state: str = AVAILABLE, sku: str = "A1", site: str = "LON") -> Decimal:
    """What lies there in a state."""
    found = Balance.objects.filter(site__code=site, product__sku=sku, state=state, lot="", owner_id=0).first()
    return found.on_hand if found else Decimal(0)


def came_back(quantity: str = "4", **fields: Any) -> None:
    """Customers brought A1 back; it waits to be inspected."""
    post(
        "return",
        line("A1", "customer", "LON", quantity, to_state="inspect"),
        at=fields.pop("at", None),
        **fields,
    )


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Path:
    """A folder of the test's own for stored files."""
    settings.MEDIA_ROOT = tmp_path / "files"
    assert django_settings.MEDIA_ROOT == settings.MEDIA_ROOT
    return tmp_path / "files"
