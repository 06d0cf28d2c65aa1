"""/finance/: a month at a glance; /finance/effort/: how long it took; /finance/tolerances/: what is let pass."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all
from finance import forms
from finance.access import visible_comparisons, visible_disputes, visible_entities
from finance.actions.matching import compare
from finance.actions.tolerances import set_tolerance
from finance.models import Matching
from finance.queries.disputes import ages, classes_of, states_by_matching, tolerances
from finance.queries.effort import effort
from finance.queries.vouchers import late_facts, sums_of, vouchers_of
from finance.words import AGE_WORDS, class_word, duration_word, matching_word
from lib import clock
from web.answers import done
from web.gates import actor_of, permission_required

SHOWN = 8


@permission_required("finance.view")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Vouchers of the month, shares matched by machine, disputes by age and money, days that want a voucher."""
    actor = actor_of(request)
    month = forms.month_of(request.GET.get("month", ""), clock.now().date())
    since, until = (datetime(day.year, day.month, 1, tzinfo=UTC) for day in (month, forms.next_month(month)))
    entities = visible_entities(actor)
    made = vouchers_of(entities, month=f"{month:%Y-%m}")
    disputes = visible_disputes(actor)
    context = {
        "month": f"{month:%Y-%m}",
        "vouchers": made[:SHOWN],
        "voucher_count": made.count(),
        "sums": sums_of(made),
        "late": late_facts(entities),
        "matchings": states_by_matching(visible_comparisons(actor), since, until),
        "ages": [{**row, "word": AGE_WORDS[row["age"]]} for row in ages(disputes, clock.now())],
        "classes": [{**row, "word": class_word(row["difference_class"])} for row in classes_of(disputes)],
        "efforts": _efforts(request)[:2],
        "may_work": actor.may("disputes.work"),
        "may_push": actor.may("feeds.push"),
    }
    return render(request, "finance/overview.html", context)


def _efforts(request: HttpRequest, matching: str = "") -> list[dict[str, Any]]:
    rows = effort(visible_site_ids_or_all(actor_of(request)), clock.now(), matching)
    return [
        {
            "row": row,
            "match_median": duration_word(row.match_median_s),
            "match_p90": duration_word(row.match_p90_s),
            "close_median": duration_word(row.close_median_s),
            "close_p90": duration_word(row.close_p90_s),
            "hands_median": _minutes(row.hands_median_minutes),
            "hands_p90": _minutes(row.hands_p90_minutes),
            "hands_total": _minutes(row.hands_total_minutes),
        }
        for row in rows
    ]


def _minutes(value: float | None) -> str:
    return duration_word(None if value is None else value * 60)


@permission_required("finance.view")
@require_GET
def effort_page(request: HttpRequest) -> HttpResponse:
    """The effort of the last six months."""
    matching = request.GET.get("matching", "")
    matching = matching if matching in Matching.values else ""
    options = [(str(value), str(label)) for value, label in Matching.choices]
    filters = [{"label": _("Matching"), "name": "matching", "value": matching, "options": options}]
    return render(
        request, "finance/effort.html", {"efforts": _efforts(request, matching), "filters": filters}
    )


@permission_required("disputes.work")
@require_POST
def compare_now(request: HttpRequest) -> HttpResponse:
    """Compare one matching anew."""
    matching = forms.words(request.POST, "matching", 12)

    def act() -> None:
        compare(actor=actor_of(request), matching=matching)

    words = _("%(matching)s: compared.") % {"matching": matching_word(matching)}
    return done(request, "/finance/", act, words)


@permission_required("finance.view")
@require_GET
def tolerance_page(request: HttpRequest) -> HttpResponse:
    """What is let pass by machine, for each matching."""
    rows = [
        {
            "one": one,
            "label": matching_word(one.matching),
            "percent": one.fraction * 100,
            "quantity_percent": one.quantity_fraction * 100,
        }
        for one in tolerances()
    ]
    may_edit = actor_of(request).may("account_maps.manage")
    return render(request, "finance/tolerances.html", {"rows": rows, "may_edit": may_edit})


@permission_required("account_maps.manage")
@require_POST
def save_tolerance(request: HttpRequest) -> HttpResponse:
    """Change one matching's limits."""

    def act() -> None:
        set_tolerance(
            actor=actor_of(request),
            matching=forms.words(request.POST, "matching", 12),
            draft=forms.tolerance_from(request.POST),
            reason=forms.words(request.POST, "reason"),
        )

    return done(request, "/finance/tolerances/", act, _("The tolerance counts from the next comparison on."))
