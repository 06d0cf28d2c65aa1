"""Bills of materials and production over REST: the shapes of the OpenAPI document, and what comes in."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog.actions.bills import BillDraft
from catalog.rules.bills import KINDS
from catalog.rules.fields import text
from inventory.rules.drafts import MAX_LOT, MAX_REASON, MAX_REFERENCE
from inventory.rules.production import Part, ProductionDraft
from inventory.serializers import Reader, read_amount, read_instant, read_quantity
from lib import clock
from lib.faults import Fault, Faults

BILL_CODES = """
Codes of refusals: `invalid_kind, no_lines, lines_not_allowed, too_many_lines, invalid_quantity, duplicate_sku,
unknown_sku, not_later, cycle, bundle_has_stock, changes_past, too_long, required, not_an_object, not_a_list, naive_time,
invalid_time`; 403 `not_allowed`.
"""
PRODUCTION_CODES = """
Takes the inputs out at their cost and puts the outputs in at the sum of it and `added_cost`. Of `inputs` and `outputs` one
may be left out: it comes from the bills of materials of the other. The cost goes by `share_fraction` (every output has
one, together 1) or by what each output costs now; what rounding leaves goes to the last.
Codes of refusals: `no_inputs, no_outputs, no_bill, invalid_share, shares_incomplete, shares_sum, bundle_has_no_stock,
unknown_unit, fraction_of_piece, insufficient_stock, negative_later, closed_period` and those of movements.
"""


class BillLineRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)


class BillBody(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(
        choices=KINDS,
        help_text="bundle: no stock of its own, sold by its components; kit: assembled, with stock; ended: neither.",
    )
    valid_from = serializers.DateTimeField(required=False, help_text="Now by default.")
    reason = serializers.CharField(required=False, max_length=500)
    lines = BillLineRow(many=True)


class BillAnswer(BillBody):
    id = serializers.IntegerField()
    prepared_by = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class BundlePart(serializers.Serializer):
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    available = serializers.DecimalField(max_digits=24, decimal_places=6)


class BundleAnswer(serializers.Serializer):
    site = serializers.CharField()
    site_name = serializers.CharField()
    sku = serializers.CharField()
    name = serializers.CharField()
    available = serializers.DecimalField(
        max_digits=24,
        decimal_places=6,
        help_text="The least of available ÷ quantity over its components, whole; counted when asked, never stored.",
    )
    limited_by = serializers.CharField()
    components = BundlePart(many=True)


class PartRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(
        required=False, help_text="A pack, “box” or “box:12”; its base unit by default."
    )
    lot = serializers.CharField(required=False, max_length=64)


class OutputRow(PartRow):
    share_fraction = serializers.DecimalField(max_digits=9, decimal_places=8, required=False)


class ProductionBody(serializers.Serializer):
    reference = serializers.CharField(max_length=64)
    site = serializers.CharField(max_length=64)
    inputs = PartRow(many=True, required=False)
    outputs = OutputRow(many=True, required=False)
    added_cost = serializers.DecimalField(
        max_digits=20,
        decimal_places=6,
        required=False,
        help_text="Work and the like, in the site's currency.",
    )
    occurred_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(required=False, max_length=500)


_short = text(MAX_REFERENCE)


def read_bill(data: Any) -> BillDraft:
    """A version of a bill from its JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = []
    kind = reader.get("kind", text(16), "", needed=True)
    for number, item in enumerate(reader.items("lines") if "lines" in reader.data or kind != "ended" else []):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            (
                line.get("sku", _short, "", needed=True),
                line.get("quantity", read_quantity, Decimal(1), needed=True),
            )
        )
    draft = BillDraft(
        sku=reader.get("sku", _short, "", needed=True),
        kind=kind,
        valid_from=reader.get("valid_from", read_instant, clock.now()),
        lines=lines,
        reason=reader.get("reason", text(MAX_REASON, empty=True), ""),
    )
    if faults:
        raise Faults(faults[:100])
    return draft


def read_production(data: Any, source: str) -> ProductionDraft:
    """A production from its JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = ProductionDraft(
        reference=reader.get("reference", _short, "", needed=True),
        site=reader.get("site", _short, "", needed=True),
        inputs=_parts(reader, "inputs", faults),
        outputs=_parts(reader, "outputs", faults),
        added_cost=reader.get("added_cost", read_amount, Decimal(0)),
        occurred_at=reader.get("occurred_at", read_instant),
        reason=reader.get("reason", text(MAX_REASON, empty=True), ""),
        source=source,
    )
    if faults:
        raise Faults(faults[:100])
    return draft


def _parts(reader: Reader, name: str, faults: list[Fault]) -> tuple[Part, ...]:
    if reader.data.get(name) is None:
        return ()
    made = []
    for number, item in enumerate(reader.items(name)):
        row = Reader(item, f"/{name}/{number}", faults)
        made.append(
            Part(
                sku=row.get("sku", _short, "", needed=True),
                quantity=row.get("quantity", read_quantity, Decimal(1), needed=True),
                lot=row.get("lot", text(MAX_LOT, empty=True), ""),
                unit=row.get("unit", text(64, empty=True), ""),
                share_fraction=row.get("share_fraction", read_quantity) if name == "outputs" else None,
            )
        )
    return tuple(made)
