"""Rates by hand that wait, and the stored rates as the page of rates lists them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from catalog.models import ExchangeRate, RateProposal
from catalog.queries.products import plain
from catalog.rules.exchange import LIMIT_DAYS


@dataclass(frozen=True)
class NewestRate:
    """The newest stored rate of a pair, and its age in days."""

    base: str
    quote: str
    rate: Decimal
    on: date
    source: str
    age: int

    @property
    def is_old(self) -> bool:
        return self.age > LIMIT_DAYS


def newest_rates(today: date) -> list[NewestRate]:
    """The newest rate of each pair on or before `today`. 1 query."""
    rows = (
        ExchangeRate.objects.filter(on__lte=today).order_by("base", "quote", "-on").distinct("base", "quote")
    )
    return [
        NewestRate(one.base, one.quote, one.rate, one.on, one.source, (today - one.on).days) for one in rows
    ]


def rate_history(base: str, quote: str, limit: int = 60) -> list[ExchangeRate]:
    """The newest rates of one pair. 1 query."""
    return list(ExchangeRate.objects.filter(base=base, quote=quote).order_by("-on")[:limit])


def rate_proposals(state: str = "") -> QuerySet[RateProposal]:
    """Proposals, newest first."""
    rows = RateProposal.objects.order_by("-id")
    return rows.filter(state=state) if state else rows


def rate_proposal(proposal_id: int) -> RateProposal | None:
    return RateProposal.objects.filter(pk=proposal_id).first()


def proposal_facts(found: RateProposal) -> dict[str, Any]:
    """What is proposed, for the trail."""
    return {"base": found.base, "quote": found.quote, "rate": plain(found.rate), "on": found.on.isoformat()}


def proposal_row(found: RateProposal) -> dict[str, Any]:
    """A proposal as REST gives it."""
    return {
        "id": found.pk,
        **proposal_facts(found),
        "reason": found.reason,
        "state": found.state,
        "content_hash": found.content_hash,
        "prepared_by": found.prepared_by_name,
        "approved_by": found.approved_by_name,
        "proposed_at": found.proposed_at,
        "closed_at": found.closed_at,
    }
