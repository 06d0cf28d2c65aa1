"""/stock/lots/: what expires where, one lot with who had it, recalls and their release."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all, visible_sites
from inventory.actions.lot_edits import correct_lot, set_lot_rules
from inventory.actions.recalls import ask_release, decide_release, start_recall
from inventory.lots_serializers import read_lots_asked, rules_from
from inventory.models import Lot, Recall
from inventory.queries import lots as queries
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
WITHIN = (3, 7, 14, 30, 90)


def _given(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "").replace("\x00", "").strip() for name in names}


class _Rows:
    """A list that reads only the page it is asked for."""

    ordered = True

    def __init__(self, asked: queries.LotsAsked, total: int) -> None:
        self.asked, self.total, self.now = asked, total, clock.now()

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        start = part.start or 0
        return queries.watched_lots(
            self.asked, self.now, offset=start, limit=(part.stop or PAGE_SIZE) - start
        )


@permission_required("stock.view")
@require_GET
def lots(request: HttpRequest) -> HttpResponse:
    """Lots with stock, the first to expire first, filtered by the server."""
    actor = actor_of(request)
    given = _given(request, "state", "site", "sku", "lot", "within", "words")
    try:
        asked = read_lots_asked(given, visible_site_ids_or_all(actor))
    except Faults:
        return redirect("stock-lots")
    counts = queries.lot_counts(asked, clock.now())
    paginator: Paginator[Any] = Paginator(_Rows(asked, counts[asked.state or "all"]), PAGE_SIZE)  # type: ignore[arg-type]
    context = {
        "page_obj": paginator.get_page(request.GET.get("page")),
        "asked": asked,
        "counts": counts,
        "filters": _filters(actor, asked),
        "may_recall": actor.may("lots.recall"),
        "may_edit": actor.may("lots.edit"),
        "may_write_off": actor.may("write_offs.request"),
        "may_price": actor.may("prices.edit"),
    }
    return render(request, "inventory/lots.html", context)


def _filters(actor: Actor, asked: queries.LotsAsked) -> list[dict[str, Any]]:
    sites = [(site.code, site.name) for site in visible_sites(actor).order_by("name")]
    states = [
        ("expired", _("Expired")),
        ("soon", _("Expires soon")),
        ("blocked", _("Set aside")),
        ("recalled", _("Recalled")),
    ]
    days = [(str(number), _("%(count)s days") % {"count": number}) for number in WITHIN]
    return [
        {"label": _("Site"), "name": "site", "value": asked.site, "options": sites},
        {"label": _("State"), "name": "state", "value": asked.state, "options": states},
        {"label": _("Soon is within"), "name": "within", "value": str(asked.within), "options": days},
    ]


def _lot(lot_id: int) -> Lot:
    found = queries.lot_by_id(lot_id)
    if found is None:
        raise Http404
    return found


@permission_required("stock.view")
@require_GET
def lot(request: HttpRequest, lot_id: int) -> HttpResponse:
    """One lot: where it is, who had it, what was noticed; recalling it and giving it free."""
    actor = actor_of(request)
    found = _lot(lot_id)
    sites = visible_site_ids_or_all(actor)
    where = queries.where_it_is(found, sites)
    totals = {name: sum(row[name] for row in where) for name in ("available", "aside", "sold", "assumed")}
    context = {
        "lot": found,
        "where": where,
        "totals": totals,
        "sold": queries.sold_to(found, sites),
        "findings": queries.findings_of(found, sites)[:50],
        "may_edit": actor.may("lots.edit"),
        "receipt_percent": _percent(found.product.receipt_life_fraction),
        "sale_percent": _percent(found.product.sale_life_fraction),
        **_recall_context(actor, found),
    }
    return render(request, "inventory/lot.html", context)


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{(share * 100).normalize():f}"


def _recall_context(actor: Actor, found: Lot) -> dict[str, Any]:
    """The lot's latest recall and what this person can do about it."""
    recall = queries.recalls({"sku": found.product.sku}).filter(lot=found).first()
    state = recall.state if recall is not None else Recall.State.RELEASED
    may_recall = actor.may("lots.recall")
    return {
        "recall": recall,
        "is_open": state != Recall.State.RELEASED,
        "may_recall": state == Recall.State.RELEASED and may_recall,
        "may_ask": state == Recall.State.OPEN and may_recall,
        "may_decide": _may_decide(actor, recall),
    }


def _may_decide(actor: Actor, recall: Recall | None) -> bool:
    is_pending = recall is not None and recall.state == Recall.State.PENDING
    return is_pending and recall is not None and actor.may("lots.release") and recall.asked_by_id != actor.id


@permission_required("stock.view")
@require_GET
def recalls(request: HttpRequest) -> HttpResponse:
    """Recalls, newest first."""
    asked = _given(request, "state", "sku")
    page = Paginator(queries.recalls(asked), PAGE_SIZE).get_page(request.GET.get("page"))
    states = [(str(code), str(label)) for code, label in Recall.State.choices]
    filters = [{"label": _("State"), "name": "state", "value": asked["state"], "options": states}]
    context = {"page_obj": page, "filters": filters, "may_recall": actor_of(request).may("lots.recall")}
    return render(request, "inventory/recalls.html", context)


@permission_required("stock.view")
@require_GET
def recall(request: HttpRequest, recall_id: int) -> HttpResponse:
    """The page of the recall's lot."""
    found = queries.recall_by_id(recall_id)
    if found is None:
        raise Http404
    return redirect("stock-lot", found.lot_id)


def _do(request: HttpRequest, work: Callable[[], Any], done: str) -> Any:
    """Do it and say so, or say why not; None when it was refused."""
    try:
        made = work()
    except Faults as refused:
        messages.error(request, "; ".join(str(fault.detail) for fault in refused.faults))
        return None
    messages.success(request, done)
    return made


def _text(request: HttpRequest, name: str, most: int = 500) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()[:most]


@permission_required("lots.recall")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Recall a lot everywhere."""
    asked = {name: _text(request, name) for name in ("sku", "lot", "reason")}
    done = _("The lot is blocked at every site; what arrives of it is blocked too.")
    made = _do(request, partial(start_recall, actor=actor_of(request), **asked), done)
    return redirect("stock-lots") if made is None else redirect("stock-lot", made.lot_id)


@permission_required("lots.recall")
@require_POST
def ask(request: HttpRequest, recall_id: int) -> HttpResponse:
    """Ask for the release of a recalled lot."""
    work = partial(ask_release, actor=actor_of(request), recall_id=recall_id, reason=_text(request, "reason"))
    _do(request, work, _("Somebody else decides whether the lot is given free."))
    return redirect("stock-recall", recall_id)


@permission_required("lots.release")
@require_POST
def decide(request: HttpRequest, recall_id: int) -> HttpResponse:
    """Give a recalled lot free or keep it blocked."""
    approve = request.POST.get("decision") == "release"
    done = _("The lot is given free.") if approve else _("The lot stays blocked.")
    comment = _text(request, "comment")
    work = partial(
        decide_release, actor=actor_of(request), recall_id=recall_id, approve=approve, comment=comment
    )
    _do(request, work, done)
    return redirect("stock-recall", recall_id)


@permission_required("lots.edit")
@require_POST
def rules(request: HttpRequest) -> HttpResponse:
    """Say how a product's lots are kept."""
    sku = _text(request, "sku", 64)
    back = _text(request, "back", 20)
    try:
        asked = rules_from(request.POST)
    except Faults:
        messages.error(request, _("A number is missing or wrong."))
    else:
        work = partial(set_lot_rules, actor=actor_of(request), sku=sku, rules=asked)
        _do(request, work, _("The rules are kept."))
    return redirect("stock-lot", int(back)) if back.isdecimal() else redirect("stock-lots")


@permission_required("lots.edit")
@require_POST
def correct(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Correct a lot's dates, with a reason."""
    try:
        days = {
            name: date.fromisoformat(_text(request, name)) if _text(request, name) else None
            for name in ("expires_on", "produced_on")
        }
    except ValueError:
        messages.error(request, _("A day is written 2026-12-31."))
        return redirect("stock-lot", lot_id)
    work = partial(
        correct_lot, actor=actor_of(request), lot_id=lot_id, reason=_text(request, "reason"), **days
    )
    _do(request, work, _("The lot's dates are corrected."))
    return redirect("stock-lot", lot_id)
