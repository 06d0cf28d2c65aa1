"""What is going on just now: price changes in every state, waiting for people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.backends.utils import CursorWrapper

from accounts.models import User
from demo.steps.prices import BASE
from lib.actors import Actor
from lib.money import round_money
from pricing.actions.price_changes import ChangeDraft, LineDraft, approve_change, create_change, submit_change

NOTE = "simulated"


@dataclass(frozen=True)
class Case:
    """A price change to make: goods of a category ("" = any) at prices between two, by how much, how far it goes."""

    title: str
    category: str
    factor: Decimal
    lines: int
    reason_code: str = "regular"
    starts_in: timedelta | None = None
    until: str = "draft"
    between: tuple[str, str] = ("1", "1000000")


CASES = (
    Case("Tableware, new supplier terms", "Kitchen / Tableware", Decimal("1.09"), 8, "cost", None, "pending"),
    Case(
        "Spring clearance, Easter goods",
        "Seasonal / Easter",
        Decimal("0.7"),
        12,
        "clearance",
        timedelta(days=2),
        "pending",
    ),
    Case(
        "Candles up two per cent",
        "Home / Lights and candles",
        Decimal("1.02"),
        10,
        "regular",
        timedelta(days=1),
        "pending",
    ),
    Case("Bags, rounded up", "Accessories / Bags", Decimal("1.06"), 6, "regular", None, "approved"),
    # Their prices in euros are typed, not derived: once this is in effect, they ask.
    Case("Small things, up a tenth", "", Decimal("1.1"), 9, "cost", None, "approved", ("0.3", "0.85")),
    Case("Stationery, first idea", "Stationery / Paper", Decimal("1.04"), 5, "regular", None, "draft"),
)


def load_changes(people: dict[str, User], cursor: CursorWrapper, now: datetime) -> int:
    """Drafts, pending and decided changes, made by the price clerk and the price manager; how many."""
    clerk, manager = (people[name].as_actor(channel="command") for name in ("clerk.price", "manager.price"))
    made = 0
    for case in CASES:
        lines = _lines(cursor, case, now)
        if not lines:
            continue
        starts = now + case.starts_in if case.starts_in else None
        draft = ChangeDraft(
            title=case.title,
            reason=f"{NOTE}: {case.title}",
            reason_code=case.reason_code,
            effective_from=starts,
            lines=lines,
        )
        _carry(case, clerk, manager, create_change(actor=clerk, draft=draft).pk)
        made += 1
    return made


def _carry(case: Case, clerk: Actor, manager: Actor, change_id: int) -> None:
    if case.until == "draft":
        return
    change = submit_change(actor=clerk, change_id=change_id, comment=NOTE)
    if case.until == "approved" and change.state == "pending":
        approve_change(actor=manager, change_id=change_id, comment=NOTE)


def _lines(cursor: CursorWrapper, case: Case, now: datetime) -> list[LineDraft]:
    """The best sold goods of the category that have a cost, at their price times the factor."""
    cursor.execute(
        """
        SELECT p.sku, r.amount
          FROM pricing_price r
          JOIN pricing_pricelist l ON l.id = r.price_list_id AND l.code = %(list)s
          JOIN catalog_product p ON p.id = r.product_id AND p.status = 'active'
          JOIN catalog_category c ON c.id = p.category_id AND %(category)s IN ('', c.path)
          JOIN catalog_unitcost u ON u.product_id = p.id AND u.amount * 2 < r.amount
          LEFT JOIN LATERAL (SELECT sum(f.units_sold) AS units FROM sales_dailyfact f WHERE f.product_id = p.id) s ON true
         WHERE r.valid @> %(now)s AND upper_inf(r.known) AND r.min_quantity = 1
           AND r.amount BETWEEN %(least)s AND %(most)s
         ORDER BY s.units DESC NULLS LAST, p.sku LIMIT %(count)s
        """,
        {
            "list": BASE,
            "category": case.category,
            "now": now,
            "count": case.lines,
            "least": Decimal(case.between[0]),
            "most": Decimal(case.between[1]),
        },
    )
    return [
        LineDraft(BASE, sku, str(round_money(amount * case.factor, "GBP")))
        for sku, amount in cursor.fetchall()
    ]
