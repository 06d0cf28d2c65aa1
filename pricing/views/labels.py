"""/prices/labels/: print runs of shelf labels, their sheet and file, and the scan that confirms what hangs."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.rules.fields import Wrong, instant
from lib.faults import Faults
from pricing.actions.labels import access_run, confirm_label, make_run, reprint_label
from pricing.label_serializers import CONTENT_TYPES, label_file
from pricing.views.labels_page import run_context, runs_context, scan_context, sheet_context
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """Runs by site with their open labels; of a chosen site the moments to print for; ?view=open: what is not up yet."""
    return render(request, "pricing/labels.html", runs_context(request.GET, actor_of(request)))


@permission_required("labels.print")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Make the run of a site and a moment, or bring it up to date."""
    site = request.POST.get("site", "").replace("\x00", "")
    try:
        at = instant(request.POST.get("effective_at", "")[:40])
        made = make_run(actor=actor_of(request), site_code=site, effective_at=at)
    except (Faults, Wrong) as refused:
        messages.error(
            request, _(refused.faults[0].detail if isinstance(refused, Faults) else refused.detail)
        )
        return redirect(f"{reverse('label-runs')}?{urlencode({'site': site})}")
    messages.success(request, _("The labels are up to date."))
    return redirect("label-run", made.run.pk)


@permission_required("prices.view")
@require_GET
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run, label by label."""
    actor = actor_of(request)
    return render(
        request, "pricing/label_run.html", run_context(access_run(actor, run_id), request.GET, actor)
    )


@permission_required("labels.print")
@require_GET
def sheet(request: HttpRequest, run_id: int) -> HttpResponse:
    """The labels on A4, or one of them (?line=)."""
    found = access_run(actor_of(request), run_id)
    return render(request, "pricing/label_sheet.html", sheet_context(found, request.GET))


@permission_required("prices.view")
@require_GET
def file(request: HttpRequest, run_id: int, form: str) -> HttpResponse:
    """The run for electronic shelf labels."""
    if form not in CONTENT_TYPES:
        raise Http404(form)
    return label_file(access_run(actor_of(request), run_id), form)


@permission_required("labels.confirm")
@require_GET
def scan(request: HttpRequest, run_id: int) -> HttpResponse:
    """One field for the scanner, the answer large above it."""
    found = access_run(actor_of(request), run_id)
    return render(request, "pricing/label_scan.html", scan_context(found, request.GET))


@permission_required("labels.confirm")
@require_POST
def confirm(request: HttpRequest, run_id: int) -> HttpResponse:
    """Confirm the label of the scanned code and go back to the field."""
    code = request.POST.get("code", "")[:64]
    told: dict[str, int | str]
    try:
        done = confirm_label(actor=actor_of(request), run_id=run_id, code=code)
        told = {"done": done.line.pk, "again": 0 if done.is_new else 1}
    except Faults as refused:
        if refused.status != 422:
            raise
        told = {"unknown": code.strip() or "–"}
    return redirect(f"{reverse('label-scan', args=[run_id])}?{urlencode(told)}")


@permission_required("labels.print")
@require_POST
def again(request: HttpRequest, run_id: int, line_id: int) -> HttpResponse:
    """Print one label again; it waits for its scan anew."""
    line = reprint_label(actor=actor_of(request), run_id=run_id, line_id=line_id)
    return redirect(f"{reverse('label-print', args=[run_id])}?{urlencode({'line': line.pk})}")
