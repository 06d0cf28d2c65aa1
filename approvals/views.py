"""Pages of approvals: inbox, one request, policies; fragments of the frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals import access, actions, queries, words
from approvals.models import ApprovalRequest, Policy
from catalog.queries import newest_rates, rate_history, rate_proposal, rate_proposals
from catalog.rules.exchange import LIMIT_DAYS
from lib import clock
from lib.actors import Actor
from web.answers import done, whole_number
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
VIEWS = ("waiting", "mine", "decided")


@dataclass(frozen=True)
class Row:
    """A request as a list shows it."""

    request: ApprovalRequest
    why: str
    may_decide: bool


@dataclass(frozen=True)
class Group:
    """Requests of one kind."""

    kind: str
    label: str
    icon: str
    rows: list[Row]


@require_GET
@permission_required("approvals.view")
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for me, what I asked for, what was decided."""
    actor = actor_of(request)
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    waiting = access.waiting_for(actor)
    page = None
    if view == "waiting":
        rows: Sequence[ApprovalRequest] = waiting
    else:
        found = access.asked_by(actor) if view == "mine" else access.decided(actor)
        page = Paginator(found.order_by("-id"), PAGE_SIZE).get_page(request.GET.get("page"))
        rows = list(page.object_list)
    context = {
        "view": view,
        "groups": _groups(actor, rows),
        "waiting_count": len(waiting),
        "page_obj": page,
        "may_decide_any": actor.may("approvals.decide"),
    }
    return render(request, "approvals/inbox.html", context)


def _groups(actor: Actor, rows: Sequence[ApprovalRequest]) -> list[Group]:
    """By kind; within a kind in the order given (nearest deadline or newest first)."""
    ordered = sorted(rows, key=lambda row: row.kind)
    return [
        Group(
            kind,
            words.kind_label(kind),
            words.kind_icon(kind),
            [Row(row, words.why_text(row), access.may_decide(actor, row)) for row in of_kind],
        )
        for kind, of_kind in groupby(ordered, key=lambda row: row.kind)
    ]


@require_GET
@permission_required("approvals.view")
def detail(request: HttpRequest, request_id: int) -> HttpResponse:
    """One request: what is asked, the facts, what policy said, and the bar to decide."""
    actor = actor_of(request)
    found = access.access_request(actor, request_id)
    context = {
        "asked": found,
        "kind_label": words.kind_label(found.kind),
        "kind_icon": words.kind_icon(found.kind),
        "facts": words.fact_rows(found.facts),
        "policies": words.why_rows(found),
        "policy_label": words.policy_label(found.policy_name),
        "decision": queries.decision_of(found.pk),
        "has_summary": bool(found.url) and found.kind in words.WITH_SUMMARY,
        "may_decide": access.may_decide(actor, found),
        "bar_words": _bar_words(actor, found),
    }
    return render(request, "approvals/request.html", context)


def _bar_words(actor: Actor, found: ApprovalRequest) -> str:
    """Why this person may or may not decide, and on which content."""
    if actor.id and actor.id == found.prepared_by_id:
        return _("You prepared this; somebody else decides.")
    if access.may_decide(actor, found):
        return _("Not prepared by you. Your word binds to content %(hash)s.") % {
            "hash": found.content_hash[:10]
        }
    return _("This is decided by: %(who)s.") % {"who": words.permission_label(found.permission)}


@require_POST
@permission_required("approvals.decide")
def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """Approve or reject, bound to the content that was shown."""
    actor = actor_of(request)
    access.access_request(actor, request_id)
    approve = request.POST.get("decision") == "approve"

    def act() -> None:
        actions.decide(
            actor=actor,
            request_id=request_id,
            approve=approve,
            comment=request.POST.get("reason", "")[:2000],
            expected_hash=request.POST.get("content_hash") or None,
        )

    return done(request, f"/approvals/{request_id}/", act, _("Approved.") if approve else _("Rejected."))


@require_POST
@permission_required("approvals.decide")
def decide_many(request: HttpRequest) -> HttpResponse:
    """One word and one reason for all ticked requests of one kind."""
    actor = actor_of(request)
    ids = access.visible_ids(actor, [whole_number(value) for value in request.POST.getlist("request")])
    approve = request.POST.get("decision") == "approve"

    def act() -> None:
        result = actions.decide_many(
            actor=actor,
            request_ids=ids,
            approve=approve,
            comment=request.POST.get("reason", "")[:2000],
        )
        if result.refused:
            raise actions.refused_in_bulk(result)

    said = _("%(count)d approved.") if approve else _("%(count)d rejected.")
    return done(request, "/approvals/", act, said % {"count": len(ids)})


@require_GET
@permission_required("approvals.view")
def badge(request: HttpRequest) -> HttpResponse:
    """The figure on the rail."""
    return render(request, "approvals/badge.html", {"count": access.waiting_count(actor_of(request))})


@require_GET
@permission_required("approvals.view")
def search(request: HttpRequest) -> HttpResponse:
    """Requests whose title or subject holds the words."""
    found = access.found_requests(actor_of(request), request.GET.get("q", ""))
    return render(request, "approvals/search.html", {"found": found})


@require_GET
@permission_required("approvals.view")
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for me as rows, nearest deadline first: a fragment for Today."""
    actor = actor_of(request)
    rows = [
        (row, words.kind_icon(row.kind), words.why_text(row)) for row in access.waiting_for(actor, limit=20)
    ]
    return render(request, "approvals/waiting.html", {"rows": rows})


# -- policies ----------------------------------------------------------------------------------------------------


@require_GET
@permission_required("policies.view")
def policies(request: HttpRequest) -> HttpResponse:
    """Every policy in force, in the order they are tried."""
    return render(request, "approvals/policies.html", {"tab": "policies", "groups": _policy_groups()})


def _policy_groups() -> list[dict[str, Any]]:
    rows = queries.policies_now()
    return [
        {
            "kind": kind,
            "label": words.kind_label(kind),
            "policies": [_policy_row(policy) for policy in of_kind],
        }
        for kind, of_kind in groupby(rows, key=lambda policy: policy.kind)
    ]


def _policy_row(policy: Policy) -> dict[str, Any]:
    return {
        "policy": policy,
        "label": words.policy_label(policy.name),
        "conditions": [words.condition_text(condition, {}) for condition in policy.conditions],
        "approver": words.permission_label(policy.permission) if policy.permission else "",
    }


@permission_required("policies.view")
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """One policy with its versions; a POST puts a new version in force."""
    versions = queries.versions_of(name)
    if not versions:
        raise Http404(name)
    if request.method == "POST":
        return _save_policy(request, name)
    current = next((version for version in versions if version.is_active), versions[0])
    context = {
        "tab": "policies",
        "row": _policy_row(current),
        "fields": _threshold_fields(current),
        "versions": [_policy_row(version) for version in versions],
        "may_edit": actor_of(request).may("policies.manage"),
    }
    return render(request, "approvals/policy.html", context)


def _threshold_fields(policy: Policy) -> list[dict[str, Any]]:
    """One entry per numeric limit; fractions are edited in percent."""
    fields = []
    for condition in queries.rule_of(policy).conditions:
        if condition.operator not in ("at_most", "at_least", "within"):
            continue
        is_percent = condition.fact.endswith("_fraction")
        fields.append(
            {
                "fact": condition.fact,
                "label": words.condition_text({**condition.as_json(), "value": ""}, {}).strip(" :"),
                "value": words.editable(condition.value, is_percent),
                "is_percent": is_percent,
            }
        )
    return fields


def _save_policy(request: HttpRequest, name: str) -> HttpResponse:
    actor = actor_of(request)
    given = {
        key.removeprefix("limit_"): words.stored(str(value), key.endswith("_fraction"))
        for key, value in request.POST.items()
        if key.startswith("limit_")
    }

    def act() -> None:
        actions.save_policy_version(
            actor=actor,
            name=name,
            values=given,
            due_hours=words.whole(request.POST.get("due_hours", "")),
            reason=request.POST.get("reason", "")[:2000],
            base_version=words.whole(request.POST.get("base_version", "")),
        )

    return done(request, f"/settings/policies/{name}/", act, _("The new version is in force."))


@require_GET
@permission_required("products.view")
def rates(request: HttpRequest) -> HttpResponse:
    """The newest exchange rates with source and age, the history of a pair, and rates by hand."""
    actor = actor_of(request)
    replaced = rate_proposal(whole_number(request.GET.get("replaces", "")))
    base, _dash, quote = request.GET.get("pair", "")[:7].upper().partition("-")
    today = clock.now().date()
    context = {
        "tab": "rates",
        "limit_days": LIMIT_DAYS,
        "today": today,
        "newest": newest_rates(today),
        "pair": f"{base} → {quote}" if base and quote else "",
        "history": rate_history(base, quote) if base and quote else [],
        "waiting": list(rate_proposals("open")[:50]),
        "closed": list(rate_proposals().exclude(state="open")[:10]),
        "may_propose": actor.may("rates.edit"),
        "actor_id": actor.id,
        "replaced": replaced if replaced and replaced.state == "open" else None,
    }
    return render(request, "approvals/rates.html", context)


@require_POST
@permission_required("rates.edit")
def propose_rate(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    row = {name: request.POST.get(name, "").strip()[:40] for name in ("base", "quote", "rate", "on")}
    row |= {"base": row["base"].upper(), "quote": row["quote"].upper()}
    reason = request.POST.get("reason", "")[:500]
    replaces = whole_number(request.POST.get("replaces", "")) or None
    return done(
        request,
        "/settings/rates/",
        lambda: actions.ask_for_rate(actor=actor, row=row, reason=reason, replaces=replaces),
        _("The rate waits for a second person."),
    )


@require_POST
@permission_required("rates.edit")
def withdraw_rate(request: HttpRequest, proposal_id: int) -> HttpResponse:
    actor = actor_of(request)
    return done(
        request,
        "/settings/rates/",
        lambda: actions.withdraw_rate(actor=actor, proposal_id=proposal_id),
        _("The rate was taken back."),
    )
