"""A cycle count in one store that somebody has begun, and the signed stocktake of another; where their goods stand.

All of it is simulated. Zones and bins follow from a hash of the SKU; differences are planted at every so many products.
"""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import connection

from accounts.models import User
from accounts.queries import user_by_name
from approvals.actions import decide
from approvals.queries import request_of
from inventory.actions.asking import APPROVAL_KIND
from inventory.actions.counts import CountDraft, plan_count
from inventory.actions.counts_comparing import submit_count
from inventory.actions.counts_lines import Found, keep_lines
from inventory.actions.counts_settling import Reasons, settle_count, sign_off
from inventory.actions.placing import place_approved
from inventory.models import Count, CountAdjustment, CountItem, Shelf
from lib import clock
from lib.actors import system

RUNNING, FINISHED = "LON-1", "EDI-1"
CYCLE_PRODUCTS, BEGUN = 24, 9
GAP_EVERY = 37

_SHELVES = """
INSERT INTO inventory_shelf (site_id, zone, bin, product_id)
SELECT b.site_id, chr(65 + mod(abs(hashtext(p.sku)), 5)),
       to_char(1 + mod(abs(hashtext(p.sku || 'bay')), 12), 'FM00') || '-' || (1 + mod(abs(hashtext(p.sku || 'board')), 4)), p.id
FROM inventory_balance b JOIN catalog_site s ON s.id = b.site_id JOIN catalog_product p ON p.id = b.product_id
WHERE s.code = ANY(%s) AND b.on_hand > 0 GROUP BY b.site_id, p.id, p.sku
ON CONFLICT DO NOTHING
"""

# What is on the shelf: the book, but for every so many products a few pieces fewer or one more.
_SCANS = """
INSERT INTO inventory_countscan (count_id, item_id, line_id, round, zone, bin, lot, state, quantity, way, scanned_at, skew_s,
                                 counted_by_id, counted_by_name)
SELECT i.count_id, i.id, gen_random_uuid(), i.round, coalesce(h.zone, ''), coalesce(h.bin, ''), '', 'available',
       greatest(0, b.on_hand + CASE WHEN mod(n.place, %(every)s) = 0 THEN CASE WHEN mod(n.place, 2) = 0 THEN -2 ELSE 1 END ELSE 0 END),
       'scanner', %(at)s, 0, %(by)s, %(name)s
FROM (SELECT i.*, row_number() OVER (ORDER BY p.sku) AS place FROM inventory_countitem i
      JOIN catalog_product p ON p.id = i.product_id WHERE i.count_id = %(count)s) n
JOIN inventory_countitem i ON i.id = n.id
LEFT JOIN LATERAL (SELECT h.zone, h.bin FROM inventory_shelf h
                   WHERE h.site_id = i.site_id AND h.product_id = i.product_id ORDER BY h.id LIMIT 1) h ON true
CROSS JOIN LATERAL (SELECT coalesce(sum(b.on_hand), 0) AS on_hand FROM inventory_balance b
                    WHERE b.site_id = i.site_id AND b.product_id = i.product_id AND b.state = 'available') b
WHERE i.state = 'open'
"""


def load_counting(users: dict[str, User]) -> int:
    """Plan both counts and carry them as far as they are; returns how many counts there are."""
    with connection.cursor() as cursor:
        cursor.execute(_SHELVES, [[RUNNING, FINISHED]])
    _begin(users)
    _finish(users)
    return Count.objects.count()


def _begin(users: dict[str, User]) -> None:
    manager, clerk = users["manager.stock"].as_actor(), users["clerk.stock"].as_actor()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.sku, b.on_hand FROM inventory_balance b JOIN catalog_product p ON p.id = b.product_id"
            " JOIN catalog_site s ON s.id = b.site_id JOIN inventory_shelf h ON h.site_id = s.id AND h.product_id = p.id"
            " WHERE s.code = %s AND b.on_hand > 0 AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0"
            " ORDER BY b.value DESC, p.sku LIMIT %s",
            [RUNNING, CYCLE_PRODUCTS],
        )
        rows = cursor.fetchall()
    if not rows:
        return
    draft = CountDraft(
        RUNNING, skus=tuple(row[0] for row in rows), reason="simulated: the most valuable goods"
    )
    count = plan_count(actor=manager, draft=draft)
    items = count.items.select_related("product").order_by("pk")[:BEGUN]
    book = dict(rows)
    shelves = Shelf.objects.filter(site=count.site_id, product__sku__in=list(book))
    places = {shelf.product.sku: shelf for shelf in shelves.select_related("product")}
    now = clock.now() + timedelta(seconds=1)
    lines = []
    for number, item in enumerate(items):
        sku = item.product.sku
        found = book[sku] - Decimal(number % 4 == 3)
        lines.append(Found(uuid4(), sku, found, now, places[sku].zone, places[sku].bin))
    keep_lines(actor=clerk, count_id=count.pk, sent_at=now, lines=lines)


def _finish(users: dict[str, User]) -> None:
    """Counted by the clerk, differing products once more by the manager, adjusted with the word of one who did not count, signed."""
    manager, clerk = users["manager.stock"].as_actor(), users["clerk.stock"].as_actor()
    other = (users.get("admin") or user_by_name("admin") or users["manager.stock"]).as_actor()
    month = clock.now().date().replace(day=1)
    count = plan_count(actor=manager, draft=CountDraft(FINISHED, kind="stocktake", month=month))
    Count.objects.filter(pk=count.pk).update(state=Count.State.COUNTING, started_at=clock.now())
    for counter in (clerk, manager):
        if Count.objects.filter(pk=count.pk, state__in=[Count.State.COUNTING, Count.State.RECOUNT]).exists():
            _scan_all(count, counter.id, counter.name)
            submit_count(actor=counter, count_id=count.pk)
    reasons = Reasons({}, otherwise="unknown", note="simulated")
    settle_count(actor=clerk, count_id=count.pk, reasons=reasons)
    for asked in CountAdjustment.objects.filter(count=count, is_void=False):
        request = request_of(APPROVAL_KIND, f"movement:{asked.movement_id}")
        if request is not None and request.state == "pending":
            decide(actor=other, request_id=request.pk, approve=True, comment="simulated")
    place_approved(actor=system("load_demo"))
    sign_off(actor=manager, count_id=count.pk, side="stock")
    sign_off(actor=users["finance"].as_actor(), count_id=count.pk, side="finance")


def _scan_all(count: Count, by_id: int | None, name: str) -> None:
    with connection.cursor() as cursor:
        values = {"count": count.pk, "every": GAP_EVERY, "by": by_id, "name": name, "at": clock.now()}
        cursor.execute(_SCANS, values)
    CountItem.objects.filter(count=count, state=CountItem.State.OPEN).update(state=CountItem.State.COUNTED)
