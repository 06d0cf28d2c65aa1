"""What a patrol looks at in pricing: each check answers with findings as of a moment and changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lib.checks import Finding
from lib.money import round_money
from pricing.queries import labels, patrol
from pricing.queries.verifying import applied_otherwise

PLACED_WITHIN = timedelta(minutes=5)
APPLIED_WITHIN = timedelta(minutes=2)
#: So far back what was applied is held against the timeline; rounds are two hours apart.
VERIFIED_FOR = timedelta(hours=4)
#: How many findings a check tells one by one.
TOLD = 200


def below_cost(at: datetime) -> list[Finding]:
    """Prices in force that do not cover the net unit cost, net of tax and commission."""
    return [
        Finding(
            key=f"price_below_cost:{one.price_list}:{one.sku}",
            code="price_below_cost",
            severity="warning",
            title=format_lazy(
                _("{sku} is sold below cost in {price_list}: {amount} {currency}"),
                sku=one.sku,
                price_list=one.price_list,
                amount=f"{round_money(one.amount, one.currency):f}",
                currency=one.currency,
            ),
            detail=f"{one.site}: net {one.net:.4f}, cost {one.unit_cost:.4f}, margin {one.margin or Decimal(0):.1%}",
            url=f"/prices/?q={one.sku}",
        )
        for one in patrol.below_cost_now(at)[:TOLD]
    ]


def derived_without_rate(at: datetime) -> list[Finding]:
    """Lists whose derived prices want an exchange rate that is missing or too old."""
    return [
        Finding(
            key=f"price_list_without_rate:{code}",
            code=problem,
            severity="major" if problem == "missing_exchange_rate" else "warning",
            title=format_lazy(_("The derived prices of {price_list} stand still"), price_list=code),
            detail=detail,
            url="/prices/",
        )
        for code, problem, detail in patrol.lists_without_rate(at.astimezone(UTC).date())
    ]


def equal_priorities(at: datetime) -> list[Finding]:
    """Lists of the same kind and priority that price the same product in the same place."""
    return [
        Finding(
            key=f"price_lists_equal:{one}:{other}",
            code="equal_priority",
            severity="warning",
            title=format_lazy(
                _("{one} and {other} have the same priority and price the same products"),
                one=one,
                other=other,
            ),
            detail=format_lazy(_("{count} products"), count=count),  # type: ignore[arg-type]
            url="/prices/",
        )
        for one, other, count in patrol.equal_priority_lists(at)
    ]


def promotions_above_price(at: datetime) -> list[Finding]:
    """Promotion prices above the price otherwise asked: they are passed over, so somebody meant something else."""
    return [
        Finding(
            key=f"promotion_above_price:{one.price_list}:{one.sku}",
            code="promotion_above_price",
            severity="warning",
            title=format_lazy(
                _("{sku} in {price_list} lies above the price otherwise asked, and is passed over"),
                sku=one.sku,
                price_list=one.price_list,
            ),
            detail=f"{one.site}: {one.otherwise:f} {one.currency}",
            url=f"/prices/why/?sku={one.sku}&site={one.site}",
        )
        for one in patrol.promotions_passed_over(at)[:TOLD]
    ]


def unplaced(at: datetime) -> list[Finding]:
    """Changes that were approved more than five minutes ago and do not stand on the timeline."""
    return [
        Finding(
            key=f"price_change_unplaced:{change.pk}",
            code="price_change_unplaced",
            severity="major",
            title=format_lazy(_("{reference} is approved and not placed"), reference=change.reference),
            detail=change.title,
            url=f"/prices/changes/{change.pk}/",
        )
        for change in patrol.approved_unplaced(at - PLACED_WITHIN)[:TOLD]
    ]


def unapplied(at: datetime) -> list[Finding]:
    """Changes whose moment came more than two minutes ago and that are not confirmed."""
    return [
        Finding(
            key=f"price_change_unapplied:{change.pk}",
            code="price_change_unapplied",
            severity="major",
            title=format_lazy(_("{reference} is due and not applied"), reference=change.reference),
            detail=change.title,
            url=f"/prices/changes/{change.pk}/",
        )
        for change in patrol.due_unapplied(at - APPLIED_WITHIN)[:TOLD]
    ]


def applied_as_announced(at: datetime) -> list[Finding]:
    """Changes applied in the last four hours whose lines are not the prices that stand at their moment."""
    return [
        Finding(
            key=f"price_change_differs:{one.change.pk}",
            code="price_change_differs",
            severity="major",
            title=format_lazy(
                _("{reference} was announced otherwise than its prices stand"), reference=one.change.reference
            ),
            detail=f"{one.lines}: {one.sku} …",
            url=f"/prices/changes/{one.change.pk}/",
        )
        for one in applied_otherwise(at - VERIFIED_FOR, at)
    ]


def open_shelf_labels(at: datetime) -> list[Finding]:
    """Runs of labels whose moment has come while somebody still has to put labels up: the shelf shows another price."""
    return [
        Finding(
            key=f"labels_open:{one['run']}",
            code="labels_open",
            severity="warning",
            title=format_lazy(
                _("{count} shelf labels at {site} are not confirmed"),
                count=one["labels"],
                site=one["run__site__name"],
            ),
            detail=f"{one['run__site__code']}: {one['run__effective_at'].isoformat()}",
            url=f"/prices/labels/{one['run']}/",
        )
        for one in labels.open_by_run(at)[:TOLD]
    ]
