"""REST of master data: lists in (all or nothing, every fault at once), pages out."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from catalog import access, actions, queries, serializers
from catalog.queries import pages
from catalog.rules import fields
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage

SHAPE_CODES = (
    "not_a_list, too_many, not_an_object, required, unknown_field, duplicate_row, not_text, blank, too_long,"
    " control_character, not_a_number, too_precise, too_large, not_above_zero, not_a_fraction, not_a_date, not_a_time,"
    " no_offset, conflict"
)


def _documented(row: type[Serializer], codes: str, *filters: str) -> Callable[[Any], Any]:
    """The OpenAPI of a list: POST rows → counts, GET a page of rows, filtered; `codes` are those of its own faults."""
    told = (
        "Create or update by natural key; all or nothing. An optional field that is absent keeps its value."
        f"\n\nFault codes: {codes + ', ' if codes else ''}{SHAPE_CODES}."
    )
    return extend_schema_view(
        post=extend_schema(
            description=told, request=row(many=True), responses={200: serializers.CountsAnswer}
        ),
        get=extend_schema(
            description="A cursor page with the fields that are posted.",
            parameters=[OpenApiParameter(name, str) for name in filters],
            responses={200: row(many=True)},
        ),
    )


class MasterData(ApiView):
    """One list: `write` takes the rows, `found` gives the queryset, `rows` its rows."""

    pagination_class = CursorPage

    def write(self, rows: Any) -> actions.Counts:
        raise NotImplementedError

    def found(self, asked: dict[str, str]) -> QuerySet[Any]:
        raise NotImplementedError

    def rows(self, page: Iterable[Any]) -> list[dict[str, Any]]:
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        return self.once(lambda: (200, self.write(request.data).as_json()))

    def get(self, request: Request) -> Response:
        paginator = CursorPage()
        asked = {name: str(value).replace("\x00", "") for name, value in request.query_params.items()}
        page = paginator.paginate_queryset(self.found(asked), request, view=self)
        return paginator.get_paginated_response(self.rows(page or []))


@_documented(
    serializers.ProductRow,
    "unknown_unit, unknown_status, invalid_barcode, barcode_taken, invalid_category, net_content_unit_needed, unit_fixed",
    "sku",
    "category",
    "status",
    "barcode",
)
class Products(MasterData):
    required_permission = {"GET": "products.view", "POST": "products.edit"}

    def write(self, rows: Any) -> actions.Counts:
        return actions.upsert_products(actor=self.actor, rows=rows)

    def found(self, asked: dict[str, str]) -> QuerySet[Any]:
        wanted = {name: asked.get(name, "") for name in ("sku", "category", "status", "barcode")}
        return queries.products(**wanted)

    def rows(self, page: Iterable[Any]) -> list[dict[str, Any]]:
        return queries.product_rows(page)


@_documented(
    serializers.SiteRow,
    "unknown_kind, unknown_country, unknown_timezone, unknown_currency, unknown_operator, unknown_channel, invalid_opening_hours, currency_fixed, outside_scope",
    "code",
    "region",
    "kind",
    "country",
)
class Sites(MasterData):
    required_permission = {"GET": "products.view", "POST": "sites.edit"}

    def write(self, rows: Any) -> actions.Counts:
        return actions.upsert_sites(actor=self.actor, rows=rows)

    def found(self, asked: dict[str, str]) -> QuerySet[Any]:
        return pages.sites(access.visible_sites(self.actor), asked)

    def rows(self, page: Iterable[Any]) -> list[dict[str, Any]]:
        return queries.site_rows(page)


@_documented(serializers.CustomerGroupRow, "", "code")
class CustomerGroups(MasterData):
    required_permission = {"GET": "products.view", "POST": "price_lists.edit"}

    def write(self, rows: Any) -> actions.Counts:
        return actions.upsert_customer_groups(actor=self.actor, rows=rows)

    def found(self, asked: dict[str, str]) -> QuerySet[Any]:
        return pages.customer_groups(asked)

    def rows(self, page: Iterable[Any]) -> list[dict[str, Any]]:
        return [{"code": one.code, "name": one.name, "ended_at": one.ended_at} for one in page]


@_documented(serializers.TaxRateRow, "unknown_country", "country", "tax_class", "valid_from")
class TaxRates(MasterData):
    required_permission = {"GET": "products.view", "POST": "taxes.edit"}

    def write(self, rows: Any) -> actions.Counts:
        return actions.upsert_tax_rates(actor=self.actor, rows=rows)

    def found(self, asked: dict[str, str]) -> QuerySet[Any]:
        return pages.tax_rates(asked, _day(asked, "valid_from"))

    def rows(self, page: Iterable[Any]) -> list[dict[str, Any]]:
        return queries.tax_rate_rows(page)


@_documented(serializers.UnitCostRow, "unknown_sku, unknown_currency", "sku", "currency", "valid_from")
class UnitCosts(MasterData):
    required_permission = {"GET": "costs.view", "POST": "costs.edit"}

    def write(self, rows: Any) -> actions.Counts:
        return actions.upsert_unit_costs(actor=self.actor, rows=rows)

    def found(self, asked: dict[str, str]) -> QuerySet[Any]:
        return pages.unit_costs(asked, _moment(asked, "valid_from"))

    def rows(self, page: Iterable[Any]) -> list[dict[str, Any]]:
        return queries.unit_cost_rows(page)


@_documented(serializers.ExchangeRateRow, "unknown_currency, same_currency", "base", "quote", "on")
class ExchangeRates(MasterData):
    required_permission = {"GET": "products.view", "POST": "rates.edit"}

    def write(self, rows: Any) -> actions.Counts:
        return actions.upsert_exchange_rates(actor=self.actor, rows=rows)

    def found(self, asked: dict[str, str]) -> QuerySet[Any]:
        return pages.exchange_rates(asked, _day(asked, "on"))

    def rows(self, page: Iterable[Any]) -> list[dict[str, Any]]:
        return queries.exchange_rate_rows(page)


def _day(asked: dict[str, str], name: str) -> date | None:
    day: date | None = _value(asked, name, fields.day)
    return day


def _moment(asked: dict[str, str], name: str) -> datetime | None:
    """An instant; the "+" of its offset may have come as a blank, as it does unescaped in an address."""
    moment: datetime | None = _value(asked, name, lambda text: fields.instant(text.replace(" ", "+")))
    return moment


def _value(asked: dict[str, str], name: str, check: Callable[[str], Any]) -> Any:
    if not asked.get(name):
        return None
    try:
        return check(asked[name])
    except fields.Wrong as wrong:
        raise refuse(wrong.code, f"{name} {wrong.detail}.", pointer=f"/{name}") from wrong
