"""/stock/movements/new/: entry of a movement line by line, by scanner, camera or keyboard."""

import json
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog.access import access_site, visible_sites
from catalog.models import Site
from inventory.actions.movements import post_movement
from inventory.forms import form_rows, movement_from
from inventory.models import StockState
from inventory.queries.entry_lines import entry_line
from inventory.rules.locations import KINDS, VIRTUAL_IDS
from inventory.views.texts import kind_word, place_word
from lib.faults import Faults
from web.gates import actor_of, permission_required

#: A change of state is a transfer from a site to itself.
STATE_CHANGE = "state"
ENTRY_KINDS = ("receipt", "issue", "transfer", "adjustment", "scrap", STATE_CHANGE, "sale", "return")


@permission_required("stock.post")
@require_http_methods(["GET", "POST"])
def new_movement(request: HttpRequest) -> HttpResponse:
    """The entry page. With scripts it posts over REST under a key of its own; without, this form; both keep what is typed."""
    faults, status = [], 200
    if request.method == "POST":
        try:
            made = post_movement(actor=actor_of(request), draft=movement_from(request.POST))
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            words = _("Waits for approval.") if made.state == "pending" else _("Posted.")
            messages.success(request, f"{made.reference}: {words}")
            return redirect("stock-movement", made.pk)
    return render(request, "inventory/new_movement.html", _context(request, faults), status=status)


def _context(request: HttpRequest, faults: list[Any]) -> dict[str, Any]:
    typed = request.POST if request.method == "POST" else request.GET
    sites = list(visible_sites(actor_of(request)).order_by("name"))
    return {
        "typed": typed,
        "rows": form_rows(typed),
        "faults": faults,
        "kinds": [(kind, kind_word(kind)) for kind in KINDS],
        "entry_kinds": [(kind, _entry_word(kind)) for kind in ENTRY_KINDS],
        "states": [(str(value), str(label)) for value, label in StockState.choices],
        "sites": sites,
        "home": home_site(request, sites),
        "places": [(code, place_word(code)) for code in VIRTUAL_IDS if code != "production"],
        "key": uuid.uuid4(),
        "words": json.dumps(_words()),
    }


def _entry_word(kind: str) -> str:
    return _("Change of state") if kind == STATE_CHANGE else kind_word(kind)


def home_site(request: HttpRequest, sites: list[Site]) -> str:
    """The site one works at: asked for, else chosen in the frame, else the first."""
    asked = request.GET.get("site", "") or request.GET.get("from", "")
    chosen = request.chosen_site_ids()  # type: ignore[attr-defined]
    fitting = [site.code for site in sites if site.code == asked]
    fitting += [site.code for site in sites if chosen is not None and site.pk in chosen]
    return (fitting or [site.code for site in sites] or [""])[0]


def _words() -> dict[str, str]:
    """The sentences that the page's script shows."""
    return {
        "unknown": _("No product has the code {code}."),
        "added": _("{name}: {quantity}"),
        "recalled": _("This lot is recalled."),
        "expired": _("This lot is past its date."),
        "short": _("Not enough: {available} there"),
        "posted": _("Posted."),
        "pending": _("Waits for approval."),
        "refused": _("Nothing was posted."),
        "kept": _("What you typed is kept."),
        "offline": _("No connection. Post again when it is back: the same movement is never posted twice."),
        "restored": _("These lines were not posted yet."),
        "lines": _("{count} lines"),
        "one_line": _("1 line"),
        "none": _("No lines yet"),
        "noCamera": _("This browser cannot read codes with the camera. Use a scanner or type."),
        "denied": _("The camera was not allowed."),
        "less": _("One less"),
        "more": _("One more"),
        "remove": _("Remove"),
        "quantity": _("Quantity"),
        "unit": _("Unit"),
        "lot": _("Lot"),
        "expires": _("Expires on"),
        "cost": _("Unit cost"),
        "price": _("Price paid"),
        "bundle": _("Bundle: takes its components"),
    }


@permission_required("stock.post")
@require_GET
def read_code(request: HttpRequest) -> JsonResponse:
    """What a code means and what lies at the site, for one line of the page."""
    code = request.GET.get("code", "").replace("\x00", "")[:200]
    try:
        return JsonResponse(entry_line(code, _site_of(request)))
    except Faults as refused:
        return JsonResponse(
            {"detail": " ".join(str(fault.detail) for fault in refused.faults)}, status=refused.status
        )


def _site_of(request: HttpRequest) -> Site | None:
    code = request.GET.get("site", "").replace("\x00", "")
    if not code:
        return None
    try:
        return access_site(actor_of(request), code)
    except Http404:
        return None
