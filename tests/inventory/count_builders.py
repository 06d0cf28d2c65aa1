"""Builders for tests of counts: a shop with stock, people with a role, lines as a phone sends them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from approvals.actions import ensure_default_policies
from inventory.actions.counts import CountDraft, plan_count
from inventory.actions.counts_comparing import submit_count
from inventory.actions.counts_lines import Found, Kept, keep_lines
from inventory.models import Count, CountItem, CountResult, CountTolerance
from lib import clock
from lib.actors import Actor
from tests.inventory.builders import TESTER, make_product, make_site, receive
from tests.inventory.transfer_builders import person

__all__ = ["person"]


def make_shop(*skus: str, quantity: str = "10", tolerance: str = "0") -> None:
    """A shop LON with `quantity` of each product at 2.00, received an hour ago; tolerance: a fraction, of everything."""
    ensure_default_policies(actor=TESTER)
    CountTolerance.objects.all().delete()
    CountTolerance.objects.create(over=Decimal(tolerance), under=Decimal(tolerance))
    make_site("LON")
    for sku in skus or ("A1",):
        make_product(sku)
        receive(sku, quantity=quantity, at=clock.now() - timedelta(hours=1))


def plan(*skus: str, actor: Actor = TESTER, **fields: Any) -> Count:
    return plan_count(actor=actor, draft=CountDraft("LON", skus=skus or ("A1",), **fields))


def found(sku: str = "A1", quantity: str = "10", at: datetime | None = None, **fields: Any) -> Found:
    return Found(fields.pop("line_id", uuid4()), sku, Decimal(quantity), at or clock.now(), **fields)


def scan(count: Count, *lines: Found, actor: Actor = TESTER, sent_at: datetime | None = None) -> list[Kept]:
    return keep_lines(actor=actor, count_id=count.pk, sent_at=sent_at, lines=lines)


def counted(quantity: str = "10", *, actor: Actor = TESTER, **fields: Any) -> Count:
    """A count of A1 that found `quantity`, submitted."""
    count = plan("A1", actor=TESTER, **fields)
    scan(count, found("A1", quantity), actor=actor)
    return submit_count(actor=actor, count_id=count.pk)


def recounted(quantity: str) -> Count:
    """A count of A1 that found `quantity` twice, by two people: in review when that is beyond tolerance."""
    count = counted(quantity)
    scan(count, found("A1", quantity))
    return submit_count(actor=TESTER, count_id=count.pk)


def result(count: Count, sku: str = "A1", **fields: Any) -> CountResult:
    return CountResult.objects.get(item__count=count, item__product__sku=sku, **fields)


def item(count: Count, sku: str = "A1") -> CountItem:
    return CountItem.objects.get(count=count, product__sku=sku)
