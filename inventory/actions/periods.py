"""Closing a month of a site: nothing that occurred in it is written any more, and what was there is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.http import Http404

from audit.actions import next_event_id, record
from audit.queries import digests_of
from catalog.access import access_site
from catalog.models import Site
from inventory.actions.movements import check_right
from inventory.models import Period, Reconciliation
from inventory.queries.counts import counts_before
from inventory.queries.customs import open_customs_before
from inventory.queries.documents import plain
from inventory.queries.transfers import open_before
from inventory.queries.valuation import open_valuations_before
from inventory.queries.write_offs import open_write_offs_before
from inventory.sql import closing as sql
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

RIGHT = "periods.close"


@dataclass(frozen=True)
class OpenDocument:
    """What stands in the way of a close: a document of another floor, by its name and address."""

    name: str
    url: str = ""


@transaction.atomic
def close_period(
    *, actor: Actor, site_code: str, month: date, open_documents: Sequence[OpenDocument] = ()
) -> Period:
    """Close the local month `month` (its first day) of a site and keep its closing balances.

    Postings into the month that are under way are waited for; later ones go into the next open month (facts) or are
    refused (commands). Closed months are never opened again. open_documents: what other floors know to be unfinished.
    Raises Faults 403; 409 `already_closed` (also by a later month); 422 `unknown_site` (also out of scope), `not_over`,
    `earlier_open`, and `open_documents` naming each.
    Locks: the period. Records: period.closed with a digest over the closing balances. Allowed: periods.close.
    """
    check_right(actor, RIGHT)
    try:
        site = access_site(actor, site_code)
    except Http404 as unknown:
        raise refuse("unknown_site", f"There is no site “{site_code[:40]}”.", pointer="/site") from unknown
    period = _locked(site, month)
    later = Period.objects.filter(site=site, month__gt=period.month, state=Period.State.CLOSED)
    if period.state == Period.State.CLOSED or later.exists():
        raise refuse("already_closed", f"{period} of {site.code} is closed.", status=409)
    if period.ends_at > clock.now():
        raise refuse(
            "not_over", f"{period} of {site.code} ends at {period.ends_at.isoformat()}.", pointer="/month"
        )
    faults = _unfinished(site, period, open_documents)
    if faults:
        raise Faults(faults)
    return _close(actor, site, period)


def _locked(site: Site, month: date) -> Period:
    with connection.cursor() as cursor:
        cursor.execute(sql.MAKE, {"site": site.pk, "month": month.replace(day=1)})
    return Period.objects.select_for_update().get(site=site, month=month.replace(day=1))


def _unfinished(site: Site, period: Period, others: Sequence[OpenDocument]) -> list[Fault]:
    values: dict[str, Any] = {
        "site": site.pk,
        "code": site.code,
        "month": period.month,
        "ends_at": period.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.EARLIER, values)
        faults = [
            Fault("/month", "earlier_open", f"{month:%Y-%m} of {site.code} is still open; close it first.")
            for (month,) in cursor.fetchall()
        ]
        cursor.execute(sql.PENDING, values)
        names = [f"{reference} (movement {number})" for number, reference in cursor.fetchall()]
    counts = Reconciliation.objects.filter(
        site=site,
        taken_at__lt=period.ends_at,
        state__in=[Reconciliation.State.OPEN, Reconciliation.State.RUNNING],
    ).order_by("pk")
    names += [str(count) for count in counts] + [other.name for other in others]
    names += [str(transfer) for transfer in open_before(site.pk, period.ends_at)]
    names += [str(count) for count in counts_before(site.pk, period.ends_at, period.month)]
    names += [str(document) for document in open_valuations_before(site.pk, period.ends_at)]
    names += [str(write_off) for write_off in open_write_offs_before(site.pk, period.ends_at)]
    names += [str(goods) for goods in open_customs_before(site.pk, period.ends_at, period.month)]
    return faults + [
        Fault("/month", "open_documents", f"{name} lies before the end of {period} and is not finished.")
        for name in names
    ]


def _close(actor: Actor, site: Site, period: Period) -> Period:
    event_id = next_event_id()
    values: dict[str, Any] = {
        "site": site.pk,
        "period": period.pk,
        "ends_at": period.ends_at,
        "event": event_id,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(sql.CLOSING, values)
        cursor.execute("SET LOCAL work_mem TO DEFAULT")
        cursor.execute(sql.TOTAL, values)
        period.line_count, period.value = cursor.fetchone()
    period.state, period.closed_at = Period.State.CLOSED, clock.now()
    period.closed_by_id = actor.id if actor.kind == "user" else None
    period.save(update_fields=["state", "closed_at", "closed_by_id", "line_count", "value"])
    after: dict[str, Any] = {
        "month": f"{period}", "site": site.code, "lines": period.line_count, "value": plain(period.value),
        "currency": site.currency,
    }  # fmt: skip
    record(
        actor=actor,
        kind="period.closed",
        subject=f"period:{period.pk}",
        before={"state": "open"},
        after=after,
        site_ids=[site.pk],
        digests=digests_of(event_id, ["inventory_closingbalance"]),
        event_id=event_id,
    )
    return period
