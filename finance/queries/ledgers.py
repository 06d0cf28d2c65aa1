"""The general ledger's balances of stock accounts against what stock is worth by the account map."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max

from catalog.models import LegalEntity
from finance.models import LedgerBalance, Voucher
from finance.queries.accounts import chart_of, current_map
from finance.rules.postings import ZERO, Group
from finance.sql import ledgers as sql

Key = tuple[str, str, str]
#: How many of the newest days of a legal entity are compared.
DAYS = 3
#: Our value has six decimals; what a ledger in cents cannot say is no difference.
CENT_HALF = Decimal("0.005")


def stock_accounts(entities: Sequence[int], on: date) -> dict[Key, Decimal]:
    """(legal entity, account, currency) → what stock was worth at the end of `on`; 3 queries.

    The account is the debit side of the rule of kind `opening` for the place, category and entity; "" where there is none.
    """
    chart = chart_of(current_map())
    codes = dict(LegalEntity.objects.filter(pk__in=entities).values_list("pk", "code"))
    with connection.cursor() as cursor:
        cursor.execute(sql.WORTH, {"on": on, "entities": list(entities)})
        rows = cursor.fetchall()
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for entity_id, currency, place, site_id, site, category_id, category, value in rows:
        group = Group("opening", place, "", entity_id, site_id, site, category_id, category, value, ZERO, 0)
        rule = chart.rule_of(group)
        found[codes[entity_id], rule.debit if rule else "", currency] += value
    return dict(found)


def ledger_rows(amount: Decimal, days: int) -> list[dict[str, Any]]:
    """Each balance of the newest days against ours, judged; a few queries for each day.

    amount: what is tolerated; days: how long a balance may lead our vouchers before a difference is more than timing.
    """
    mapped = {one for rule in chart_rules() for one in rule}
    rows = []
    for entity_id, on in _newest_days():
        told = {
            (one.legal_entity.code, one.account, one.currency): one
            for one in LedgerBalance.objects.filter(legal_entity=entity_id, on=on).select_related(
                "legal_entity"
            )
        }
        ours = stock_accounts([entity_id], on)
        first = next(iter(told.values()))
        until = _vouchered_until(entity_id)
        for key in sorted({*told, *ours}):
            theirs = told.get(key)
            if theirs is None and not round(ours[key], 2):
                continue
            rows.append(_row(key, on, ours.get(key), theirs, first.arrived_at, (amount, days, until, mapped)))
    return rows


def chart_rules() -> list[tuple[str]]:
    """The stock accounts that the map names. 2 queries."""
    found = current_map().rules.filter(kind="opening").values_list("debit_account", flat=True)
    return [(account,) for account in set(found)]


def _newest_days() -> list[tuple[int, date]]:
    found: dict[int, list[date]] = defaultdict(list)
    rows = LedgerBalance.objects.values_list("legal_entity", "on").distinct().order_by("legal_entity", "-on")
    for entity_id, on in rows:
        if len(found[entity_id]) < DAYS:
            found[entity_id].append(on)
    return [(entity_id, on) for entity_id, dates in found.items() for on in sorted(dates)]


def _vouchered_until(entity_id: int) -> date | None:
    """The first day that no voucher of the entity holds yet."""
    newest = Voucher.objects.filter(legal_entity=entity_id).aggregate(last=Max("days__endswith"))["last"]
    found: date | None = newest
    return found


def _row(
    key: Key,
    on: date,
    ours: Decimal | None,
    theirs: LedgerBalance | None,
    arrived_at: datetime,
    limits: tuple[Decimal, int, date | None, set[str]],
) -> dict[str, Any]:
    entity, account, currency = key
    amount, days, until, mapped = limits
    told = theirs.balance if theirs else None
    short = (ours or ZERO) - (told or ZERO)
    if ours is None and account not in mapped:
        verdict = ("missing_here", "differs")
    elif told is None:
        verdict = ("missing_there", "differs")
    elif abs(short) < CENT_HALF:
        verdict = ("", "matched")
    elif abs(short) <= amount:
        verdict = ("rounding", "matched")
    elif until is not None and until <= on and (on - until).days < days:
        verdict = ("timing", "waiting")
    else:
        verdict = ("value", "differs")
    detail = {
        "account": account or None,
        "on": on.isoformat(),
        "vouchered_until": until.isoformat() if until else None,
    }
    return {
        "partner": entity,
        "document": on.isoformat(),
        "key": f"{account}/{currency}/{on.isoformat()}",
        "currency": currency,
        "ours": ours,
        "theirs": told,
        "stake": ZERO if verdict[1] == "waiting" else short,
        "class": verdict[0],
        "state": verdict[1],
        "detail": json.dumps({name: value for name, value in detail.items() if value is not None}),
        "arrived_at": theirs.arrived_at if theirs else arrived_at,
    }
