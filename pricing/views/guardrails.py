"""/prices/guardrails/: the rules in force, their versions, a new version, and its dry run over the last 12 months."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals.queries import requests_of_subjects
from catalog.models import Product
from lib import clock
from lib.faults import Faults
from pricing.actions.guardrail_versions import KIND, save_guardrail
from pricing.actions.guardrails import OPTIONS, checked_guardrail
from pricing.forms import whole_number
from pricing.models import Guardrail, PriceChange
from pricing.queries.guardrail_dry_runs import dry_run
from pricing.queries.guardrail_rules import (
    control_profiles,
    guardrail_row,
    guardrails,
    guardrails_in_force,
    guardrails_pending,
    scope_of,
)
from pricing.queries.price_lists import price_lists
from pricing.rules.costs import REVIEWED
from web.answers import done
from web.gates import actor_of, permission_required

PAGE = "/prices/guardrails/"


@permission_required("prices.view")
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in force; `?rule=` fills the form and shows the versions of its scope."""
    wanted = whole_number(request.GET.get("rule"), 0)
    picked = guardrails().filter(pk=wanted).first()
    return render(request, "pricing/guardrails.html", page_context(request, shown_fields(picked), picked))


@permission_required("guardrails.manage")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """A new version, waiting for another person's word."""
    row = guardrail_of(request.POST)
    return done(
        request,
        PAGE,
        lambda: save_guardrail(actor=actor_of(request), row=row),
        _("The new version waits for another person to approve it."),
    )


@permission_required("guardrails.manage")
@require_POST
def dry(request: HttpRequest) -> HttpResponse:
    """What the rule in the form would have found; nothing is stored, and the form keeps what was typed."""
    context = page_context(request, request.POST.dict(), None)
    context["soft"] = request.POST.getlist("soft_reasons")
    try:
        context["run"] = dry_run(checked_guardrail(guardrail_of(request.POST)), clock.now())
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, _(fault.detail))
    return render(request, "pricing/guardrails.html", context)


def page_context(request: HttpRequest, fields: dict[str, Any], picked: Guardrail | None) -> dict[str, Any]:
    """What the template reads."""
    versions = [one for one in guardrails() if picked and scope_of(one) == scope_of(picked)]
    return {
        "rules": guardrails_in_force(),
        "fields": fields,
        "soft": REVIEWED | set(picked.soft_reasons) if picked else REVIEWED,
        "versions": versions[::-1],
        "pending": waiting_rows(),
        "states": Product.Status.choices,
        "profiles": control_profiles(),
        "kinds": Guardrail.Rule.choices,
        "reasons": PriceChange.ReasonCode.choices,
        "lists": price_lists().order_by("code"),
        "may_edit": actor_of(request).may("guardrails.manage"),
    }


def waiting_rows() -> list[dict[str, Any]]:
    """Versions that wait, each with its request."""
    waiting = guardrails_pending()
    requests = requests_of_subjects(KIND, [f"{KIND}:{one.pk}" for one in waiting])
    return [{"rule": one, "request": requests.get(f"{KIND}:{one.pk}")} for one in waiting]


def shown_fields(picked: Guardrail | None) -> dict[str, Any]:
    """A stored rule as the form shows it: limits in percent."""
    if picked is None:
        return {"base_version": "0", "is_active": "1"}
    row = guardrail_row(picked)
    shown = {name: percent_of(row[name]) for name in ("review_at", "block_at")}
    options = {**picked.options, "endings": " ".join(picked.options.get("endings", []))}
    current = next((one for one in guardrails_in_force() if scope_of(one) == scope_of(picked)), None)
    shown["base_version"] = str(current.version if current else 0)
    return {**row, **shown, **options, "is_active": "1" if picked.is_active else ""}


def percent_of(fraction: str | None) -> str:
    """ "0.15" → "15"."""
    return "" if fraction is None else format((Decimal(fraction) * 100).normalize(), "f")


def guardrail_of(given: QueryDict) -> dict[str, Any]:
    """The form's fields as the action reads them."""
    row: dict[str, Any] = {
        name: str(given.get(name, ""))[:2000]
        for name in ("rule", "price_list", "category", "status", "profile", "note", "reason")
    }
    for name in ("review_at", "block_at"):
        row[name] = _fraction(str(given.get(name, "")).strip())
    row["options"] = {
        name: str(given.get(name, "")).strip()[:200]
        for name in OPTIONS.get(str(given.get("rule", "")), ())
        if given.get(name)
    }
    row["soft_reasons"] = given.getlist("soft_reasons")
    row["is_active"] = given.get("is_active") == "1"
    row["base_version"] = whole_number(given.get("base_version"), 0)
    return row


def _fraction(percent: str) -> str | None:
    """ "15" → "0.15"; what is no number stays, so that the action can say so."""
    if not percent:
        return None
    try:
        number = Decimal(percent)
    except InvalidOperation:
        return percent
    return format(number / 100, "f") if number.is_finite() and abs(number.adjusted()) < 20 else percent
