"""The shapes of counts over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.models import Count, CountItem, CountReason, CountRule, CountScan
from inventory.rules.states import STATES as STOCK_STATES

KINDS = Count.Kind.values
STATES = Count.State.values
RULES = CountRule.Kind.values
REASONS = CountReason.values
WAYS = CountScan.Way.values
OUTCOMES = ["kept", "known", "refused"]
UNCOUNTED = ["refuse", "skip", "zero"]
SIDES = ["stock", "finance"]
ITEMS = CountItem.State.values


def _figure(*, required: bool = True, null: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=24, decimal_places=6, required=required, allow_null=null)


class CountBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(choices=KINDS, default="cycle")
    skus = serializers.ListField(child=serializers.CharField(), required=False)
    zones = serializers.ListField(child=serializers.CharField(), required=False)
    category = serializers.CharField(required=False)
    abc_class = serializers.CharField(max_length=1, required=False)
    blind = serializers.BooleanField(default=True)
    planned_on = serializers.DateField(required=False)
    month = serializers.CharField(required=False, help_text="2026-11, of a stocktake.")
    reason = serializers.CharField(required=False)


class CountAnswer(serializers.Serializer):
    """While a blind count runs nothing tells of the book."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    site = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    state = serializers.ChoiceField(choices=STATES)
    blind = serializers.BooleanField()
    month = serializers.CharField(allow_null=True)
    planned_on = serializers.DateField()
    rule = serializers.CharField()
    reason = serializers.CharField()
    note = serializers.CharField()
    prepared_by = serializers.CharField()
    products = serializers.IntegerField()
    counted = serializers.IntegerField()
    left = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    stock_signed_at = serializers.DateTimeField(allow_null=True)
    stock_signed_by = serializers.CharField()
    finance_signed_at = serializers.DateTimeField(allow_null=True)
    finance_signed_by = serializers.CharField()


class CountItemRow(serializers.Serializer):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    round = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ITEMS)
    unexpected = serializers.BooleanField()


class CountLineBody(serializers.Serializer):
    id = serializers.UUIDField(required=False, help_text="Made by the phone; a line sent twice is kept once.")
    code = serializers.CharField(max_length=64, help_text="SKU, barcode or a pack's barcode (then of packs).")
    quantity = _figure()
    scanned_at = serializers.DateTimeField(required=False, help_text="By the phone's clock.")
    zone = serializers.CharField(max_length=32, required=False)
    bin = serializers.CharField(max_length=32, required=False)
    lot = serializers.CharField(max_length=64, required=False)
    state = serializers.ChoiceField(choices=STOCK_STATES, required=False)
    way = serializers.ChoiceField(choices=WAYS, required=False)


class CountLinesBody(serializers.Serializer):
    sent_at = serializers.DateTimeField(
        required=False, help_text="The phone's clock as it sends: how far it is off is taken off each line."
    )
    lines = CountLineBody(many=True)


class CountLineOutcome(serializers.Serializer):
    id = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    code = serializers.CharField()
    detail = serializers.CharField()


class CountLinesAnswer(serializers.Serializer):
    lines = CountLineOutcome(many=True)
    count = CountAnswer()


class CountLineRow(serializers.Serializer):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    round = serializers.IntegerField()
    zone = serializers.CharField()
    bin = serializers.CharField()
    lot = serializers.CharField()
    state = serializers.ChoiceField(choices=STOCK_STATES)
    quantity = _figure()
    way = serializers.ChoiceField(choices=WAYS)
    scanned_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    skew_s = serializers.IntegerField()
    counted_by = serializers.CharField()


class CountSubmitBody(serializers.Serializer):
    uncounted = serializers.ChoiceField(choices=UNCOUNTED, default="refuse")


class CountRecountBody(serializers.Serializer):
    skus = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()


class CountReasonBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class CountSettleBody(serializers.Serializer):
    reasons = serializers.DictField(
        child=serializers.ChoiceField(choices=REASONS), required=False, help_text="SKU to reason code."
    )
    reason = serializers.ChoiceField(
        choices=REASONS, required=False, help_text="For every other difference beyond tolerance."
    )
    note = serializers.CharField(required=False)


class CountSignBody(serializers.Serializer):
    side = serializers.ChoiceField(choices=SIDES)


class VarianceRow(serializers.Serializer):
    """book_low and book_high differ where goods moved between the scans of several places."""

    sku = serializers.CharField()
    name = serializers.CharField()
    lot = serializers.CharField()
    state = serializers.ChoiceField(choices=STOCK_STATES)
    round = serializers.IntegerField()
    counted = _figure()
    book = _figure()
    book_low = _figure()
    book_high = _figure()
    difference = _figure()
    value = _figure(null=True)
    scanned_at = serializers.DateTimeField()
    complete = serializers.BooleanField(
        help_text="False: the tills have not told everything up to this line."
    )
    beyond = serializers.BooleanField()
    reason = serializers.CharField()


class VarianceByCategory(serializers.Serializer):
    category = serializers.CharField()
    lines = serializers.IntegerField()
    differing = serializers.IntegerField()
    units = _figure()
    value = _figure()


class ProgressByZone(serializers.Serializer):
    zone = serializers.CharField()
    places = serializers.IntegerField()
    counted = serializers.IntegerField()
    left = serializers.IntegerField()


class VarianceAnswer(serializers.Serializer):
    lines = serializers.IntegerField()
    matched = serializers.IntegerField()
    beyond = serializers.IntegerField()
    waiting = serializers.IntegerField()
    accuracy = _figure(null=True)
    units_over = _figure()
    units_under = _figure()
    value_over = _figure()
    value_under = _figure()
    value = _figure()
    book_value = _figure()
    currency = serializers.CharField()
    categories = VarianceByCategory(many=True)
    zones = ProgressByZone(many=True)


class CountRuleBody(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=RULES)
    site = serializers.CharField(required=False, help_text="Empty: every site.")
    abc_class = serializers.CharField(required=False)
    every_days = serializers.IntegerField(required=False)
    threshold = _figure(required=False)
    at_most = serializers.IntegerField(required=False)
    active = serializers.BooleanField(required=False)


class CountRuleAnswer(CountRuleBody):
    id = serializers.IntegerField()


class ToleranceBody(serializers.Serializer):
    """over, under: fractions of the book; value_over, value_under: in the site's currency. Without any it is removed."""

    site = serializers.CharField(required=False, help_text="Empty: every site.")
    sku = serializers.CharField(required=False)
    abc_class = serializers.CharField(required=False)
    over = _figure(required=False, null=True)
    under = _figure(required=False, null=True)
    value_over = _figure(required=False, null=True)
    value_under = _figure(required=False, null=True)


class ToleranceAnswer(ToleranceBody):
    id = serializers.IntegerField()


class ShelfRow(serializers.Serializer):
    sku = serializers.CharField()
    zone = serializers.CharField()
    bin = serializers.CharField(required=False)


class ShelvesBody(serializers.Serializer):
    site = serializers.CharField()
    shelves = ShelfRow(many=True)
    complete = serializers.BooleanField(default=False)


class ShelvesAnswer(serializers.Serializer):
    new = serializers.IntegerField()


class GoodsPack(serializers.Serializer):
    barcode = serializers.CharField()
    unit = serializers.CharField()
    factor = _figure()


class GoodsPlace(serializers.Serializer):
    zone = serializers.CharField()
    bin = serializers.CharField()


class GoodsRow(serializers.Serializer):
    sku = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    barcode = serializers.CharField()
    round = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ITEMS)
    packs = GoodsPack(many=True)
    places = GoodsPlace(many=True)
    book = _figure(required=False)


class GoodsAnswer(serializers.Serializer):
    """What a phone needs to go on without a connection: the products to count. The book only of a count that is not blind."""

    count = CountAnswer()
    goods = GoodsRow(many=True)
