"""/prices/supplier-limits/: what suppliers demand or recommend of our prices, and the form of a new row."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pricing.actions.supplier_limits import save_supplier_limits
from pricing.models import SupplierLimit
from pricing.queries.supplier_limits import supplier_limits
from web.answers import done
from web.gates import actor_of, permission_required

PAGE = "/prices/supplier-limits/"
SHOWN = 200
FIELDS = ("sku", "kind", "currency", "amount", "valid_from", "source")


@permission_required("prices.view")
@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """The newest rows, of one product when asked, and the form for who may write one."""
    sku = request.GET.get("sku", "").replace("\x00", "").strip()
    context = {
        "rows": supplier_limits(sku)[:SHOWN],
        "sku": sku,
        "shown": SHOWN,
        "kinds": SupplierLimit.Kind.choices,
        "may_edit": actor_of(request).may("guardrails.manage"),
    }
    return render(request, "pricing/supplier_limits.html", context)


@permission_required("guardrails.manage")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """A new row; a limit changes or ends by a row of a later day."""
    row = {name: request.POST.get(name, "").strip() for name in FIELDS}
    row["currency"] = row["currency"].upper()
    return done(
        request,
        PAGE,
        lambda: save_supplier_limits(actor=actor_of(request), rows=[row]),
        _("The supplier’s price is noted."),
    )
