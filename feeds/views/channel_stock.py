"""/stock/channels/: the rules of what each channel is shown, and what every channel sees of one product and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import sees_everything, visible_site_ids_or_all, visible_sites
from catalog.queries import products_by_sku
from feeds.actions.channel_stock import PERMISSION, end_rule, save_rule
from feeds.queries.channel_stock import Shared, channel_names, channel_views, live_rules, rule_body
from feeds.rules.availability import Promise
from feeds.rules.channel_stock_fields import draft_of
from feeds.words import LIMITS
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.answers import done
from web.gates import actor_of, permission_required

HERE = "/stock/channels/"
#: On the page shares are per cent.
PERCENT = ("buffer_fraction", "share_fraction", "presale_fraction")


@dataclass(frozen=True)
class Seen:
    """What one channel sees of the product at one site; rule None: none fits, everything is shown."""

    site: str
    channel: str
    unit: str
    available: Decimal
    coming: Decimal
    promise: Promise
    limit: tuple[Any, str]
    rule: Any


@require_GET
@permission_required("stock.view")
def rules(request: HttpRequest) -> HttpResponse:
    """The live rules, a form for one more or another version, and the preview of one product."""
    typed: Mapping[str, Any] = {}
    edit = request.GET.get("edit", "")
    found = live_rules(visible_site_ids_or_all(actor_of(request)))
    if edit.isdecimal():
        rule = next((one for one in found if str(one.pk) == edit), None)
        typed = {**_in_percent(rule_body(rule)), "replaces": rule.pk, "reason": ""} if rule else {}
    return _page(request, typed)


@require_POST
@permission_required(PERMISSION)
def save(request: HttpRequest) -> HttpResponse:
    """Write a rule or a new version of one; what was typed stays when it is refused."""
    actor = actor_of(request)
    draft, faults = draft_of(_in_fractions(request.POST))
    try:
        if faults:
            raise Faults(faults)
        save_rule(actor=actor, draft=draft)
    except Faults as refused:
        return _page(request, request.POST, refused.faults, refused.status)
    answer = done(request, HERE, lambda: None, _("The rule counts from now on."))
    return answer if request.POST.get("next") else redirect("channel-stock")


@require_POST
@permission_required(PERMISSION)
def end(request: HttpRequest, rule_id: int) -> HttpResponse:
    """End a rule now."""
    actor, reason = actor_of(request), request.POST.get("reason", "")[:300]
    return done(
        request,
        HERE,
        lambda: end_rule(actor=actor, rule_id=rule_id, reason=reason),
        _("The rule ended."),
    )


def _page(
    request: HttpRequest, typed: Mapping[str, Any], faults: list[Fault] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    everywhere = sees_everything(actor)
    sku = request.GET.get("sku", "").replace("\x00", "").strip()[:64]
    product = products_by_sku([sku]).get(sku) if sku else None
    context = {
        "rules": list(live_rules(visible_site_ids_or_all(actor))),
        "everywhere": everywhere,
        "may_manage": actor.may(PERMISSION),
        "typed": typed,
        "faults": faults or [],
        "channels": channel_names(),
        "sites": list(visible_sites(actor).order_by("name")),
        "asked": sku,
        "product": product,
        "seen": _seen(actor, product.pk) if product else [],
    }
    return render(request, "feeds/channel_stock.html", context, status=status)


def _seen(actor: Actor, product_id: int) -> list[Seen]:
    names = {site.pk: site.code for site in visible_sites(actor)}
    rules_by_id = {rule.pk: rule for rule in live_rules()}
    return [
        _one(names[shared.site_id], shared, promise, rules_by_id.get(rule.id) if rule else None)
        for shared in channel_views(product_id, names)
        for _channel, rule, promise in shared.channels
    ]


def _one(site: str, shared: Shared, promise: Promise, rule: Any) -> Seen:
    coming = sum((order.quantity for order in shared.coming), Decimal(0))
    return Seen(
        site, promise.channel, shared.unit, shared.available, coming, promise, LIMITS[promise.limit], rule
    )


def _in_percent(body: Mapping[str, Any]) -> dict[str, Any]:
    """A rule for the form: shares in per cent."""
    shown = {name: "" if value is None else value for name, value in body.items()}
    for name in PERCENT:
        if shown[name] != "":
            shown[name] = f"{Decimal(shown[name]) * 100:f}".rstrip("0").rstrip(".") or "0"
    return shown


def _in_fractions(typed: Mapping[str, Any]) -> dict[str, Any]:
    """A form as the rule takes it; what is no number is left for the check to name."""
    asked = {name: str(value).strip() for name, value in typed.items()}
    for name in PERCENT:
        text = asked.get(name, "")
        if text.replace(".", "", 1).isdecimal() and text.isascii():
            asked[name] = str(Decimal(text) / 100)
    return asked
