"""What the conflict page is for: one of each kind, as a busy week leaves them behind."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.backends.utils import CursorWrapper

from accounts.models import User
from demo.steps.present import NOTE
from demo.steps.prices import BASE, EURO, PROMOTION
from lib.actors import Actor
from lib.money import round_money
from pricing.actions.price_changes import ChangeDraft, LineDraft, approve_change, create_change, submit_change
from pricing.actions.price_lists import upsert_price_lists
from pricing.models import PriceList

FLASH = {
    "code": "PROMO-FLASH",
    "name": "Flash sale UK",
    "currency": "GBP",
    "kind": "promotion",
    "region": "UK",
    "priority": 11,
}
#: Base prices with room above their cost; promoted ones stand at four fifths.
_GOODS = """
SELECT s.sku, r.amount FROM pricing_price r JOIN pricing_pricelist l ON l.id = r.price_list_id AND l.code = %(base)s
  JOIN catalog_product s ON s.id = r.product_id AND s.status = 'active'
  JOIN catalog_unitcost u ON u.product_id = s.id AND u.amount * 2.2 < r.amount
 WHERE r.valid @> %(now)s AND upper_inf(r.valid) AND upper_inf(r.known) AND r.min_quantity = 1 AND r.amount BETWEEN 3 AND 9
   AND %(promoted)s = EXISTS (SELECT FROM pricing_price q JOIN pricing_pricelist m ON m.id = q.price_list_id
       AND m.code = %(promotion)s WHERE q.product_id = s.id AND upper_inf(q.known) AND q.valid @> %(now)s)
   AND NOT EXISTS (SELECT FROM pricing_price e JOIN pricing_pricelist n ON n.id = e.price_list_id AND n.code = %(euro)s
       WHERE e.product_id = s.id)
   AND NOT EXISTS (SELECT FROM pricing_pricechangeline x WHERE x.product_id = s.id)
 ORDER BY s.sku LIMIT 6
"""


def load_conflicts(people: dict[str, User], cursor: CursorWrapper, now: datetime) -> None:
    """Two changes of one price, a moved base, an end without a follower, a promotion without an end, one above the
    price, two of equal priority, and an own price below its list's floor."""
    clerk, manager = (people[name].as_actor(channel="command") for name in ("clerk.price", "manager.price"))
    plain, promoted = (_goods(cursor, now, is_promoted) for is_promoted in (False, True))
    if len(plain) < 5 or not promoted:
        return
    if not PriceList.objects.filter(code=FLASH["code"]).exists():
        upsert_price_lists(actor=manager, rows=[FLASH], reason=NOTE)
    for title, factor in (("Supplier asks for more", "1.09"), ("Rounding to the shelf", "1.07")):
        _submitted(clerk, title, BASE, plain[0], factor)
    _submitted(clerk, "Packaging, dearer", BASE, plain[1], "1.08")
    _placed(clerk, manager, "Correction of a typing error", BASE, plain[1], "1.01")
    _placed(clerk, manager, "Opening week in Berlin", EURO, plain[2], "1.15", until=now + timedelta(days=9))
    _placed(
        clerk, manager, "Flash sale, first goods", FLASH["code"], plain[3], "0.92", reason_code="promotion"
    )
    _placed(clerk, manager, "Staff price by hand", "UK-STAFF", plain[4], "0.8")
    sku, amount = promoted[0]
    _placed(clerk, manager, "Regular price follows the market", BASE, (sku, amount), "0.78")
    _placed(
        clerk,
        manager,
        "Christmas, one more",
        PROMOTION,
        plain[3],
        "0.9",
        reason_code="promotion",
        until=now + timedelta(days=30),
    )
    # Of equal priority only since somebody wrote into the database: every other way refuses it.
    PriceList.objects.filter(code=FLASH["code"]).update(priority=10)


def _goods(cursor: CursorWrapper, now: datetime, is_promoted: bool) -> list[tuple[str, Decimal]]:
    cursor.execute(
        _GOODS, {"base": BASE, "promotion": PROMOTION, "euro": EURO, "now": now, "promoted": is_promoted}
    )
    found: list[tuple[str, Decimal]] = cursor.fetchall()
    return found


def _submitted(
    clerk: Actor, title: str, code: object, good: tuple[str, Decimal], factor: str, **fields: object
) -> tuple[int, str]:
    amount = round_money(good[1] * Decimal(factor), "GBP")
    draft = ChangeDraft(
        title=title,
        reason=f"{NOTE}: {title}",
        reason_code=str(fields.get("reason_code", "regular")),
        effective_until=fields.get("until"),  # type: ignore[arg-type]
        lines=[LineDraft(str(code), good[0], str(amount))],
    )
    change = submit_change(actor=clerk, change_id=create_change(actor=clerk, draft=draft).pk, comment=NOTE)
    return change.pk, change.state


def _placed(
    clerk: Actor,
    manager: Actor,
    title: str,
    code: object,
    good: tuple[str, Decimal],
    factor: str,
    **fields: object,
) -> None:
    change_id, state = _submitted(clerk, title, code, good, factor, **fields)
    if state == "pending":
        approve_change(actor=manager, change_id=change_id, comment=NOTE)
