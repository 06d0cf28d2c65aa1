"""From queries to what the grid's scripts read: plain JSON, amounts as text with every digit of their currency."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lib import clock
from lib.actors import Actor
from lib.money import minor_unit, round_money
from pricing.actions.grid_entries import Entered, EntriesTaken
from pricing.messages import finding_message
from pricing.models import PriceChange, PriceList
from pricing.queries.grid import (
    GridProduct,
    ListCell,
    MarginBook,
    change_limits,
    list_cells,
    margin_book,
)
from pricing.queries.lines import LineRow, line_rows
from pricing.queries.market_cells import MarketCell, market_cells
from pricing.queries.replay import Replay, replay
from pricing.rules.formulas import margin_of
from pricing.views.words import refusals
from web import figures, times

TENTH = Decimal("0.1")
WHOLE_FROM = 100


def amount_text(amount: Decimal | None, currency: str) -> str | None:
    """ "13.25" with the currency's decimals."""
    return None if amount is None else f"{round_money(amount, currency):f}"


def percent_text(fraction: Decimal | None) -> str | None:
    """ "46.6" of 0.466, without a sign of its own."""
    return None if fraction is None else f"{(fraction * 100).quantize(TENTH, ROUND_HALF_UP):f}"


def list_json(one: PriceList, *, may_edit: bool, shows_band: bool) -> dict[str, Any]:
    """A price list as a column group."""
    return {
        "code": one.code,
        "name": one.name,
        "currency": one.currency,
        "symbol": figures.SYMBOLS.get(one.currency, one.currency + figures.NBSP),
        "places": minor_unit(one.currency),
        "editable": may_edit,
        "showsBand": shows_band,
    }


def row_jsons(
    products: Sequence[GridProduct], lists: Sequence[PriceList], *, actor: Actor, home: str, at: datetime
) -> list[dict[str, Any]]:
    """Rows of the grid with their cells. 14 queries whatever the number of products."""
    ids = [product.id for product in products]
    cells = list_cells(ids, [one.pk for one in lists], at)
    limits = change_limits(ids, [one.pk for one in lists])
    book = margin_book(ids, at) if actor.may("costs.view") else None
    return [_row_json(product, lists, cells, limits, book, home) for product in products]


def add_market(
    rows: Sequence[dict[str, Any]], products: Sequence[GridProduct], lists: Sequence[PriceList], at: datetime
) -> None:
    """Give each row its `market`: list code → what the cheapest competitor asks, and the words of its tooltip. 4 queries."""
    cells = market_cells([product.id for product in products], lists, at)
    for row, product in zip(rows, products, strict=True):
        row["market"] = {
            one.code: {"amount": amount_text(cell.amount, one.currency), "words": _seen_words(cell, at)}
            for one in lists
            if (cell := cells.get((product.id, one.code))) is not None
        }


def _seen_words(cell: MarketCell, at: datetime) -> str:
    words = ngettext(
        "Lowest of %(count)s competitor, seen %(when)s",
        "Lowest of %(count)s competitors, newest seen %(when)s",
        cell.count,
    )
    return words % {"count": cell.count, "when": times.text_of(cell.observed_at, "short", at)}


def _row_json(
    product: GridProduct,
    lists: Sequence[PriceList],
    cells: Mapping[tuple[int, str], ListCell],
    limits: Mapping[tuple[int, int], Decimal | None],
    book: MarginBook | None,
    home: str,
) -> dict[str, Any]:
    found = {one.code: cells.get((product.id, one.code)) for one in lists}
    moved = [cell.valid_from for cell in found.values() if cell and cell.valid_from]
    cost = book.cost_in(product.id, home) if book else None
    return {
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "status": product.status,
        "cost": amount_text(cost, home),
        "changed": day_text(max(moved)) if moved else "",
        "cells": {
            one.code: {
                "amount": amount_text(cell.amount, one.currency),
                "is_derived": cell.is_derived,
                "margin": percent_text(margin_of(cell.amount, book.of(product.id, one.pk))) if book else None,
                **_band(cell.amount, limits.get((product.id, one.pk)), one.currency),
            }
            for one in lists
            if (cell := found[one.code]) is not None
        },
    }


def _band(amount: Decimal, limit: Decimal | None, currency: str) -> dict[str, str | None]:
    """From where to where the price may move in one step without review."""
    if limit is None:
        return {"low": None, "high": None}
    return {
        "low": amount_text(amount * (1 - limit), currency),
        "high": amount_text(amount * (1 + limit), currency),
    }


def day_text(at: datetime) -> str:
    """ "02 Mar", with the year instead of the day for other years."""
    local, now = timezone.localtime(at), timezone.localtime(clock.now())
    chinese = (get_language() or "").startswith("zh")
    if local.year == now.year:
        return date_format(local, "n月j日" if chinese else "d M")
    return date_format(local, "Y年n月" if chinese else "M Y")


def line_json(line: LineRow) -> dict[str, Any]:
    """A line of the draft as a cell shows it."""
    return {
        "price_list": line.price_list,
        "sku": line.sku,
        "amount": amount_text(line.amount, line.currency),
        "old": amount_text(line.old_amount, line.currency),
        "margin": percent_text(line.margin_fraction),
        "severity": line.severity,
        "is_stale": line.is_moved,
        "now": amount_text(line.live_amount, line.currency),
        "messages": [
            {"severity": finding.severity, "text": finding_message(finding.code, finding.params)}
            for finding in line.findings
        ],
    }


def draft_json(change: PriceChange | None) -> dict[str, Any] | None:
    """The draft as the bar names it."""
    if change is None:
        return None
    return {
        "id": change.pk,
        "reference": change.reference,
        "title": change.title,
        "url": reverse("price-change", args=[change.pk]),
    }


def summary_json(lines: Sequence[LineRow], *, actor: Actor, at: datetime) -> dict[str, Any]:
    """The figures of the bar; the margin effect only where sales and the right to see costs allow it."""
    changes = [line.change_fraction for line in lines if line.change_fraction is not None]
    mean = sum(changes, Decimal(0)) / len(changes) if changes else None
    found = [finding.severity for line in lines for finding in line.findings]
    return {
        "lines": len(lines),
        "reach": _reach(len({line.product_id for line in lines}), len({line.list_id for line in lines})),
        "mean": None if mean is None else figures.figure(mean * 100, 1, plus=True) + figures.NBSP + "%",
        "findings": {severity: found.count(severity) for severity in ("block", "review", "note")},
        "effect": effect_json(replay(lines, actor=actor, at=at)) if actor.may("costs.view") else None,
    }


def _reach(products: int, lists: int) -> str:
    """ "12 products, 2 lists"."""
    product_words = ngettext("%(n)s product", "%(n)s products", products) % {"n": figures.figure(products, 0)}
    list_words = ngettext("%(n)s list", "%(n)s lists", lists) % {"n": lists}
    return product_words + _(", ") + list_words


def effect_json(found: Replay | None) -> dict[str, Any] | None:
    """The margin effect per week."""
    if found is None:
        return None
    shown = figures.delta_of(found.effect, currency=found.currency, good="up")
    return {
        "text": figures.money_text(
            found.effect, found.currency, plus=True, whole=abs(found.effect) >= WHOLE_FROM
        ),
        "direction": shown.direction,
        "tone": shown.tone,
        "note": _("a week, same units"),
        "hint": _(
            "Units of the last 8 weeks at today’s and at the new prices; how buyers answer is not guessed."
        ),
    }


def entered_json(
    one: Entered, lines: Mapping[tuple[str, str], LineRow], words: Mapping[str, str]
) -> dict[str, Any]:
    """What became of one cell."""
    line = lines.get((one.entry.price_list, one.entry.sku))
    return {
        "price_list": one.entry.price_list,
        "sku": one.entry.sku,
        "typed": one.entry.typed,
        "status": one.status,
        "code": one.code,
        "detail": words.get(one.code) or one.detail,
        "line": line_json(line) if line else None,
    }


def taken_json(taken: EntriesTaken, actor: Actor) -> dict[str, Any]:
    """The answer to entries: the draft, each cell, the bar's figures, when it was saved."""
    now = clock.now()
    lines = draft_lines(taken.change)
    by_place = {(line.price_list, line.sku): line for line in lines}
    words = refusals()
    return {
        "draft": draft_json(taken.change),
        "cells": [entered_json(one, by_place, words) for one in taken.entered],
        "summary": summary_json(lines, actor=actor, at=now),
        "saved": _("Draft saved %(time)s") % {"time": times.text_of(now, "seconds", now)},
    }


def draft_lines(change: PriceChange | None) -> list[LineRow]:
    """All lines of the draft, none without one. 2 queries."""
    return line_rows(change.pk) if change else []


def urls() -> dict[str, str]:
    """Where the scripts ask."""
    return {
        "rows": reverse("price-grid-rows"),
        "cells": reverse("price-grid-cells"),
        "submit": reverse("price-grid-submit"),
        "why": reverse("why-price"),
        "products": f"{reverse('price-grid')}products/",
        "cover": "/stock/cover/",
        "icons": static("vendor/icons.svg"),
    }
