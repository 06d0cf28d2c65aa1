"""/prices/laws/: what the law of each country asks of prices, with its source; a new version by form."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from pricing.actions.laws import save_law_rule, state_basis
from pricing.forms import whole_number
from pricing.models import LawRule, PriceChange
from pricing.queries.laws import laws_in_force, stated_basis_rows
from pricing.rules.costs import EXEMPT
from web.answers import done
from web.gates import actor_of, permission_required

PAGE = "/prices/laws/"
SHOWN_BASES = 50


@permission_required("prices.view")
@require_http_methods(["GET"])
def laws(request: HttpRequest) -> HttpResponse:
    """The rules in force, and the form of a new version for who may write one."""
    rules = laws_in_force()
    wanted = whole_number(request.GET.get("rule"), 0)
    picked = next((rule for rule in rules if rule.pk == wanted), None)
    context = {
        "rules": [{"rule": rule, "words": law_words(rule)} for rule in rules],
        "picked": picked,
        "may_edit": actor_of(request).may("guardrails.manage"),
        "kinds": LawRule.Kind.choices,
        "methods": method_choices(),
        "reasons": PriceChange.ReasonCode.choices,
        "exempt": picked.options.get(EXEMPT, []) if picked else [],
        "perishable": perishable_choices(),
        "bases": stated_basis_rows().order_by("-id")[:SHOWN_BASES],
    }
    return render(request, "pricing/laws.html", context)


@permission_required("guardrails.manage")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """A new version in force."""
    row = law_of(request.POST)
    if row.get("kind") == LawRule.Kind.BELOW_COST:
        row["options"] = {EXEMPT: request.POST.getlist(EXEMPT)}
    return done(
        request,
        PAGE,
        lambda: save_law_rule(actor=actor_of(request), row=row),
        _("The new version is in force."),
    )


@permission_required("guardrails.manage")
@require_POST
def state(request: HttpRequest) -> HttpResponse:
    """A stated basis of comparison."""
    given = {
        name: request.POST.get(name, "")[:2000]
        for name in ("price_list", "sku", "amount", "basis", "evidence")
    }
    return done(
        request, PAGE, lambda: state_basis(actor=actor_of(request), **given), _("The basis is stated.")
    )


def law_of(given: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields as the action reads them."""
    row: dict[str, Any] = {name: given.get(name, "")[:4000] for name in given}
    row["base_version"] = whole_number(given.get("base_version"), 0)
    row["is_active"] = given.get("is_active") == "1"
    if row.get("kind") == LawRule.Kind.REFERENCE:
        row["options"] = {
            "days": whole_number(given.get("days"), 0),
            "min_days": whole_number(given.get("min_days"), 0),
            "progressive": given.get("progressive") == "1",
            "perishable": given.get("perishable", "as_others"),
            "new_goods": given.get("new_goods", "since_start"),
        }
    return row


def method_choices() -> list[tuple[str, str, str]]:
    """Each method with its label and the kinds of rule that may name it."""
    return [
        (
            value,
            str(label),
            " ".join(kind for kind, known in LawRule.METHODS.items() if value in known),
        )
        for value, label in LawRule.Method.choices
    ]


def perishable_choices() -> list[tuple[str, str]]:
    """What may hold for goods about to perish."""
    return [
        ("as_others", _("like other goods")),
        ("price_before", _("the price just before")),
        ("exempt", _("exempt")),
    ]


def law_words(rule: LawRule) -> str:
    """What a rule asks, in a sentence."""
    if rule.kind == LawRule.Kind.BELOW_COST:
        names = dict(PriceChange.ReasonCode.choices)
        exempt = ", ".join(str(names.get(one, one)) for one in rule.options.get(EXEMPT, []))
        return _("exempt: %(reasons)s") % {"reasons": exempt} if exempt else ""
    if rule.kind != LawRule.Kind.REFERENCE:
        return ""
    options = rule.options
    days = options.get("days", 30)
    parts = [ngettext("%(days)d day back", "%(days)d days back", days) % {"days": days}]
    if rule.method == LawRule.Method.NONE:
        parts = []
    if options.get("min_days"):
        parts.append(_("asked for at least %(days)d days") % {"days": options["min_days"]})
    if options.get("progressive"):
        parts.append(_("a growing reduction keeps the price before its first step"))
    if options.get("perishable", "as_others") != "as_others":
        parts.append(
            _("goods about to perish: %(what)s") % {"what": dict(perishable_choices())[options["perishable"]]}
        )
    if options.get("new_goods") == "exempt":
        parts.append(_("new goods: exempt"))
    return " · ".join(parts)
