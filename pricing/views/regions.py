"""/prices/regions/: the base price and every region side by side, with what leaves its band first."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lib import clock
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from pricing.forms import whole_number
from pricing.queries.grid import GridFilter, category_counts
from pricing.queries.regions import (
    MOST_ROWS,
    RegionBoard,
    RegionRow,
    region_board,
    region_counts,
    region_rows,
)
from web.gates import actor_of, permission_required

PAGE = 50
LAST_PAGE = 100_000


@permission_required("prices.view")
@require_GET
def regions(request: HttpRequest) -> HttpResponse:
    """A page of products, or all that is shown up to MOST_ROWS as CSV or XLSX."""
    asked = request.GET
    wanted = GridFilter(
        search=asked.get("q", "")[:100], category=asked.get("category", "").replace("\x00", "")[:300]
    )
    breaks = asked.get("breaks") == "1"
    board = region_board(clock.now())
    if (form := asked.get("format", "")) in CONTENT_TYPES:
        return _file(board, region_rows(board, wanted, breaks_only=breaks, limit=MOST_ROWS), form)
    page = min(max(whole_number(asked.get("page"), 1), 1), LAST_PAGE)
    rows = region_rows(board, wanted, breaks_only=breaks, offset=(page - 1) * PAGE, limit=PAGE + 1)
    context = regions_context(board, wanted, breaks, rows[:PAGE])
    query = {"q": wanted.search, "category": wanted.category, "breaks": "1" if breaks else ""}
    context["next_url"] = f"?{urlencode({**query, 'page': page + 1})}" if len(rows) > PAGE else ""
    context["previous_url"] = f"?{urlencode({**query, 'page': page - 1})}" if page > 1 else ""
    context["may_edit"] = actor_of(request).may("prices.edit")
    return render(request, "pricing/regions.html", context)


def regions_context(
    board: RegionBoard, wanted: GridFilter, breaks: bool, rows: Sequence[RegionRow]
) -> dict[str, Any]:
    """What templates/pricing/regions.html reads."""
    total, broken = region_counts(board, wanted)
    return {
        "board": board,
        "rows": [_shown(board, row) for row in rows],
        "wanted": wanted,
        "breaks": breaks,
        "total": total,
        "broken": broken,
        "filters": [
            {
                "label": _("Category"),
                "name": "category",
                "value": wanted.category,
                "options": [(path, f"{path} ({n})") for path, n in category_counts()],
            }
        ],
    }


def _shown(board: RegionBoard, row: RegionRow) -> dict[str, Any]:
    codes = [column.facts.code for column in board.columns]
    base = board.base.code if board.base else ""
    return {
        "row": row,
        "cells": list(zip(board.columns, row.cells, strict=True)),
        "why_url": f"{reverse('why-price')}?{urlencode({'sku': row.sku})}",
        "draft_url": f"{reverse('price-grid')}?{urlencode({'q': row.sku, 'lists': ','.join([base, *codes])})}",
    }


def _file(board: RegionBoard, rows: Sequence[RegionRow], form: str) -> HttpResponse:
    base = board.base
    columns = [_("SKU"), _("Product"), _("Category"), f"{base.code} {base.currency}" if base else _("Base")]
    from_base, leaves = _("from the base"), _("leaves the band")
    for column in board.columns:
        code = column.facts.code
        columns += [f"{code} {column.facts.currency}", f"{code} {from_base}", f"{code} {leaves}"]
    cells = (
        [row.sku, row.name, row.category, row.base_amount]
        + [
            value
            for cell in row.cells
            for value in (
                cell.amount,
                None if cell.fraction is None else round(cell.fraction, 4),
                cell.breaks,
            )
        ]
        for row in rows
    )
    made = csv_bytes(columns, cells) if form == "csv" else xlsx_bytes(_("Regions"), columns, cells)
    answer = HttpResponse(made, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="regions.{form}"'
    return answer
