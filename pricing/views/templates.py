"""/prices/templates/: emergencies to start, what waits for review, templates to draft from, a new one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lib.faults import Faults
from pricing.actions.emergencies import end_emergency, review_emergency, start_emergency
from pricing.actions.templates import draft_from_template, prepare_template, retire_template
from pricing.views.templates_page import template_form, templates_context, window_of
from web.gates import actor_of, permission_required


def _tried(
    request: HttpRequest, act: Callable[[], Any], said: str, to: str = "price-templates"
) -> HttpResponse:
    """Do it and say so, or show what was refused in the page."""
    try:
        done = act()
    except Faults as refused:
        context = templates_context(actor_of(request), refused=refused, typed=request.POST)
        return render(request, "pricing/templates.html", context, status=refused.status)
    messages.success(request, said)
    return redirect(to, done.pk) if to != "price-templates" else redirect(to)


@permission_required("prices.view")
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """Everything on one page."""
    return render(request, "pricing/templates.html", templates_context(actor_of(request)))


@permission_required("price_templates.manage")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Prepare a template from the form."""
    draft = template_form(request.POST)
    return _tried(
        request, lambda: prepare_template(actor=actor_of(request), draft=draft), _("The template is ready.")
    )


@permission_required("price_templates.manage")
@require_POST
def retire(request: HttpRequest, template_id: int) -> HttpResponse:
    """Retire a template."""
    actor = actor_of(request)
    return _tried(
        request, lambda: retire_template(actor=actor, template_id=template_id), _("The template is retired.")
    )


@permission_required("prices.edit")
@require_POST
def draft(request: HttpRequest, template_id: int) -> HttpResponse:
    """A draft change of a template; then its page."""
    actor, window = actor_of(request), window_of(request.POST)
    return _tried(
        request,
        lambda: draft_from_template(actor=actor, template_id=template_id, **window),
        _("The draft is made; look at it and submit it."),
        "price-change",
    )


@permission_required("emergency_prices.start")
@require_POST
def start(request: HttpRequest, template_id: int) -> HttpResponse:
    """One click: the prices are in force."""
    actor = actor_of(request)
    return _tried(
        request,
        lambda: start_emergency(actor=actor, template_id=template_id),
        _("The emergency prices are in force."),
    )


@permission_required("emergency_prices.start")
@require_POST
def end(request: HttpRequest, use_id: int) -> HttpResponse:
    """End an emergency ahead of time."""
    actor = actor_of(request)
    return _tried(
        request,
        lambda: end_emergency(actor=actor, use_id=use_id, comment=_("Emergency over")),
        _("What was before is asked for again."),
    )


@permission_required("price_changes.approve")
@require_POST
def review(request: HttpRequest, use_id: int) -> HttpResponse:
    """The review after the fact."""
    actor, comment = actor_of(request), request.POST.get("comment", "").strip()[:4000]
    return _tried(
        request,
        lambda: review_emergency(actor=actor, use_id=use_id, comment=comment),
        _("The review is recorded."),
    )
