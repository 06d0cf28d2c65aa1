"""What the page of templates shows, and how its form is read."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from pricing.actions.promotion_terms import Terms
from pricing.actions.templates import TemplateDraft
from pricing.forms import whole_number
from pricing.models import PriceTemplate
from pricing.queries.templates import emergency_uses, open_templates


def templates_context(actor: Actor, *, refused: Faults | None = None, typed: Any = None) -> dict[str, Any]:
    """Everything templates/pricing/templates.html reads."""
    found = list(open_templates())
    uses = emergency_uses()
    now = clock.now()
    running = {
        use.template_id for use in uses if use.ends_at > now and use.change.state in ("approved", "applied")
    }
    return {
        "emergencies": [
            {
                "template": one,
                "is_running": one.pk in running,
                "may_start": actor.may("emergency_prices.start")
                and one.prepared_by_id != actor.id
                and one.pk not in running,
                "is_own": one.prepared_by_id == actor.id,
            }
            for one in found
            if one.kind == PriceTemplate.Kind.EMERGENCY
        ],
        "others": [one for one in found if one.kind != PriceTemplate.Kind.EMERGENCY],
        "uses": [
            {
                "use": use,
                "is_running": use.ends_at > now and use.change.state in ("approved", "applied"),
                "may_review": use.reviewed_at is None
                and actor.may("price_changes.approve")
                and use.started_by_id != actor.id,
            }
            for use in uses
        ],
        "kinds": PriceTemplate.Kind.choices,
        "reaches": PriceTemplate.Reach.choices,
        "may_manage": actor.may("price_templates.manage"),
        "may_edit": actor.may("prices.edit"),
        "may_end": actor.may("emergency_prices.start"),
        "refused": refused,
        "typed": typed or {},
    }


def template_form(posted: Any) -> TemplateDraft:
    """The form's fields; each line of `lines` is “list SKU amount” or “list SKU −10%”, by blanks, tabs or commas."""
    lines = []
    for line in posted.get("lines", "")[:200_000].splitlines():
        parts = line.replace("\x00", "").replace(",", " ").replace("\t", " ").replace(" %", "%").split()
        if parts:
            lines.append(
                (parts[0], parts[1] if len(parts) > 1 else None, parts[2] if len(parts) > 2 else None)
            )
    return TemplateDraft(
        posted.get("kind", ""),
        posted.get("name", "").replace("\x00", ""),
        posted.get("reason", "").replace("\x00", ""),
        whole_number(posted.get("hours"), 0) if posted.get("hours") else None,
        lines,
        _terms(posted),
    )


def _terms(posted: Any) -> Terms:
    """Limit and sites; the codes of `places` stand apart by blanks or commas, in either script."""
    typed = {
        name: posted.get(name, "").replace("\x00", "") for name in ("per_customer", "total_units", "reach")
    }
    places = posted.get("places", "")[:10_000].replace("\x00", "")
    for comma in ",，、":
        places = places.replace(comma, " ")
    return Terms(**typed, places=places.split())


def window_of(posted: Any) -> dict[str, Any]:
    """From and until: wall times of the reader as instants; what is no time stays as it was typed."""
    return {name: _instant(posted.get(name, "")) for name in ("effective_from", "effective_until")}


def _instant(raw: str) -> Any:
    try:
        at = datetime.fromisoformat(raw)
    except ValueError:
        return raw
    return timezone.make_aware(at) if timezone.is_naive(at) else at
