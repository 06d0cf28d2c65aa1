"""price-sheets/: a sheet sent by a system, previewed and taken as on the page."""

import hashlib
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as rest
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.queries.products import plain
from lib.faults import refuse
from pricing import serializers
from pricing.actions.category_changes import CategoryChange, change_category
from pricing.actions.grid_entries import EntriesTaken
from pricing.actions.sheets import SheetFile, preview_sheet, take_sheet
from pricing.models import PriceSheet
from pricing.queries.price_changes import change_item, price_change
from pricing.queries.sheets import sheet_of_owner, sheet_rows, state_counts
from web.api import ApiView

MOST_ROWS = MOST_NAMED = 1000
ROW_FIELDS = (
    "id", "line", "price_list", "sku", "min_quantity", "typed", "amount", "base_amount", "live_amount", "state", "code",
)  # fmt: skip
PROBLEMS = dict.fromkeys((403, 404, 409, 413, 422), serializers.PricingProblem)


class SheetAsked(rest.Serializer):
    file = rest.FileField(help_text="CSV or XLSX, up to 32 MB and 200,000 rows.")
    decimal_mark = rest.ChoiceField(
        [".", ","], required=False, help_text="Needed where amounts stand as text."
    )
    price_list = rest.CharField(required=False, help_text="For a sheet of sku and amount alone.")


class SheetRow(rest.Serializer):
    id = rest.IntegerField()
    line = rest.IntegerField()
    price_list = rest.CharField()
    sku = rest.CharField()
    min_quantity = rest.CharField()
    typed = rest.CharField()
    amount = rest.CharField(allow_null=True)
    base_amount = rest.CharField(allow_null=True)
    live_amount = rest.CharField(allow_null=True)
    state = rest.ChoiceField(["good", "conflict", "theirs", "refused"])
    code = rest.CharField()


class SheetAnswer(rest.Serializer):
    id = rest.IntegerField()
    state = rest.ChoiceField(PriceSheet.State.values)
    name = rest.CharField()
    sha256 = rest.CharField()
    encoding = rest.CharField()
    row_count = rest.IntegerField()
    unchanged = rest.IntegerField()
    counts = rest.DictField(child=rest.IntegerField())  # type: ignore[assignment]
    price_change = rest.IntegerField(allow_null=True)
    rows = SheetRow(many=True, help_text="The first 1,000 that ask for something; refused ones first.")


class TakeAsked(rest.Serializer):
    price_change = rest.IntegerField(required=False, help_text="The draft; without it a new one is made.")
    only_good = rest.BooleanField(
        required=False, help_text="Refused rows and open conflicts may stay behind."
    )
    mine = rest.ListField(child=rest.IntegerField(), required=False, help_text="Conflicts to take as sent.")


def sheet_item(sheet: PriceSheet) -> dict[str, Any]:
    """A sheet with its rows; 2 queries."""
    rows = sheet_rows(sheet.pk).order_by("state", "line", "pk").reverse()[:MOST_ROWS]
    return {
        "id": sheet.pk,
        "state": sheet.state,
        "name": sheet.name,
        "sha256": sheet.sha256,
        "encoding": sheet.encoding,
        "row_count": sheet.row_count,
        "unchanged": sheet.unchanged,
        "counts": dict(state_counts(sheet.pk)),
        "price_change": sheet.change_id,
        "rows": [{name: _value(getattr(row, name)) for name in ROW_FIELDS} for row in rows],
    }


def _value(value: Any) -> Any:
    return plain(value) if hasattr(value, "as_tuple") else value


class PriceSheets(ApiView):
    required_permission = {"POST": "prices.edit"}
    parser_classes = [MultiPartParser]

    @extend_schema(request={"multipart/form-data": SheetAsked}, responses={201: SheetAnswer, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """Read a sheet and hold it as a preview: nothing is changed yet."""
        sent = request.FILES.get("file")
        if sent is None:
            raise refuse("required", "file is needed.", pointer="/file")
        sent_fields: Any = request.data
        asked = {name: str(sent_fields.get(name) or "")[:32] for name in ("decimal_mark", "price_list")}
        file = SheetFile(sent.name or "", sent.read(), **asked)

        def effect() -> tuple[int, Any]:
            return 201, sheet_item(preview_sheet(actor=self.actor, file=file))

        return self.once_for({**asked, "sha256": hashlib.sha256(file.body).hexdigest()}, effect)


class OnePriceSheet(ApiView):
    required_permission = {"GET": "prices.edit"}

    @extend_schema(responses={200: SheetAnswer, **PROBLEMS})
    def get(self, request: Request, sheet_id: int) -> Response:
        """One's own sheet with its rows."""
        return Response(sheet_item(sheet_of_owner(sheet_id, self.actor.id)))


class TakePriceSheet(ApiView):
    required_permission = {"POST": "prices.edit"}
    parser_classes = [JSONParser]

    @extend_schema(request=TakeAsked, responses={200: serializers.ChangeRow, **PROBLEMS})
    def post(self, request: Request, sheet_id: int) -> Response:
        """Good rows (and the conflicts in `mine`) into a draft. 409 wrong_state, moved_meanwhile."""
        asked = TakeAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data

        def effect() -> tuple[int, Any]:
            change = take_sheet(
                actor=self.actor,
                sheet_id=sheet_id,
                draft_id=given.get("price_change"),
                only_good=given.get("only_good", False),
                mine=frozenset(given.get("mine", ())),
            )
            return 200, change_item(change)

        return self.once(effect)


class CategoryAsked(rest.Serializer):
    category = rest.CharField(max_length=300, help_text="A category path; what lies below it counts too.")
    price_list = rest.CharField(max_length=32)
    formula = rest.CharField(
        max_length=100, help_text="+3 %, -0.50, m 35 %, .99, match lowest, competitor -1 %"
    )


class NotTaken(rest.Serializer):
    sku = rest.CharField()
    price_list = rest.CharField()
    code = rest.CharField(help_text="no_competitor, no_margin, negative, …")


class CategoryTaken(serializers.ChangeRow):
    not_taken = NotTaken(many=True, help_text="What the formula left alone, up to 1,000.")


class ChangeCategory(ApiView):
    required_permission = {"POST": "prices.edit"}
    parser_classes = [JSONParser]

    @extend_schema(request=CategoryAsked, responses={200: CategoryTaken, **PROBLEMS})
    def post(self, request: Request, change_id: int) -> Response:
        """A formula over every product of a category that has a price in the list, as lines of this draft.

        What cannot be worked out (no competitor's price, no cost) is left alone and named in not_taken."""
        asked = CategoryAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        price_change(change_id)

        def effect() -> tuple[int, Any]:
            wanted = CategoryChange(**asked.validated_data, title="")
            taken = change_category(actor=self.actor, draft_id=change_id, asked=wanted)
            return 200, {**change_item(price_change(change_id)), "not_taken": _not_taken(taken)}

        return self.once(effect)


def _not_taken(taken: EntriesTaken) -> list[dict[str, str]]:
    refused = [one for one in taken.entered if one.status == "refused"]
    return [
        {"sku": one.entry.sku, "price_list": one.entry.price_list, "code": one.code}
        for one in refused[:MOST_NAMED]
    ]
