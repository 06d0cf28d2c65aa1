"""Incentives: write one down, end one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext_noop

from audit.actions import record
from catalog.models import Category, Channel, CustomerGroup, Product, Region, Site
from catalog.rules.fields import Wrong
from catalog.rules.iso import CURRENCIES
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.models import Incentive, PriceList
from pricing.queries.incentives import incentive_row, incentives
from pricing.rules.amounts import read_amount, read_decimal, read_instant

NO_REASON = gettext_noop("Say why it ends.")
ENDED = gettext_noop("It has ended already.")
MONEY = ("amount", "threshold", "cap")
SCOPES: tuple[tuple[str, type[Model], str], ...] = (
    ("channel", Channel, "code"),
    ("site", Site, "code"),
    ("region", Region, "code"),
    ("customer_group", CustomerGroup, "code"),
    ("price_list", PriceList, "code"),
    ("category", Category, "path"),
    ("product", Product, "sku"),
)
#: One writer of incentives at a time, so that of two of one code the second is refused by name.
LOCK = 4717


@transaction.atomic
def create_incentive(*, actor: Actor, row: Mapping[str, Any]) -> Incentive:
    """Write an incentive down; from then on it counts in every rehearsal.

    row: code, name, kind; fraction or amount; currency, threshold, cap; channel, site, region, customer_group,
    price_list (codes), category (path), sku; valid_from, valid_until; platform_fraction, supplier_fraction;
    stacking_group, is_exclusive. Money is in `currency`.
    Raises Faults 422 with every fault: required, unknown_kind, unknown_currency, amount_or_fraction, out_of_range,
    unknown_<scope>, invalid_window, subsidy_plain and those of amounts and times; 409 code_taken; 403 not_allowed.
    Locks: incentives, one writer at a time. Records: incentive.created. Allowed: price_lists.edit.
    """
    access.require_right(actor, "price_lists.edit")
    values = _checked(row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if Incentive.objects.filter(code=values["code"]).exists():
        raise refuse("code_taken", "An incentive of this code exists.", status=409, pointer="/code")
    made = Incentive.objects.create(**values, created_by_name=actor.name)
    found = incentives().get(pk=made.pk)
    record(
        actor=actor, kind="incentive.created", subject=f"incentive:{found.code}", after=incentive_row(found)
    )
    return found


@transaction.atomic
def stop_incentive(*, actor: Actor, code: str, comment: str) -> Incentive:
    """End it now, or before it begins; prices to come are rehearsed without it.

    Raises Faults 422 `reason_required`; 409 `ended`; 403 `not_allowed`; Http404.
    Locks: the incentive. Records: incentive.stopped. Allowed: promotions.stop.
    """
    access.require_right(actor, "promotions.stop")
    if not comment.strip():
        raise refuse("reason_required", NO_REASON, pointer="/comment")
    found = Incentive.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise Http404(code)
    now = clock.now()
    if found.stopped_at is not None or (found.valid_until is not None and found.valid_until <= now):
        raise refuse("ended", ENDED, status=409)
    before = {"valid_until": found.valid_until.isoformat() if found.valid_until else None}
    Incentive.objects.filter(pk=found.pk).update(stopped_at=Now(), stopped_by_name=actor.name)
    record(
        actor=actor,
        kind="incentive.stopped",
        subject=f"incentive:{code}",
        reason=comment.strip()[:4000],
        before=before,
        after={"stopped_by": actor.name},
    )
    return incentives().get(pk=found.pk)


def _checked(row: Mapping[str, Any]) -> dict[str, Any]:
    faults: list[Fault] = []
    values: dict[str, Any] = {
        name: _text(row, name, most, faults)
        for name, most in (("code", 32), ("name", 150), ("stacking_group", 32))
    }
    values |= {"kind": str(row.get("kind") or ""), "is_exclusive": row.get("is_exclusive") is True}
    if values["kind"] not in Incentive.Kind.values:
        faults.append(Fault("/kind", "unknown_kind", f"One of {', '.join(Incentive.Kind.values)}."))
    values |= _sums(row, faults)
    row = {**row, "product": row.get("sku")}
    values |= {name: _one(model.objects.all(), row, name, key, faults) for name, model, key in SCOPES}  # type: ignore[attr-defined]
    values |= _window(row, faults)
    if values["kind"] in Incentive.SUBSIDIES and (values["is_exclusive"] or values["threshold"] is not None):
        faults.append(
            Fault("/kind", "subsidy_plain", "A subsidy has no threshold and stands with everything.")
        )
    if faults:
        raise Faults(faults)
    return values


def _text(row: Mapping[str, Any], name: str, most: int, faults: list[Fault]) -> str:
    text = str(row.get(name) or "").strip()
    if "\x00" in text or len(text) > most or (not text and name != "stacking_group"):
        faults.append(Fault(f"/{name}", "required", f"{name} is needed, at most {most} characters."))
    return text


def _sums(row: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """Fractions, and money with its currency."""
    currency = str(row.get("currency") or "").strip()
    given = {name for name in MONEY if row.get(name) not in (None, "")}
    if (given or currency) and currency not in CURRENCIES:
        faults.append(Fault("/currency", "unknown_currency", "Money needs a currency: no such currency."))
        given = set()
    values: dict[str, Any] = {"currency": currency}
    for name in MONEY:
        values[name] = _number(row, name, currency, faults) if name in given else None
    for name in ("fraction", "platform_fraction", "supplier_fraction"):
        given_one = row.get(name) not in (None, "")
        values[name] = (
            _number(row, name, "", faults) if given_one else None if name == "fraction" else Decimal(0)
        )
    if ("amount" in given) == (row.get("fraction") not in (None, "")):
        faults.append(Fault("/amount", "amount_or_fraction", "Give an amount or a fraction."))
    shares = [values["platform_fraction"], values["supplier_fraction"]]
    if None not in shares and sum(shares) > 1:
        faults.append(
            Fault("/supplier_fraction", "out_of_range", "The shares of others are at most the whole.")
        )
    return values


def _number(row: Mapping[str, Any], name: str, currency: str, faults: list[Fault]) -> Decimal | None:
    """Money above zero, or a fraction up to 1 with five decimals (above zero unless it is a share)."""
    try:
        found = read_amount(row[name], currency) if currency else read_decimal(row[name])
    except Wrong as wrong:
        faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
        return None
    is_share = name.startswith(("platform", "supplier"))
    is_fine = (
        not currency and found == round(found, 5) and (0 if is_share else Decimal("0.00001")) <= found <= 1
    )
    if not (is_fine or (currency and found > 0)):
        faults.append(
            Fault(
                f"/{name}", "out_of_range", f"{name} lies above 0; a fraction goes up to 1 with 5 decimals."
            )
        )
        return None
    return found


def _one(
    among: QuerySet[Any], row: Mapping[str, Any], name: str, key: str, faults: list[Fault]
) -> Model | None:
    text = str(row.get(name) or "").strip().replace("\x00", "")
    found: Model | None = among.filter(**{key: text}).first() if text else None
    if text and found is None:
        given = "sku" if name == "product" else name
        faults.append(Fault(f"/{given}", f"unknown_{given}", f"There is no {name} “{text[:40]}”."))
    return found


def _window(row: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    values: dict[str, Any] = {"valid_from": None, "valid_until": None}
    for name in values:
        if row.get(name) in (None, ""):
            if name == "valid_from":
                values[name] = clock.now()
            continue
        try:
            values[name] = read_instant(row[name])
        except Wrong as wrong:
            faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
    begins, ends = values["valid_from"], values["valid_until"]
    if begins and ends and ends <= begins:
        faults.append(Fault("/valid_until", "invalid_window", "The end lies after the start."))
    return values
