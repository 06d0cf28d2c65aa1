"""Policies: what is in force, a version that is proposed with its dry run."""

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals import actions, forms, queries, words
from approvals.models import Policy
from approvals.policy_documents import checked, document_of
from lib import clock
from lib.faults import Faults
from web.answers import done, whole_number
from web.gates import actor_of, permission_required


@require_GET
@permission_required("policies.view")
def policies(request: HttpRequest) -> HttpResponse:
    """Every policy in force, in the order they are tried."""
    context = {
        "tab": "policies",
        "groups": _policy_groups(),
        "waiting": list(queries.proposals("open")),
        "may_edit": actor_of(request).may("policies.manage"),
    }
    return render(request, "approvals/policies.html", context)


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
    return {"policy": policy, **_told(policy.name, document_of(policy))}


def _told(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """A document in words."""
    return {
        "label": words.policy_label(name),
        "document": document,
        "conditions": [words.condition_text(condition, {}) for condition in document["conditions"]],
        "steps": words.steps_text(document),
        "approver": words.permission_label(document["permission"]) if document["permission"] else "",
        "escalate_to": words.permission_label(document["escalate_to"]),
        "watchers": [words.permission_label(code) for code in document["watchers"]],
        "review_percent": words.editable(document["review_fraction"], True),
    }


@permission_required("policies.view")
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """One policy with its versions; a POST tries a new version out, or proposes it."""
    versions = queries.versions_of(name)
    if not versions:
        raise Http404(name)
    current = next((version for version in versions if version.is_active), versions[0])
    context: dict[str, Any] = {"form": forms.form_of(document_of(current), current.version)}
    if request.method == "POST":
        answer = _proposed(request, current, context)
        if answer is not None:
            return answer
    waiting = queries.proposal_of(name)
    context |= {
        "tab": "policies",
        "row": _policy_row(current),
        "versions": [_policy_row(version) for version in versions],
        "may_edit": actor_of(request).may("policies.manage"),
        "waiting": waiting,
        "permissions": sorted(words.PERMISSIONS.items()),
    }
    return render(request, "approvals/policy.html", context, status=422 if context.get("faults") else 200)


def _proposed(request: HttpRequest, current: Policy, context: dict[str, Any]) -> HttpResponse | None:
    """Where a posted form leads: to its proposal; None when the page is shown again with what came of it."""
    context["form"] = forms.form_typed(request.POST)
    try:
        document = forms.document_from(request.POST, current)
        if "try" in request.POST:
            document = checked(document, name=current.name, old=current)
            context["tried"] = queries.dry_run(
                current.name, document, since=clock.now() - timedelta(days=actions.DRY_RUN_DAYS)
            )
            return None
        made = actions.propose_policy(
            actor=actor_of(request),
            proposed=actions.Proposed(
                current.name,
                document,
                reason=request.POST.get("reason", "").replace("\x00", "")[:2000],
                base_version=whole_number(request.POST.get("base_version", "")),
            ),
        )
    except Faults as refused:
        context["faults"] = [replace(one, detail=_(one.detail)) for one in refused.faults]
        return None
    messages.success(request, _("Proposed; it counts once another person approves it."))
    return redirect("policy-proposal", made.pk)


@require_GET
@permission_required("policies.view")
def proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """A proposed version: what changes, and what it would have meant for twelve months."""
    found = queries.proposals().filter(pk=proposal_id).first()
    if found is None:
        raise Http404(proposal_id)
    base = queries.policy_version(found.name, found.base_version)
    asked = queries.request_of("policy", f"policy_proposal:{found.pk}")
    context = {
        "tab": "policies",
        "found": found,
        "new": _told(found.name, found.document),
        "old": _policy_row(base) if base else None,
        "tried": found.dry_run,
        "asked": asked,
        "is_mine": found.prepared_by_id == actor_of(request).id,
    }
    return render(request, "approvals/policy_proposal.html", context)


@require_POST
@permission_required("policies.manage")
def withdraw_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Take it back."""
    actor = actor_of(request)
    return done(
        request,
        f"/settings/policies/proposals/{proposal_id}/",
        lambda: actions.withdraw_proposal(actor=actor, proposal_id=proposal_id),
        _("The proposal was taken back."),
    )
