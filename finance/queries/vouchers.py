"""Vouchers and what they hold."""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from catalog.models import LegalEntity
from finance.models import Voucher, VoucherLine
from finance.sql import verifying as sql
from inventory.queries.documents import plain


def vouchers_of(
    entities: QuerySet[LegalEntity], entity: str = "", month: str = "", currency: str = ""
) -> QuerySet[Voucher]:
    """Vouchers of these legal entities, newest first; month like 2026-10 keeps those that touch it."""
    found = Voucher.objects.filter(legal_entity__in=entities).select_related("legal_entity", "map", "base")
    if entity:
        found = found.filter(legal_entity__code=entity)
    if currency:
        found = found.filter(currency=currency)
    if month:
        found = found.extra(  # a range of days against a month, in the database's own terms
            where=["finance_voucher.days && daterange(%s::date, (%s::date + interval '1 month')::date)"],
            params=[f"{month}-01", f"{month}-01"],
        )
    return found.order_by("-id")


def chain_of(voucher: Voucher) -> list[Voucher]:
    """The first voucher of the same days and its supplements, in their order. 1 query."""
    first = voucher.base_id or voucher.pk
    found = Voucher.objects.filter(Q(pk=first) | Q(base=first)).select_related("legal_entity", "map")
    return list(found.order_by("supplement"))


def lines_of(voucher: Voucher) -> QuerySet[VoucherLine]:
    """Its lines in their order."""
    return voucher.lines.select_related("site", "category").order_by("number")


def accounts_of(voucher: Voucher) -> list[dict[str, Any]]:
    """Each account's debits and credits. 1 query."""
    found = voucher.lines.values("account").annotate(debits=Sum("debit"), credits=Sum("credit"))
    return [{**row, "balance": row["debits"] - row["credits"]} for row in found.order_by("account")]


def kinds_of(voucher: Voucher) -> list[dict[str, Any]]:
    """Each kind's booked amount, exact value and count of facts. 1 query."""
    found = voucher.lines.values("kind", "place").annotate(
        booked=Sum("debit"), exact=Sum("exact"), facts=Sum("count"), lines=Count("id")
    )
    return [dict(row) for row in found.order_by("kind", "place")]


def held_move(voucher: Voucher) -> Decimal:
    """What all vouchers of the same days up to this one say that sites and transit moved by. 1 query."""
    first = voucher.base_id or voucher.pk
    found = VoucherLine.objects.filter(Q(voucher=first) | Q(voucher__base=first), is_stock=True)
    found = found.filter(voucher__supplement__lte=voucher.supplement).exclude(place="customs")
    return found.aggregate(total=Sum("exact"))["total"] or Decimal(0)


LINE_COLUMNS = (
    "voucher", "legal_entity", "from", "until", "currency", "line", "account", "cost_centre", "kind", "place", "reason",
    "site", "category", "debit", "credit", "quantity",
)  # fmt: skip


def line_rows(voucher: Voucher) -> Iterator[list[Any]]:
    """Its lines as rows of LINE_COLUMNS, streamed. 1 query."""
    head = [str(voucher), voucher.legal_entity.code, voucher.days.lower, voucher.days.upper, voucher.currency]
    for line in lines_of(voucher).iterator(chunk_size=2000):
        category = line.category.path if line.category else ""
        yield [
            *head, line.number, line.account, line.cost_centre, line.kind, line.place, line.reason, line.site.code,
            category, line.debit, line.credit, line.quantity,
        ]  # fmt: skip


def voucher_body(voucher: Voucher) -> dict[str, Any]:
    """A voucher's head as REST shows it; needs legal_entity, map and base."""
    return {
        "id": voucher.pk,
        "number": str(voucher),
        "legal_entity": voucher.legal_entity.code,
        "currency": voucher.currency,
        "from": voucher.days.lower.isoformat(),
        "until": voucher.days.upper.isoformat(),
        "supplement": voucher.supplement,
        "base": voucher.base_id,
        "known_from": voucher.known_from.isoformat() if voucher.known_from else None,
        "known_until": voucher.known_until.isoformat(),
        "account_map": voucher.map.version,
        "entries": voucher.entries,
        "sale_lines": voucher.sale_lines,
        "unpriced": voucher.unpriced,
        "value": plain(voucher.value),
        "rounded": plain(voucher.rounded),
        "sales_gross": plain(voucher.sales_gross),
        "sales_tax": plain(voucher.sales_tax),
        "debits": plain(voucher.debits),
        "credits": plain(voucher.credits),
        "opening": plain(voucher.opening),
        "closing": plain(voucher.closing),
        "made_by": voucher.made_by_name,
        "made_at": voucher.made_at.isoformat(),
    }


def line_body(line: VoucherLine) -> dict[str, Any]:
    """A line as REST shows it; needs site and category."""
    return {
        "number": line.number,
        "account": line.account,
        "cost_centre": line.cost_centre,
        "kind": line.kind,
        "place": line.place,
        "reason": line.reason,
        "site": line.site.code,
        "category": line.category.path if line.category else "",
        "debit": plain(line.debit),
        "credit": plain(line.credit),
        "quantity": plain(line.quantity),
    }


def voucher_document(voucher: Voucher) -> dict[str, Any]:
    """The whole voucher, as files and publications carry it. 2 queries."""
    lines = [line_body(line) for line in lines_of(voucher).iterator(chunk_size=2000)]
    return {**voucher_body(voucher), "accounts": _plain(accounts_of(voucher)), "lines": lines}


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: plain(value) if isinstance(value, Decimal) else value for name, value in row.items()}
        for row in rows
    ]


def breaches() -> list[str]:
    """What the ledger and sales hold of vouchered days against what vouchers say they took, in words. 2 statements."""
    with connection.cursor() as cursor:
        cursor.execute(sql.VERIFY)
        return [row[0] for row in cursor.fetchall()]


def published_lines(
    entities: Collection[int] | None, since: datetime | None
) -> Iterator[tuple[str, dict[str, Any], datetime, int]]:
    """(key, content, when the voucher was made, site) of each line, for publications; streamed. 1 query.

    entities: only of these legal entities; since: only of vouchers made then or later.
    """
    found = VoucherLine.objects.select_related("voucher__legal_entity", "site", "category")
    if entities is not None:
        found = found.filter(voucher__legal_entity__in=list(entities))
    if since is not None:
        found = found.filter(voucher__made_at__gte=since)
    for line in found.order_by("voucher", "number").iterator(chunk_size=2000):
        head = line.voucher
        content = {
            "voucher": str(head),
            "legal_entity": head.legal_entity.code,
            "from": head.days.lower.isoformat(),
            "until": head.days.upper.isoformat(),
            "supplement": head.supplement,
            "currency": head.currency,
            **line_body(line),
        }
        yield f"{head}/{line.number:05d}", content, head.made_at, line.site_id


def late_facts(entities: QuerySet[LegalEntity]) -> list[dict[str, Any]]:
    """Days that are vouchered and of which more became known since: what wants a supplementary voucher. 2 queries."""
    codes = dict(entities.values_list("pk", "code"))
    with connection.cursor() as cursor:
        cursor.execute(sql.LATE, {"entities": list(codes)})
        rows = cursor.fetchall()
    return [
        {
            "legal_entity": codes[entity_id],
            "currency": currency,
            "days": days,
            "entries": entries,
            "since": since,
        }
        for entity_id, currency, days, entries, since in rows
    ]


def sums_of(found: QuerySet[Voucher]) -> list[dict[str, Any]]:
    """What these vouchers come to by currency. 1 query."""
    rows = (
        found.order_by()
        .values("currency")
        .annotate(
            count=Count("id"),
            value=Sum("value"),
            gross=Sum("sales_gross"),
            tax=Sum("sales_tax"),
            debits=Sum("debits"),
        )
    )
    return [{**row, "net": row["gross"] - row["tax"]} for row in rows.order_by("currency")]
