"""What the timeline of a product shows: a track for each list and tier, gaps and coming ends marked."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from catalog.models import Product
from lib import clock
from lib.actors import Actor
from pricing.models import PriceList
from pricing.queries.product_timeline import Piece, product_pieces, waiting_pieces
from pricing.queries.why import product_of, sites_to_choose
from web import figures

SPANS = {"half": 183, "year": 365, "two": 730}
AHEAD = timedelta(days=120)
#: A bar narrower than this share of the track carries no figure of its own.
FIGURE_FROM = 7


class TimelineQuestion:
    """Product, how far back, and what was known when; a fault is kept, not raised."""

    def __init__(self, sku: str, asked: Any, actor: Actor) -> None:
        self.actor = actor
        self.now = clock.now()
        self.fault = ""
        self.sku = sku[:64].replace("\x00", "")
        self.span = asked.get("span", "") if asked.get("span", "") in SPANS else "half"
        self.known_at = self._instant(asked.get("known_at", ""))
        self.since = self.now - timedelta(days=SPANS[self.span])
        self.until = self.now + AHEAD

    def _instant(self, raw: str) -> datetime | None:
        try:
            at = datetime.fromisoformat(raw[:40]) if raw else None
        except ValueError:
            self.fault = _("“%(raw)s” is not a time.") % {"raw": raw[:40]}
            return None
        if at is None or not 1970 < at.year < 9000:
            return None
        return at if timezone.is_aware(at) else timezone.make_aware(at)

    @cached_property
    def product(self) -> Product | None:
        return product_of(self.sku)

    def place(self, at: datetime) -> float:
        """Where an instant lies on the track, 0–100."""
        share = (at - self.since) / (self.until - self.since) * 100
        return min(max(share, 0.0), 100.0)


def timeline_context(asked: TimelineQuestion) -> dict[str, Any]:
    """Everything templates/pricing/timeline.html reads; 5 queries."""
    context: dict[str, Any] = {
        "asked": asked,
        "product": asked.product,
        "spans": [("half", _("6 months")), ("year", _("1 year")), ("two", _("2 years"))],
        "known_value": timezone.localtime(asked.known_at).strftime("%Y-%m-%dT%H:%M")
        if asked.known_at
        else "",
    }
    if asked.product is None:
        return context
    pieces = product_pieces(asked.product.pk, since=asked.since, until=asked.until, known_at=asked.known_at)
    waiting = [] if asked.known_at else waiting_pieces(asked.product.pk, asked.now)
    sites = sites_to_choose(asked.actor)
    currencies = {piece.currency for piece in pieces if piece.kind == "base"}
    sites = [site for site in sites if site.currency in currencies] or sites
    context |= {
        "tracks": _tracks(asked, pieces),
        "waiting": [_row(asked, piece) for piece in waiting],
        "now_x": f"{asked.place(asked.now):.3f}%",
        "chart_url": _chart_url(asked, sites[0].code) if sites else "",
        "chart_site": sites[0] if sites else None,
        "scale": _scale(asked),
    }
    return context


def _chart_url(asked: TimelineQuestion, site: str) -> str:
    query = {"sku": asked.sku, "site": site} | (
        {"known_at": asked.known_at.isoformat()} if asked.known_at else {}
    )
    return f"{reverse('why-price-timeline')}?{urlencode(query)}"


def _scale(asked: TimelineQuestion) -> list[dict[str, Any]]:
    step = (asked.until - asked.since) / 4
    return [{"at": asked.since + step * n, "x": f"{n * 25 + 0.3:.1f}%", "is_first": n == 0} for n in range(4)]


def _tracks(asked: TimelineQuestion, pieces: Iterable[Piece]) -> list[dict[str, Any]]:
    tracks = []
    kinds = dict(PriceList.Kind.choices)
    for (_list, minimum, _currency), group in groupby(
        pieces, key=lambda one: (one.list_id, one.min_quantity, one.currency)
    ):
        rows = list(group)
        first = rows[0]
        tracks.append(
            {
                "code": first.list_code,
                "name": first.list_name,
                "kind": kinds.get(first.kind, first.kind),
                "minimum": None if minimum == 1 else minimum,
                "rows": _with_gaps(asked, rows),
            }
        )
    return tracks


def _with_gaps(asked: TimelineQuestion, rows: list[Piece]) -> list[dict[str, Any]]:
    """The pieces of a track in order, with what lies between them, and the end nothing follows."""
    marked: list[dict[str, Any]] = []
    for place, piece in enumerate(rows):
        follower = rows[place + 1].start if place + 1 < len(rows) else None
        row = _row(asked, piece)
        row["ends"] = piece.end is not None and follower is None and asked.now < piece.end
        marked.append(row)
        is_promotion = piece.kind == "promotion"
        if piece.end is not None and follower is not None and piece.end < follower and not is_promotion:
            marked.append(
                {"is_gap": True, "start": piece.end, "end": follower, **_span(asked, piece.end, follower)}
            )
    return marked


def _span(asked: TimelineQuestion, start: datetime, end: datetime | None) -> dict[str, Any]:
    x, until = asked.place(start), asked.place(end) if end else 100.0
    width = max(until - x, 0.4)
    return {
        "x": f"{x:.3f}%",
        "width": f"{width:.3f}%",
        "text_x": f"{x + 0.6:.3f}%",
        "is_wide": width > FIGURE_FROM,
    }


def _row(asked: TimelineQuestion, piece: Piece) -> dict[str, Any]:
    if piece.waiting:
        when = "waiting"
    elif piece.start > asked.now:
        when = "coming"
    else:
        when = "past" if piece.end is not None and piece.end <= asked.now else "now"
    return {
        "piece": piece,
        "start": piece.start,
        "end": piece.end,
        "when": when,
        "is_promotion": piece.kind == "promotion",
        "amount": "—" if piece.amount is None else figures.money_text(piece.amount, piece.currency),
        "url": reverse("price-change", args=[piece.change_id]),
        "reference": piece.title or f"#{piece.change_id}",
        **_span(asked, piece.start, piece.end),
    }


def timeline_json(asked: TimelineQuestion) -> dict[str, Any]:
    """The same pieces for a program; 2 queries and the product."""
    if asked.product is None:
        return {"sku": asked.sku, "pieces": []}
    pieces = product_pieces(asked.product.pk, since=asked.since, until=asked.until, known_at=asked.known_at)
    pieces += [] if asked.known_at else waiting_pieces(asked.product.pk, asked.now)
    return {
        "sku": asked.sku,
        "known_at": asked.known_at.isoformat() if asked.known_at else None,
        "pieces": [
            {
                "price_list": one.list_code,
                "min_quantity": f"{one.min_quantity.normalize():f}",
                "amount": None if one.amount is None else f"{one.amount:f}",
                "currency": one.currency,
                "valid_from": one.start.isoformat(),
                "valid_until": one.end.isoformat() if one.end else None,
                "recorded_at": one.known_from.isoformat() if one.known_from else None,
                "price_change": one.change_id,
                "state": one.state,
                "prepared_by": one.prepared_by,
                "decided_by": one.decided_by,
            }
            for one in pieces
        ],
    }
