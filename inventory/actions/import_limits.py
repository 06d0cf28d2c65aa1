"""What may be imported into a country: kept as data with its source, and held against each declaration."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from audit.actions import record
from catalog.models import Category
from inventory.actions.costs import Rates
from inventory.actions.movements import check_right
from inventory.models import CustomsConsignment, CustomsLine, ImportLimit
from inventory.queries.customs import declared_under, import_limits, is_limited, limit_body
from inventory.queries.documents import plain
from inventory.rules.customs import ZERO, bare_hs, is_country, is_hs_prefix, period_of
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.money import round_money

Kind = ImportLimit.Kind


@dataclass(frozen=True)
class LimitDraft:
    """A limit for an HS code's beginning or a category's path. amount: None where it is forbidden."""

    country: str
    kind: str
    source: str
    valid_from: date
    hs_prefix: str = ""
    category: str = ""
    amount: Decimal | None = None
    currency: str = ""
    period: str = "consignment"
    valid_to: date | None = None


@transaction.atomic
def add_import_limit(*, actor: Actor, draft: LimitDraft) -> ImportLimit:
    """Keep a limit; declarations from now on are held against it.

    Raises Faults 403; 422 with every fault: `invalid_country`, `invalid_kind`, `invalid_period`, `invalid_hs_code`,
    `unknown_category`, `one_scope`, `invalid_amount`, `invalid_currency`, `source_required`, `invalid_dates`.
    Locks: nothing. Records: import_limit.added. Allowed: import_limits.manage.
    """
    check_right(actor, "import_limits.manage")
    category = Category.objects.filter(path=draft.category).first() if draft.category else None
    faults = [*_scope_faults(draft, category), *_amount_faults(draft)]
    if not draft.source.strip() or len(draft.source) > 300:
        faults.append(Fault("/source", "source_required", "Say where the limit is written."))
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        faults.append(Fault("/valid_to", "invalid_dates", "It ends on the day it begins or later."))
    if faults:
        raise Faults(faults)
    made = ImportLimit.objects.create(
        country=draft.country,
        hs_prefix=bare_hs(draft.hs_prefix),
        category=category,
        kind=draft.kind,
        amount=draft.amount,
        currency=draft.currency,
        period=draft.period,
        source=draft.source.strip(),
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        made_by_name=actor.name,
    )
    record(actor=actor, kind="import_limit.added", subject=f"import_limit:{made.pk}", after=limit_body(made))
    return made


def _scope_faults(draft: LimitDraft, category: Category | None) -> list[Fault]:
    faults = []
    if not is_country(draft.country):
        faults.append(Fault("/country", "invalid_country", "A country is two letters."))
    if draft.period not in ImportLimit.Period.values:
        detail = f"The periods are {', '.join(ImportLimit.Period.values)}."
        faults.append(Fault("/period", "invalid_period", detail))
    if bool(draft.hs_prefix) == bool(draft.category):
        faults.append(Fault("/hs_prefix", "one_scope", "A limit is for an HS code or for a category."))
    elif draft.hs_prefix and not is_hs_prefix(bare_hs(draft.hs_prefix)):
        faults.append(
            Fault("/hs_prefix", "invalid_hs_code", "The beginning of an HS code has 2 to 10 digits.")
        )
    elif draft.category and category is None:
        detail = f"There is no category {draft.category[:60]!r}."
        faults.append(Fault("/category", "unknown_category", detail))
    return faults


def _amount_faults(draft: LimitDraft) -> list[Fault]:
    faults = []
    amount = draft.amount
    is_forbidden = draft.kind == Kind.FORBIDDEN
    if draft.kind not in Kind.values:
        faults.append(Fault("/kind", "invalid_kind", f"The kinds are {', '.join(Kind.values)}."))
    elif is_forbidden != (amount is None):
        faults.append(
            Fault("/amount", "invalid_amount", "What is forbidden has no amount, every other limit has one.")
        )
    elif amount is not None and (
        not amount.is_finite() or not ZERO < amount < Decimal(10) ** 14 or amount != round(amount, 6)
    ):
        faults.append(Fault("/amount", "invalid_amount", "An amount is above zero."))
    letters = draft.currency
    is_money = len(letters) == 3 and letters.isascii() and letters.isalpha() and letters.isupper()
    if is_money if draft.kind != Kind.VALUE else not is_money:
        faults.append(Fault("/currency", "invalid_currency", "A value has a currency, nothing else has one."))
    return faults


@transaction.atomic
def end_import_limit(*, actor: Actor, limit_id: int, last_day: date) -> ImportLimit:
    """Let a limit end; its days so far stay as they were.

    Raises Faults 403; 404 `unknown_limit`; 422 `invalid_dates`.
    Locks: the limit. Records: import_limit.ended. Allowed: import_limits.manage.
    """
    check_right(actor, "import_limits.manage")
    found = ImportLimit.objects.select_for_update(of=("self",)).filter(pk=limit_id).first()
    if found is None:
        raise refuse("unknown_limit", "There is no such limit.", status=404)
    if last_day < found.valid_from or (found.valid_to is not None and last_day > found.valid_to):
        detail = "It ends on the day it began or later, and no later than it would."
        raise refuse("invalid_dates", detail, pointer="/valid_to")
    before = {"valid_to": found.valid_to.isoformat() if found.valid_to else None}
    ImportLimit.objects.filter(pk=found.pk).update(valid_to=last_day)
    record(
        actor=actor,
        kind="import_limit.ended",
        subject=f"import_limit:{found.pk}",
        before=before,
        after={"valid_to": last_day.isoformat()},
    )
    return import_limits().get(pk=found.pk)


def import_limit_faults(found: CustomsConsignment, today: date) -> list[Fault]:
    """`import_limit` for each limit that declaring `found` today would go beyond, naming figure and limit.

    Locks: declarations into the country, so that two do not share what only one has room for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"customs:{found.site.country}"])
    lines = list(
        CustomsLine.objects.filter(consignment=found).select_related("product__category").order_by("number")
    )
    rates = Rates()
    faults = []
    for limit in import_limits(found.site.country, today).order_by("pk"):
        touched = [line for line in lines if is_limited(limit, line)]
        if touched and (detail := _beyond(limit, found, touched, today, rates)):
            faults.append(Fault(f"/lines/{touched[0].number}", "import_limit", detail))
    return faults


def _beyond(
    limit: ImportLimit, found: CustomsConsignment, lines: list[CustomsLine], today: date, rates: Rates
) -> str:
    """Why the lines go beyond the limit, or ""."""
    what = limit.hs_prefix or (limit.category.path if limit.category else "")
    if limit.kind == Kind.FORBIDDEN:
        skus = ", ".join(line.product.sku for line in lines[:10])
        return f"{skus}: {what} may not be imported into {limit.country} ({limit.source})."
    rows = [(found.currency, sum((x.declared for x in lines), ZERO), sum((x.value for x in lines), ZERO))]
    if limit.period != ImportLimit.Period.CONSIGNMENT:
        rows += declared_under(limit, *period_of(today, limit.period), but=found.pk)
    if limit.kind == Kind.QUANTITY:
        total = sum((units for _currency, units, _value in rows), ZERO)
    else:
        total = ZERO
        for currency, _units, value in rows:
            rate = Decimal(1) if currency == limit.currency else rates(currency, limit.currency, today)
            total += value * rate
        total = round_money(total, limit.currency)
    assert limit.amount is not None
    if total <= limit.amount:
        return ""
    unit = f" {limit.currency}" if limit.currency else ""
    return (
        f"{plain(total)}{unit} of {what} into {limit.country} for {limit.period};"
        f" the limit is {plain(limit.amount)}{unit} ({limit.source})."
    )
