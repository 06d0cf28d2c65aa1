"""What the pages of shelf labels show."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.access import visible_site_ids_or_all
from catalog.models import Site
from lib import clock
from lib.actors import Actor
from lib.barcodes import as_ean13, ean13_bars
from pricing.forms import whole_number
from pricing.models import LabelLine, LabelRun
from pricing.queries.labels import label_runs, moments, open_labels, run_lines, runs_at
from pricing.queries.why import sites_to_choose
from web import times

PAGE = 50
LINES = 200
#: At most so many labels are drawn on one print page.
MOST_PRINTED = 2000
BACK, AHEAD = timedelta(days=2), timedelta(days=14)
MOMENTS = 12


@dataclass(frozen=True)
class Printed:
    """A label as it is drawn: bars are (start, width) in modules, empty without an EAN-13."""

    line: LabelLine
    ean: str
    bars: list[tuple[int, int]]
    is_reduced: bool


def runs_context(asked: Any, actor: Actor) -> dict[str, Any]:
    """Everything templates/pricing/labels.html reads."""
    sites = sites_to_choose(actor)
    site = next((one for one in sites if one.code == asked.get("site", "")), None)
    visible = visible_site_ids_or_all(actor)
    view = "open" if asked.get("view") == "open" else ""
    waiting = open_labels(clock.now(), visible)
    waiting = waiting.filter(run__site=site) if site else waiting
    runs = label_runs(visible, site.code if site else "")
    shown = Paginator(waiting if view else runs, PAGE).get_page(whole_number(asked.get("page"), 1))
    may_print = actor.may("labels.print")
    return {
        "page_obj": shown,
        "view": view,
        "tabs": [("", _("Print runs"), runs.count()), ("open", _("Open labels"), waiting.count())],
        "moments": _moments(site) if site and may_print else [],
        "site": site,
        "may_print": may_print,
        "may_confirm": actor.may("labels.confirm"),
        "now": clock.now(),
        "filters": [
            {
                "label": _("Site"), "name": "site", "icon": "building-store", "value": site.code if site else "",
                "options": [(one.code, one.name) for one in sites],
            }
        ],
    }  # fmt: skip


def _moments(site: Site) -> list[dict[str, Any]]:
    """The moments around now at which prices of the site change, with the run where there is one."""
    now = clock.now()
    found = moments(site, now - BACK, now + AHEAD)
    made = runs_at(site.pk, [one.at for one in found])
    ahead = [one for one in found if one.at > now][:MOMENTS]
    past = [one for one in found if one.at <= now][-MOMENTS:]
    return [{"one": one, "run": made.get(one.at), "is_past": one.at <= now} for one in past + ahead]


def run_context(run: LabelRun, asked: Any, actor: Actor) -> dict[str, Any]:
    """Everything templates/pricing/label_run.html reads."""
    told = label_runs(None).get(pk=run.pk)
    lines = run_lines(run.pk)
    if asked.get("state") == "open":
        lines = lines.filter(confirmed_at__isnull=True)
    return {
        "run": told,
        "done": told.labels - told.open,  # type: ignore[attr-defined]
        "is_late": bool(told.open) and told.effective_at <= clock.now(),  # type: ignore[attr-defined]
        "page_obj": Paginator(lines, LINES).get_page(whole_number(asked.get("page"), 1)),
        "state": "open" if asked.get("state") == "open" else "",
        "may_print": actor.may("labels.print"),
        "may_confirm": actor.may("labels.confirm"),
    }


def sheet_context(run: LabelRun, asked: Any) -> dict[str, Any]:
    """Everything templates/pricing/label_sheet.html reads: the labels to hang up, or the one of ?line=."""
    lines = run_lines(run.pk).filter(amount__isnull=False)
    one = whole_number(asked.get("line"), 0)
    if one:
        lines = lines.filter(pk=one)
    total = lines.count()
    day = run.effective_at.astimezone(ZoneInfo(run.site.timezone)).date()
    return {
        "run": run,
        "labels": [_printed(line) for line in lines[:MOST_PRINTED]],
        "left": max(total - MOST_PRINTED, 0),
        "day": times.date_text(day, "date"),
        "back": reverse("label-run", args=[run.pk]),
    }


def _printed(line: LabelLine) -> Printed:
    ean = as_ean13(line.barcode)
    reduced = (
        line.reference_amount is not None and line.amount is not None and line.amount < line.reference_amount
    )
    return Printed(line, ean, ean13_bars(ean) if ean else [], reduced)


def scan_context(run: LabelRun, asked: Any) -> dict[str, Any]:
    """Everything templates/pricing/label_scan.html reads; ?done= names the label just scanned, ?again=1 one scanned before."""
    told = label_runs(None).get(pk=run.pk)
    pk = whole_number(asked.get("done"), 0)
    return {
        "run": told,
        "done": told.labels - told.open,  # type: ignore[attr-defined]
        "scanned": run_lines(run.pk).filter(pk=pk).first() if pk else None,
        "again": asked.get("again") == "1",
        "unknown": asked.get("unknown", "")[:64],
        "open_lines": run_lines(run.pk).filter(confirmed_at__isnull=True)[:20],
    }
