"""/prices/compliance/: the items of the checklist as versioned data; the card of a change's page where people sign."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals.queries import requests_of_subjects
from lib.actors import Actor
from pricing.actions.compliance import sign_item
from pricing.actions.compliance_versions import KIND, save_item
from pricing.forms import whole_number
from pricing.models import ComplianceItem, PriceChange
from pricing.queries.compliance import (
    Entry,
    checklist,
    item_versions,
    items_in_force,
    items_pending,
    signed_hash,
    signers,
)
from pricing.queries.price_changes import price_change
from pricing.views.compliance_words import entry_words
from web.answers import done
from web.gates import actor_of, permission_required

PAGE = "/prices/compliance/"
TEXTS = (
    "code",
    "title",
    "title_zh",
    "profile",
    "category",
    "checked_by",
    "signer",
    "source",
    "source_on",
    "reason",
)
TICKS = ("only_promotions", "only_first_prices", "is_mandatory", "is_active")
SIGNERS = ("compliance.sign", "price_changes.approve", "guardrails.manage", "costs.edit")


def title_of(item: ComplianceItem) -> str:
    """The item's title in the reader's language."""
    return item.title_zh if item.title_zh and (get_language() or "").startswith("zh") else item.title


@permission_required("prices.view")
@require_GET
def compliance(request: HttpRequest) -> HttpResponse:
    """The items in force, the versions that wait, and the form of a new version for who may write one."""
    items = items_in_force()
    picked = item_versions().filter(pk=whole_number(request.GET.get("item"), 0)).first()
    current = next((item for item in items if picked and item.code == picked.code), None)
    context = {
        "items": [{"item": item, "title": title_of(item), "who": signers(item.signer)} for item in items],
        "picked": picked,
        "base_version": current.version if current else 0,
        "pending": waiting_items(),
        "may_edit": actor_of(request).may("policies.manage"),
        "checks": ComplianceItem.Check.choices,
        "signers": SIGNERS,
        "reasons": PriceChange.ReasonCode.choices,
    }
    return render(request, "pricing/compliance.html", context)


def waiting_items() -> list[dict[str, Any]]:
    """Versions that wait, each with its request; 2 queries."""
    waiting = items_pending()
    requests = requests_of_subjects(KIND, [f"{KIND}:{one.pk}" for one in waiting])
    return [
        {"item": one, "title": title_of(one), "request": requests.get(f"{KIND}:{one.pk}")} for one in waiting
    ]


@permission_required("policies.manage")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """A new version, waiting for another person's word."""
    row = item_of(request.POST)
    return done(
        request,
        PAGE,
        lambda: save_item(actor=actor_of(request), row=row),
        _("The new version waits for another person to approve it."),
    )


def item_of(given: QueryDict) -> dict[str, Any]:
    """The form's fields as the action reads them."""
    row: dict[str, Any] = {name: given.get(name, "")[:4000] for name in TEXTS}
    row |= {name: given.get(name) == "1" for name in TICKS}
    row["countries"] = given.get("countries", "")[:2000].replace(",", " ").upper().split()
    row["reason_codes"] = given.getlist("reason_codes")
    row["base_version"] = whole_number(given.get("base_version"), 0)
    return row


@permission_required("prices.view")
@require_GET
def card(request: HttpRequest, change_id: int) -> HttpResponse:
    """What has to be signed for a change, by whom, with which evidence."""
    change = price_change(change_id)
    entries = checklist(change)
    context = {
        "change": change,
        "entries": [shown_entry(entry, change, actor_of(request)) for entry in entries],
        "hash": signed_hash(change.pk),
        "missing": sum(entry.is_missing for entry in entries),
    }
    return render(request, "pricing/parts/checklist.html", context)


def shown_entry(entry: Entry, change: PriceChange, actor: Actor) -> dict[str, Any]:
    """An entry as the card shows it; the form is for who may sign it now."""
    is_open = change.state in (PriceChange.State.DRAFT, PriceChange.State.PENDING)
    may = bool(entry.item.signer) and actor.may(entry.item.signer) and change.prepared_by_id != actor.id
    return {
        "entry": entry,
        "title": title_of(entry.item),
        "words": entry_words(entry),
        "who": signers(entry.item.signer),
        "may_sign": is_open and may and not entry.is_signed,
    }


@permission_required("prices.view")
@require_POST
def sign(request: HttpRequest, change_id: int) -> HttpResponse:
    """Sign one item; the action asks for the item's own permission."""
    given = {name: request.POST.get(name, "")[:4001] for name in ("item", "evidence", "expected_hash")}
    return done(
        request,
        reverse("price-change", args=[change_id]),
        lambda: sign_item(actor=actor_of(request), change_id=change_id, **given),
        _("It is signed."),
    )
