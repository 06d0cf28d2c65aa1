"""Print runs of shelf labels: made by hand or by the slot of a site, confirmed by scanning what hangs on the shelf."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_noop

from audit.actions import record
from catalog.access import access_site, visible_sites
from catalog.models import Site
from lib import clock
from lib.actors import Actor
from lib.barcodes import as_ean13
from lib.faults import refuse
from pricing.access import require_right
from pricing.models import LabelLine, LabelRun
from pricing.queries.labels import LabelChange, derived_moments, label_changes, moments

FARTHEST = timedelta(days=400)
#: A slot makes up for what moved so long before it.
LOOKED_BACK = timedelta(days=2)
#: At most so many moments are prepared by one slot.
MOST_MOMENTS = 200
TOO_FAR = gettext_noop("Labels are printed for a moment within 400 days.")
NOTHING_CHANGES = gettext_noop("No shelf price of this site changes at that moment.")
NOT_IN_RUN = gettext_noop("No label of this run has this code.")
#: The fields of a line that are printed.
PRINTED = (
    "barcode", "currency", "old_amount", "amount", "unit_price", "unit_price_unit", "reference_amount", "is_recommended",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What making a run did: labels added, those printed anew with another price, those no longer needed."""

    run: LabelRun
    is_new: bool
    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class Scanned:
    """A scanned label; is_new is False when somebody had confirmed it before."""

    line: LabelLine
    is_new: bool


@transaction.atomic
def make_run(*, actor: Actor, site_code: str, effective_at: datetime) -> Made:
    """The labels of a site for a moment; made again, the same run is brought up to what is known now.

    A label whose figures changed since has to be confirmed again; one whose price does not change any more goes.
    Raises Faults 403 `not_allowed`; 409 `nothing_changes` where there is neither a run nor a label; 422 `too_far`;
    422 `unknown_site` (also out of scope). Locks: the run. Records: labels.prepared, when anything is new.
    Allowed: labels.print.
    """
    require_right(actor, "labels.print")
    if abs(effective_at - clock.now()) > FARTHEST:
        raise refuse("too_far", TOO_FAR, pointer="/effective_at")
    try:
        site = access_site(actor, site_code)
    except Http404 as unknown:
        raise refuse("unknown_site", f"There is no site “{site_code[:40]}”.", pointer="/site") from unknown
    run, is_new = LabelRun.objects.get_or_create(
        site=site, effective_at=effective_at.astimezone(UTC), defaults={"created_by_name": actor.name}
    )
    LabelRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    made = _bring_up(run, is_new, label_changes(site, effective_at, actor))
    if is_new and not made.added:
        raise refuse("nothing_changes", NOTHING_CHANGES, pointer="/effective_at", status=409)
    if is_new or made.added or made.changed or made.removed:
        record(
            actor=actor,
            kind="labels.prepared",
            subject=f"label_run:{run.pk}",
            after={
                "site": site.code, "effective_at": run.effective_at.isoformat(), "added": made.added,
                "changed": made.changed, "removed": made.removed,
            },
            site_ids=(site.pk,),
        )  # fmt: skip
    return made


def _bring_up(run: LabelRun, is_new: bool, changes: list[LabelChange]) -> Made:
    """Make the run's lines those of `changes`; ≤ 4 queries."""
    standing = {line.product_id: line for line in run.lines.all()}
    added, changed = [], []
    for change in changes:
        line = standing.pop(change.product_id, None)
        figures = _printed(change)
        if line is None:
            added.append(LabelLine(run=run, product_id=change.product_id, **figures))
        elif any(getattr(line, name) != value for name, value in figures.items()):
            for name, value in figures.items():
                setattr(line, name, value)
            line.confirmed_at, line.confirmed_by_id, line.confirmed_by_name = None, None, ""
            changed.append(line)
    LabelLine.objects.bulk_create(added, batch_size=2000)
    fields = [*PRINTED, "confirmed_at", "confirmed_by", "confirmed_by_name"]
    LabelLine.objects.bulk_update(changed, fields, batch_size=500)
    if standing:
        LabelLine.objects.filter(pk__in=[line.pk for line in standing.values()]).delete()
    return Made(run, is_new, len(added), len(changed), len(standing))


def _printed(change: LabelChange) -> dict[str, Any]:
    quote = change.new
    return {
        "barcode": change.barcode,
        "currency": quote.currency or change.currency,
        "old_amount": change.old,
        "amount": quote.amount,
        "unit_price": quote.unit_price,
        "unit_price_unit": quote.unit_price_unit,
        "reference_amount": quote.reference_amount,
        "is_recommended": quote.is_recommended,
    }


def prepare_site(*, actor: Actor, site_code: str, slot: datetime) -> dict[str, Any]:
    """The runs of a site from the slot to the end of the next local day, one per moment at which a price changes.

    Lists that derived anew or took another rate since the day before are made up for: nobody knew of it then.

    Each run is a transaction of its own, and a slot that runs twice finds its runs. Records: as make_run.
    Allowed: the slot.
    """
    site = Site.objects.get(code=site_code)
    if site.kind == Site.Kind.WAREHOUSE:
        return {"runs": 0, "labels": 0}
    found = [
        *derived_moments(site, slot - LOOKED_BACK, slot),
        *(one.at for one in moments(site, slot, end_of_next_day(slot, site.timezone))),
    ]
    made = [run for at in found[:MOST_MOMENTS] if (run := _made_or_none(actor, site, at))]
    return {
        "runs": sum(one.is_new for one in made),
        "labels": sum(one.added + one.changed for one in made),
        "moments_left": max(len(found) - MOST_MOMENTS, 0),
    }


def _made_or_none(actor: Actor, site: Site, at: datetime) -> Made | None:
    if (
        not label_changes(site, at, actor)
        and not LabelRun.objects.filter(site=site, effective_at=at).exists()
    ):
        return None
    return make_run(actor=actor, site_code=site.code, effective_at=at)


def end_of_next_day(slot: datetime, timezone: str) -> datetime:
    """The instant at which the day after the slot's local day ends in `timezone`."""
    zone = ZoneInfo(timezone)
    after = slot.astimezone(zone).date() + timedelta(days=2)
    return datetime.combine(after, time.min, zone).astimezone(UTC) - timedelta(microseconds=1)


def access_run(actor: Actor, run_id: int) -> LabelRun:
    """The run with its site. Raises Http404: unknown, or its site out of scope. ≤ 3 queries."""
    found = LabelRun.objects.select_related("site").filter(pk=run_id, site__in=visible_sites(actor)).first()
    if found is None:
        raise Http404(run_id)
    return found


@transaction.atomic
def confirm_label(*, actor: Actor, run_id: int, code: str) -> Scanned:
    """The label with this barcode or SKU hangs on the shelf (or, without a price, is taken off). Twice is once.

    Raises Faults 403 `not_allowed`; 422 `not_in_run`; Http404 out of scope. Locks: the line.
    Records: label.confirmed, once. Allowed: labels.confirm.
    """
    require_right(actor, "labels.confirm")
    run = access_run(actor, run_id)
    line = _line_of(run, code.strip().replace("\x00", ""))
    if line is None:
        raise refuse("not_in_run", NOT_IN_RUN, pointer="/code")
    if line.confirmed_at is not None:
        return Scanned(line, is_new=False)
    line.confirmed_at = clock.now()
    line.confirmed_by_id = actor.id if actor.kind == "user" else None
    line.confirmed_by_name = actor.name
    line.save(update_fields=["confirmed_at", "confirmed_by", "confirmed_by_name"])
    _tell("label.confirmed", line, run, actor)
    return Scanned(line, is_new=True)


def _line_of(run: LabelRun, code: str) -> LabelLine | None:
    """By SKU first, then by barcode, as scanned or as the EAN-13 it stands for."""
    lines = (
        LabelLine.objects.select_for_update(of=("self",), no_key=True)
        .select_related("product")
        .filter(run=run)
    )
    wanted = as_ean13(code)
    return (
        lines.filter(product__sku=code).first()
        or (lines.filter(barcode=code).first() if code else None)
        or (
            lines.filter(barcode__in=[wanted, wanted.lstrip("0").zfill(12), f"0{wanted}"]).first()
            if wanted
            else None
        )
    )


@transaction.atomic
def reprint_label(*, actor: Actor, run_id: int, line_id: int) -> LabelLine:
    """One label is printed again (lost, torn): it has to be confirmed anew.

    Raises Faults 403 `not_allowed`; Http404. Locks: the line. Records: label.reprinted. Allowed: labels.print.
    """
    require_right(actor, "labels.print")
    run = access_run(actor, run_id)
    line = LabelLine.objects.select_for_update(no_key=True).filter(pk=line_id, run=run).first()
    if line is None:
        raise Http404(line_id)
    line.confirmed_at, line.confirmed_by_id, line.confirmed_by_name = None, None, ""
    line.save(update_fields=["confirmed_at", "confirmed_by", "confirmed_by_name"])
    _tell("label.reprinted", line, run, actor)
    return line


@transaction.atomic
def reprint_code(*, actor: Actor, run_id: int, code: str) -> LabelLine:
    """`reprint_label` for the product of a SKU or a barcode. Raises Faults 422 `not_in_run` too."""
    require_right(actor, "labels.print")
    line = _line_of(access_run(actor, run_id), code.strip().replace("\x00", ""))
    if line is None:
        raise refuse("not_in_run", NOT_IN_RUN, pointer="/code")
    return reprint_label(actor=actor, run_id=run_id, line_id=line.pk)


def _tell(kind: str, line: LabelLine, run: LabelRun, actor: Actor) -> None:
    record(
        actor=actor,
        kind=kind,
        subject=f"label_run:{run.pk}",
        after={"sku": line.product.sku, "site": run.site.code},
        site_ids=(run.site_id,),
    )
