"""Rules for numbers of restricted circulation: added and retired, never edited."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from audit.actions import record
from catalog.rules.iso import COUNTRIES
from inventory.actions.movements import check_right
from inventory.models import BarcodeRule
from lib import gs1
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

RIGHT = "lots.edit"


@transaction.atomic
def add_barcode_rule(
    *, actor: Actor, country: str, pattern: str, measure: str, decimals: int, source: str
) -> BarcodeRule:
    """Say how numbers of a country, or with "" of all sites, are built.

    Raises Faults 403; 409 `exists`; 422 `unknown_country`, `invalid_pattern`, `invalid_measure`.
    Locks: nothing. Records: barcode_rule.added. Allowed: lots.edit.
    """
    check_right(actor, RIGHT)
    faults = []
    if country and country not in COUNTRIES:
        faults.append(Fault("/country", "unknown_country", f"There is no country {country!r}."))
    if wrong := gs1.mask_fault(pattern, decimals):
        faults.append(Fault("/pattern", "invalid_pattern", f"The pattern cannot be: {wrong}."))
    if measure not in BarcodeRule.Measure.values or ("M" in pattern) != (measure != "none"):
        faults.append(
            Fault("/measure", "invalid_measure", "A pattern with M says what M measures, another nothing.")
        )
    if faults:
        raise Faults(faults)
    try:
        with transaction.atomic():
            rule = BarcodeRule.objects.create(
                country=country, pattern=pattern, measure=measure, decimals=decimals, source=source
            )
    except IntegrityError as error:
        raise refuse("exists", "There is such a rule already.", status=409, pointer="/pattern") from error
    record(
        actor=actor,
        kind="barcode_rule.added",
        subject=f"barcode_rule:{rule.pk}",
        reason=source,
        after={"country": country, "pattern": pattern, "measure": measure, "decimals": decimals},
    )
    return rule


@transaction.atomic
def retire_barcode_rule(*, actor: Actor, rule_id: int, reason: str) -> BarcodeRule:
    """End a rule; numbers that it alone told are refused from now on.

    Raises Faults 403; 404 `unknown_rule`; 409 `already_ended`; 422 `reason_required`.
    Locks: the rule. Records: barcode_rule.retired. Allowed: lots.edit.
    """
    check_right(actor, RIGHT)
    if not reason.strip():
        raise refuse("reason_required", "Say why the rule ends.", pointer="/reason")
    rule = BarcodeRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise refuse("unknown_rule", "There is no such rule.", status=404)
    if rule.retired_at is not None:
        raise refuse("already_ended", "The rule has ended before.", status=409)
    BarcodeRule.objects.filter(pk=rule.pk).update(retired_at=Now())
    rule.refresh_from_db()
    record(
        actor=actor,
        kind="barcode_rule.retired",
        subject=f"barcode_rule:{rule.pk}",
        reason=reason,
        before={"retired": False},
        after={"retired": True},
    )
    return rule
