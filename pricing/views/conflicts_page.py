"""What the conflict page shows: each collision, what will win, and the one thing to do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from lib import clock
from lib.actors import Actor
from pricing.queries.conflicts import KINDS, Conflict, ConflictFilter, conflict_counts, conflicts
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from pricing.queries.why import lists_by_code, sites_to_choose

PAGE = 50
#: At most so many instants are quoted for one page: each costs a fixed number of queries.
MOMENTS = 10
#: Kinds that change or may change what is asked at the till.
SERIOUS = ("overlap", "stale_base", "equal_priority")


def kind_words() -> dict[str, str]:
    return {
        "overlap": _("Two changes for one price"),
        "stale_base": _("The price moved since it was written"),
        "price_ends": _("A price ends and nothing follows"),
        "promotion_without_end": _("A promotion without an end"),
        "promotion_above_price": _("A promotion above the price"),
        "equal_priority": _("Two lists of equal priority"),
        "outside_band": _("An own price outside the band"),
    }


def conflicts_context(asked: Any, actor: Actor) -> dict[str, Any]:
    """Everything templates/pricing/conflicts.html reads."""
    lists = lists_by_code()
    kind = asked.get("kind", "") if asked.get("kind", "") in KINDS else ""
    code = asked.get("price_list", "") if asked.get("price_list", "") in lists else ""
    now, words = clock.now(), kind_words()
    counts = conflict_counts(ConflictFilter(now, "", code))
    number = asked.get("page", "1")
    page = (
        min(max(int(number), 1), 10_000) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    )
    found = _page(ConflictFilter(now, kind, code), page)
    quotes = _next_quotes([one for one in found[:PAGE] if one.kind == "price_ends"], actor)
    return {
        "rows": [_row(one, words, quotes) for one in found[:PAGE]],
        "next_url": f"?{urlencode({'kind': kind, 'price_list': code, 'page': page + 1})}"
        if len(found) > PAGE
        else "",
        "previous_url": f"?{urlencode({'kind': kind, 'price_list': code, 'page': page - 1})}"
        if page > 1
        else "",
        "tabs": [
            {"kind": name, "label": words[name], "count": counts[name], "is_on": name == kind}
            for name in KINDS
        ],
        "total": sum(counts.values()),
        "kind": kind,
        "filters": [
            {
                "label": _("Price list"),
                "name": "price_list",
                "icon": "list-details",
                "value": code,
                "options": [(one.code, one.name) for one in sorted(lists.values(), key=lambda x: x.code)],
            }
        ],
    }


def _page(wanted: ConflictFilter, page: int) -> list[Conflict]:
    return conflicts(wanted, limit=page * PAGE + 1)[(page - 1) * PAGE :]


def _next_quotes(ending: Iterable[Conflict], actor: Actor) -> dict[tuple[int, int, int], Quote]:
    """What a quote will answer at the end of each price, at an example site of its list."""
    lists, sites = lists_by_code(), sites_to_choose(actor)
    by_moment: dict[datetime, list[tuple[Conflict, QuoteLine]]] = {}
    for one in ending:
        facts = lists[one.price_list]
        fitting = [
            site
            for site in sites
            if facts.site_id in (None, site.pk)
            and facts.region_id in (None, site.region_id)
            and (facts.region_id or facts.site_id or site.currency == facts.currency)
        ]
        if fitting:
            line = QuoteLine(one.sku, fitting[0].code, "", one.min_quantity)
            by_moment.setdefault(one.start, []).append((one, line))
    answers = {}
    for moment, asked in sorted(by_moment.items())[:MOMENTS]:
        quotes = quote_lines([line for _one, line in asked], actor=actor, at=moment)
        answers.update({one.key: quote for (one, _line), quote in zip(asked, quotes, strict=True)})
    return answers


def _row(one: Conflict, words: dict[str, str], quotes: dict[tuple[int, int, int], Quote]) -> dict[str, Any]:
    quote = quotes.get(one.key)
    way, way_url = _way(one)
    return {
        "one": one,
        "words": words[one.kind],
        "tone": "red" if one.kind in SERIOUS or (quote and quote.error_code) else "amber",
        "outcome": _outcome(one, quote),
        "quote": quote if quote and not quote.error_code else None,
        "way": way,
        "way_url": way_url,
    }


def _way(one: Conflict) -> tuple[str, str]:
    """Where it is mended: the list's priority, the price in the grid, or the change."""
    if one.kind == "equal_priority":
        return _("Open list"), f"{reverse('price-lists')}{one.price_list}/"
    if one.kind in ("price_ends", "outside_band", "promotion_above_price"):
        return _(
            "Set a price"
        ), f"{reverse('price-grid')}?{urlencode({'q': one.sku, 'lists': one.price_list})}"
    return _("Open change"), reverse("price-change", args=[(one.other or one.change).id])


def _outcome(one: Conflict, quote: Quote | None) -> str:
    if one.kind == "price_ends":
        if quote is None:
            return _("The next list of the access sequence applies.")
        if quote.error_code:
            return _("From then on there is no price at %(site)s.") % {"site": quote.site}
        return _("Then %(list)s applies at %(site)s.") % {"list": quote.price_list, "site": quote.site}
    first, second = one.change.reference, (one.other or one.change).reference
    return {
        "first_placed": _("Whichever is placed first stands; the other is then refused."),
        "later_covers": _("%(second)s knows of %(first)s and lies over it once approved."),
        "later_refused": _("%(first)s stands; %(second)s will be refused: edit or withdraw it.")
        if one.other
        else _("%(second)s will be refused when it is placed: edit or withdraw it."),
        "stays": _("It wins over every other list until somebody ends it."),
        "passed_over": _("Nobody is asked for it: the lower price applies."),
        "by_chance": _("Only chance decides which applies: give one list the higher priority."),
        "below_band": _("It stands below what its list may derive."),
        "above_band": _("It stands above what its list may derive."),
    }[one.outcome] % {"first": first, "second": second}
