"""The shapes of stock over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.models import Difference, Movement, Period, Reconciliation, ReservationEnd
from inventory.rules.locations import KINDS
from inventory.rules.states import STATES

MOVEMENT_CODES = """
Codes of refusals: `invalid_reference, invalid_kind, invalid_time, naive_time, in_future, no_lines, too_many_lines,
invalid_quantity, invalid_amount, not_a_sale, not_a_return, too_long, same_location, invalid_route, destination_required,
invalid_state, unknown_unit, fraction_of_piece, bundle_has_no_stock, owner_in_transit, not_ours, closed_period, unknown_sku, unknown_site, unknown_owner, insufficient_stock, negative_later, expired_lot, short_life, recalled_lot,
expires_before_production, missing_exchange_rate, stale_exchange_rate, required, not_an_object,
not_a_list`; 403 `not_allowed`; 409 `key_reused, in_flight`; 413 `too_many`.

A line's `unit` is its product's base unit, a unit that converts to it exactly (g of a kg) or a pack, `box`, `box:12` where there
are several; what it comes to in the base unit is posted, and the answer keeps `unit` and `in_units`. Costs and prices are per
base unit. A bundle is sold, issued or returned by its own SKU: its components are posted, each line with the `bundle` it is a
part of, and the price paid counts for the bundle.
"""


class LineRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    lot = serializers.CharField(
        max_length=64,
        required=False,
        help_text="Of a product that tracks lots, left out: taken by first expiry, and the answer names the lots.",
    )
    expires_on = serializers.DateField(required=False, help_text="Of the lot, when it arrives.")
    produced_on = serializers.DateField(required=False)
    lot_assumed = serializers.BooleanField(read_only=True, required=False)
    unit_cost = serializers.DecimalField(max_digits=20, decimal_places=6, required=False)
    unit_price = serializers.DecimalField(max_digits=20, decimal_places=6, required=False)
    from_state = serializers.ChoiceField(choices=STATES, required=False)
    to_state = serializers.ChoiceField(choices=STATES, required=False)
    owner = serializers.CharField(
        max_length=32, required=False, help_text="The supplier whose goods they are; counted, not valued."
    )
    of = serializers.CharField(
        max_length=64,
        required=False,
        help_text="Of a return: the reference of the sale it gives back; it comes in at what it left at.",
    )
    unit = serializers.CharField(
        required=False,
        help_text="What the quantity is counted in: a pack or another unit; by default its base unit.",
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        ends = {
            name: serializers.CharField(
                help_text="A site's code, or supplier, customer, adjustment, transit, customs, scrap."
            )
            for name in ("from", "to")
        }
        return {**super().get_fields(), **ends}


class MovementBody(serializers.Serializer):
    reference = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(choices=KINDS)
    occurred_at = serializers.DateTimeField(required=False)
    destination = serializers.CharField(required=False, help_text="A site; needed when goods go to transit.")
    reason = serializers.CharField(required=False, max_length=500)
    lines = LineRow(many=True)


class BulkMovementBody(MovementBody):
    idempotency_key = serializers.CharField(max_length=255)


class PartOfRow(serializers.Serializer):
    sku = serializers.CharField(help_text="The bundle that was asked for.")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    place = serializers.IntegerField(help_text="Which line of the request, from 0.")
    unit_price = serializers.DecimalField(max_digits=20, decimal_places=6, required=False)


class PostedLineRow(LineRow):
    in_units = serializers.DecimalField(
        max_digits=18,
        decimal_places=6,
        required=False,
        help_text="How many of `unit`; quantity is in base units.",
    )
    bundle = PartOfRow(required=False)


class MovementAnswer(MovementBody):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Movement.Kind.choices)
    lines = PostedLineRow(many=True)
    state = serializers.ChoiceField(choices=Movement.State.values)
    recorded_at = serializers.DateTimeField()
    reverses = serializers.IntegerField(required=False)
    reported_at = serializers.DateTimeField(
        required=False, help_text="When a fact is said to have happened, if that month was closed."
    )


class FaultRow(serializers.Serializer):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BulkAnswer(serializers.Serializer):
    """errors: the faults of a refused movement."""

    idempotency_key = serializers.CharField()
    status = serializers.ChoiceField(choices=["posted", "replayed", "refused"])
    id = serializers.IntegerField(required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "errors": FaultRow(many=True, required=False)}


class ReverseBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class BalanceRow(serializers.Serializer):
    site = serializers.CharField()
    sku = serializers.CharField()
    lot = serializers.CharField(required=False)
    on_hand = serializers.DecimalField(max_digits=24, decimal_places=6)
    reserved = serializers.DecimalField(max_digits=24, decimal_places=6)
    available = serializers.DecimalField(
        max_digits=24,
        decimal_places=6,
        help_text="On hand and not set aside, less what is reserved: what can be promised. on_hand is physical.",
    )
    in_transit = serializers.DecimalField(max_digits=24, decimal_places=6)
    unit_cost = serializers.DecimalField(max_digits=38, decimal_places=6, allow_null=True)
    value = serializers.DecimalField(max_digits=38, decimal_places=6)


class EntryRow(serializers.Serializer):
    id = serializers.IntegerField()
    movement = serializers.IntegerField()
    site = serializers.CharField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    balance = serializers.DecimalField(max_digits=24, decimal_places=6)
    unit_cost = serializers.DecimalField(max_digits=38, decimal_places=6, allow_null=True)
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class CountedRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    lot = serializers.CharField(max_length=64, required=False)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)


class SnapshotBody(serializers.Serializer):
    """What a site reports of itself."""

    site = serializers.CharField()
    taken_at = serializers.DateTimeField()
    complete = serializers.BooleanField(default=True)
    quantity_kind = serializers.ChoiceField(
        choices=["physical"],
        default="physical",
        help_text=(
            "Which quantity the feed carries. By contract physical: all that lies at the site, reserved or not, in transit"
            " not. Salable (on hand − reserved) is refused as `not_physical`: reservations would be taken off twice."
        ),
    )
    lines = CountedRow(many=True)


class SnapshotAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    reconciliation = serializers.IntegerField()


class SnapshotRow(SnapshotAnswer):
    site = serializers.CharField()
    taken_at = serializers.DateTimeField()
    complete = serializers.BooleanField()
    line_count = serializers.IntegerField()


class DifferenceRow(serializers.Serializer):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    book = serializers.DecimalField(max_digits=24, decimal_places=6)
    counted = serializers.DecimalField(max_digits=18, decimal_places=6)
    difference = serializers.DecimalField(max_digits=24, decimal_places=6)
    value = serializers.DecimalField(max_digits=38, decimal_places=6, allow_null=True)
    state = serializers.ChoiceField(choices=Difference.State.values)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "class": serializers.ChoiceField(choices=Difference.Class.values)}


class ReconciliationAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    site = serializers.CharField()
    snapshot = serializers.IntegerField()
    taken_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=Reconciliation.State.values)
    matched = serializers.IntegerField()
    differing = serializers.IntegerField()
    accuracy = serializers.DecimalField(max_digits=7, decimal_places=6, allow_null=True)
    due_at = serializers.DateTimeField()
    differences = DifferenceRow(many=True)


class DecisionBody(serializers.Serializer):
    differences = serializers.ListField(child=serializers.IntegerField())
    note = serializers.CharField(required=False, max_length=500)


class DecisionAnswer(serializers.Serializer):
    accepted = serializers.IntegerField()
    pending = serializers.IntegerField()
    movement = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()


class PeriodBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    month = serializers.RegexField(r"^\d{4}-\d{2}$", help_text="2026-10")


class PeriodAnswer(PeriodBody):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Period.State.values)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    lines = serializers.IntegerField(help_text="Balances kept at the close.")
    value = serializers.DecimalField(max_digits=38, decimal_places=6)
    currency = serializers.CharField()


class WantedRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    lot = serializers.CharField(max_length=64, required=False)


class ReservationBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    reference = serializers.CharField(max_length=64)
    expires_at = serializers.DateTimeField()
    lines = WantedRow(many=True)


class ReservationAnswer(WantedRow):
    id = serializers.IntegerField()
    site = serializers.CharField()
    reference = serializers.CharField()
    expires_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    bundle = serializers.CharField(
        required=False, help_text="the bundle it is a part of; its parts end together"
    )
    ended = serializers.ChoiceField(choices=ReservationEnd.Reason.values, allow_null=True)
    movement = serializers.IntegerField(allow_null=True)
