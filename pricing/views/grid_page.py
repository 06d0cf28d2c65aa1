"""What the grid's views stand on: the question in the address, a window of rows, the entries in a body."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, RawPostDataException
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Product
from lib import clock
from lib.faults import Fault, refuse
from lib.sheets.writing import csv_bytes, xlsx_bytes
from pricing.actions.grid_entries import Entry
from pricing.forms import CHANGED_CHOICES, HeaderForm, grid_question
from pricing.models import PriceChange, PriceList
from pricing.queries.grid import category_counts, grid_count, grid_lists, grid_products, has_products
from pricing.queries.price_changes import newest_draft_of
from pricing.views import shapes
from pricing.views.words import grid_words
from web import figures, times
from web.gates import actor_of

WINDOW = 100
EXPORT_WINDOW = 500
EXPORT_LIMIT = 20_000
USUAL_LISTS = 4


class Sheet:
    """One question to the grid, answered part by part."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.actor = actor_of(request)
        self.draft = newest_draft_of(self.actor) if self.actor.may("prices.edit") else None
        self.asked = grid_question(request.GET, self.draft.pk if self.draft else None)
        self.at = clock.now()

    @cached_property
    def all_lists(self) -> list[PriceList]:
        return grid_lists()

    @cached_property
    def lists(self) -> list[PriceList]:
        """The lists asked for, else the first base and region lists."""
        chosen = [one for one in self.all_lists if one.code in self.asked.list_codes]
        usual = [one for one in self.all_lists if one.kind in ("base", "region")]
        return chosen or usual[:USUAL_LISTS] or self.all_lists[:USUAL_LISTS]

    @property
    def home(self) -> str:
        """The currency in which cost is shown: the first base list's, else the first list's."""
        return self.all_lists[0].currency if self.all_lists else ""

    def window(self, limit: int = WINDOW, offset: int | None = None) -> dict[str, Any]:
        """Rows from the asked offset on. 16 queries whatever their number, 20 with the column of competitors."""
        start = self.asked.offset if offset is None else offset
        products = grid_products(self.asked.filter, self.at, offset=start, limit=limit)
        rows = shapes.row_jsons(products, self.lists, actor=self.actor, home=self.home, at=self.at)
        if self.asked.with_market:
            shapes.add_market(rows, products, self.lists, self.at)
        return {"offset": start, "rows": rows, "is_last": len(products) < limit}

    def file(self, form: str) -> bytes:
        """The asked products with their prices as "csv" or "xlsx", safe to open in a spreadsheet."""
        may_see_costs = self.actor.may("costs.view")
        heads = ["sku", "name", "category", "status", *([f"cost {self.home}"] if may_see_costs else [])]
        for one in self.lists:
            heads += [f"{one.code} {one.currency}", *([f"{one.code} margin %"] if may_see_costs else [])]
            heads += [f"{one.code} competitor"] if self.asked.with_market else []
        lines = self._file_lines(may_see_costs)
        return csv_bytes(heads, lines) if form == "csv" else xlsx_bytes(_("Prices"), heads, lines)

    def _file_lines(self, may_see_costs: bool) -> Iterator[list[Any]]:
        for offset in range(0, EXPORT_LIMIT, EXPORT_WINDOW):
            window = self.window(EXPORT_WINDOW, offset)
            for row in window["rows"]:
                yield self._file_line(row, may_see_costs)
            if window["is_last"]:
                break

    def _file_line(self, row: dict[str, Any], may_see_costs: bool) -> list[Any]:
        line = [row["sku"], row["name"], row["category"], row["status"]]
        line += [_number(row["cost"])] if may_see_costs else []
        for one in self.lists:
            cell = row["cells"].get(one.code, {})
            line += [_number(cell.get("amount")), *([_number(cell.get("margin"))] if may_see_costs else [])]
            if self.asked.with_market:
                line += [_number(row["market"].get(one.code, {}).get("amount"))]
        return line


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def safe(value: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = value or ""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def grid_context(request: HttpRequest) -> dict[str, Any]:
    """Everything templates/pricing/grid.html reads."""
    sheet = Sheet(request)
    asked, actor = sheet.asked, sheet.actor
    matched = grid_count(asked.filter, sheet.at)
    may = {
        "edit": actor.may("prices.edit"),
        "submit": actor.may("price_changes.submit"),
        "costs": actor.may("costs.view"),
        "feeds": actor.may("feeds.view"),
    }
    shown = {one.pk for one in sheet.lists}
    return {
        "filter": {
            "category": asked.filter.category,
            "statuses": asked.filter.statuses,
            "changed": asked.changed,
            "search": asked.filter.search,
            "is_seen": asked.filter.is_seen,
            "with_market": asked.with_market,
        },
        "status_label": ", ".join(str(Product.Status(one).label) for one in asked.filter.statuses),
        "changed_label": dict(CHANGED_CHOICES).get(asked.changed, ""),
        "statuses": Product.Status.choices,
        "changed_choices": CHANGED_CHOICES,
        "categories": category_counts(),
        "all_lists": [
            {"code": one.code, "name": one.name, "currency": one.currency, "is_shown": one.pk in shown}
            for one in sheet.all_lists
        ],
        "kept": {"search": _kept(request, "q"), "columns": _kept(request, "lists", "columns")},
        **_views(request),
        "count_words": _count_words(matched),
        "has_no_products": not matched and not has_products(),
        "may": may,
        "reason_codes": PriceChange.ReasonCode.choices,
        "zone_words": zone_words(),
        "saved": _saved(sheet.draft),
        "config": _config(sheet, may),
    }


def _config(sheet: Sheet, may: dict[str, bool]) -> dict[str, Any]:
    lines = shapes.draft_lines(sheet.draft)
    query = sheet.request.GET.copy()
    query.pop("offset", None)
    return {
        "urls": shapes.urls(),
        "owner": sheet.actor.id,
        "words": grid_words(),
        "may": may,
        "home": {"currency": sheet.home, "symbol": figures.SYMBOLS.get(sheet.home, sheet.home)},
        "lists": [
            shapes.list_json(one, may_edit=may["edit"], shows_band=index < 1)
            for index, one in enumerate(sheet.lists)
        ],
        "sort": sheet.asked.filter.order,
        "showsMarket": sheet.asked.with_market,
        "query": query.urlencode(),
        "draft": shapes.draft_json(sheet.draft),
        "lines": [shapes.line_json(line) for line in lines],
        "summary": shapes.summary_json(lines, actor=sheet.actor, at=sheet.at) if sheet.draft else None,
        "first": sheet.window(),
    }


def _kept(request: HttpRequest, *but: str) -> list[tuple[str, str]]:
    """The other parameters of the address, for a form that changes one of them."""
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    return [(name, value) for name, value in pairs if name not in (*but, "offset")]


def _views(request: HttpRequest) -> dict[str, Any]:
    """The views that stand in the menu for everyone."""
    own = request.GET.urlencode()
    views = [
        {"label": _("All products"), "query": ""},
        {"label": _("My draft"), "query": "draft=1"},
        {"label": _("Active products"), "query": "status=active"},
        {"label": _("Changed in 30 days"), "query": "changed=30&sort=-changed"},
        {"label": _("Dearest first"), "query": "sort=-cost"},
    ]
    current = next((view["label"] for view in views if view["query"] == own), _("Own filters"))
    return {"views": [{**view, "is_current": view["query"] == own} for view in views], "view_name": current}


def _count_words(matched: int) -> str:
    words = ngettext("%(count)s product", "%(count)s products", matched)
    return words % {"count": figures.figure(matched, 0)}


def _saved(draft: PriceChange | None) -> str:
    if draft is None:
        return ""
    return _("Draft saved %(time)s") % {"time": times.text_of(draft.edited_at, "seconds", clock.now())}


def zone_words() -> str:
    """The reader's zone with its offset now: "Shanghai (+08:00)"."""
    zone = timezone.get_current_timezone()
    offset = clock.now().astimezone(zone).strftime("%z")
    return f"{str(zone).rsplit('/', 1)[-1].replace('_', ' ')} ({offset[:3]}:{offset[3:]})"


def titled(now: datetime) -> str:
    """The title of a draft that nobody has named yet."""
    return _("Price grid, %(day)s") % {"day": times.date_text(timezone.localtime(now).date(), "date")}


@dataclass(frozen=True)
class Entries:
    """What the grid's scripts send."""

    draft_id: int | None
    entries: list[Entry]
    formula: str


def sent(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that the grid's scripts send. Raises Faults 400 when it is none."""
    try:
        body = json.loads(request.body)
    except (
        ValueError,
        RecursionError,
        RawPostDataException,
    ) as error:  # the last: a form's body, read as one
        raise refuse("malformed", _("The entries could not be read."), status=400) from error
    if not isinstance(body, dict):
        raise refuse("malformed", _("The entries could not be read."), status=400)
    return body


def entries_of(sent: dict[str, Any]) -> Entries:
    """The entries in a body. Raises Faults 400 when it is not of the shape."""
    try:
        draft = sent.get("draft")
        entries = [
            Entry(str(cell["price_list"])[:64], str(cell["sku"])[:64], str(cell.get("typed", ""))[:200])
            for cell in sent["cells"]
        ]
        return Entries(int(draft) if draft else None, entries, str(sent.get("formula") or "")[:100])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise refuse("malformed", _("The entries could not be read."), status=400) from error


def header_faults(form: HeaderForm) -> list[Fault]:
    """The faults of a header, each with its place."""
    return [
        Fault(f"/{name}", str(error.code or "invalid"), str(message))
        for name, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]
