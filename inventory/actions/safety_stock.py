"""Safety stock: a given figure, or computed from the ledger; and the warnings below it."""

from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from audit.actions import record
from catalog.access import access_site
from inventory.actions.movements import check_right
from inventory.models import SafetyStock
from inventory.queries.safety_stock import demand_and_lead_times, short_of_safety
from inventory.rules.safety_stock import safety_stock_units
from lib.actors import Actor
from lib.faults import refuse
from lib.quantities import quantity_fault

ALERT_PREFIX = "stock_below_safety:"
DEMAND_DAYS = 91
MAX_ALERTS = 200


@transaction.atomic
def give_safety_stock(
    *, actor: Actor, site_code: str, product_id: int, units: Decimal | None, reason: str = ""
) -> SafetyStock:
    """Set the figure of a product at a site by hand, or give it back to the computation with None.

    Raises Faults 403, 422 `invalid_quantity`; Http404 out of scope.
    Locks: the row. Records: safety_stock.given. Allowed: safety_stock.edit.
    """
    check_right(actor, "safety_stock.edit")
    site = access_site(actor, site_code)
    if units is not None and ((problem := quantity_fault(units)) or units < 0):
        raise refuse("invalid_quantity", f"The figure is {problem or 'below zero'}.", pointer="/units")
    row, _made = SafetyStock.objects.select_for_update().get_or_create(site=site, product_id=product_id)
    before = row.given_units
    row.given_units = units
    row.given_by_id = actor.id
    row.save(update_fields=["given_units", "given_by_id"])
    record(
        actor=actor,
        kind="safety_stock.given",
        subject=f"safety_stock:{row.pk}",
        reason=reason,
        before={"units": before},
        after={"units": units, "site": site.code, "product": product_id},
        site_ids=[site.pk],
    )
    return row


@transaction.atomic
def compute_safety_stock(*, actor: Actor, at: datetime) -> int:
    """Compute every pair that sold in the last 91 days from the ledger; given figures stay. Returns how many.

    Set-based: two reads, one upsert. Locks: the rows, by (site, product). Records: safety_stock.computed.
    Allowed: the job.
    """
    rows = demand_and_lead_times(at - timedelta(days=DEMAND_DAYS), at)
    columns: list[list[object]] = [[] for _ in range(7)]
    for site_id, product_id, mean, sd, lead, lead_sd, level in rows:
        units = safety_stock_units(
            demand_mean=mean,
            demand_sd=sd,
            lead_time_days=lead,
            lead_time_sd_days=lead_sd,
            service_level=level,
        )
        whole = Decimal(units).quantize(Decimal(1), rounding=ROUND_UP)
        for column, value in zip(columns, (site_id, product_id, whole, mean, sd, lead, lead_sd), strict=True):
            column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_safetystock AS s (site_id, product_id, computed_units, service_level, demand_mean,"
            " demand_sd, lead_time_days, lead_time_sd_days, computed_at)"
            " SELECT site_id, product_id, units, 0.95, mean, sd, lead, lead_sd, %s FROM unnest(%s::bigint[],"
            " %s::bigint[], %s::numeric[], %s::float[], %s::float[], %s::float[], %s::float[])"
            " AS n (site_id, product_id, units, mean, sd, lead, lead_sd) ORDER BY site_id, product_id"
            " ON CONFLICT (site_id, product_id) DO UPDATE SET computed_units = EXCLUDED.computed_units,"
            " demand_mean = EXCLUDED.demand_mean, demand_sd = EXCLUDED.demand_sd,"
            " lead_time_days = EXCLUDED.lead_time_days, lead_time_sd_days = EXCLUDED.lead_time_sd_days,"
            " computed_at = EXCLUDED.computed_at",
            [at, *columns],
        )
    record(actor=actor, kind="safety_stock.computed", subject="safety_stock:all", after={"pairs": len(rows)})
    return len(rows)


def warn_below_safety(*, actor: Actor) -> int:
    """One alert for each site with products below their safety stock; resolved when none is left. Returns sites.

    Locks: alerts. Records: through alerts. Allowed: the job.
    """
    drafts = [
        AlertDraft(
            key=f"{ALERT_PREFIX}{site_id}",
            kind="stock_below_safety",
            severity="warning",
            title=format_lazy(
                _("{count} products below safety stock at {site}, {empty} of them without stock"),
                count=count,
                site=code,
                empty=empty,
            ),
            detail=", ".join(skus[:20]),
            url=f"/stock/?site={code}&state=below",
            site_id=site_id,
        )
        for site_id, code, count, empty, skus in short_of_safety()
    ]
    resolve_alerts_except(ALERT_PREFIX, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts[:MAX_ALERTS], actor=actor)
    return len(drafts)
