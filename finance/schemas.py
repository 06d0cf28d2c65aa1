"""The shapes of finance over REST, for the OpenAPI document."""

from rest_framework import serializers

from finance.models import Comparison, DifferenceClass, Dispute, Matching, Place, PostingKind

PLACES = ["", *Place.values]

#: Names of choices in the OpenAPI document (settings.SPECTACULAR_SETTINGS).
POSTING_KINDS = PostingKind.values
DIFFERENCE_CLASSES = DifferenceClass.values


def _figure(*, required: bool = True, null: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=24, decimal_places=6, required=required, allow_null=null)


class VoucherBody(serializers.Serializer):
    """from: the first local day; until: the day after the last, at most 31 days on."""

    until = serializers.DateField()
    legal_entity = serializers.CharField(
        max_length=32, required=False, help_text="A code; without it all in scope."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": serializers.DateField(), **super().get_fields()}


class VoucherAnswer(serializers.Serializer):
    """One voucher's head. value: what stock moved by, exact; rounded: the same as booked."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    legal_entity = serializers.CharField()
    currency = serializers.CharField()
    until = serializers.DateField()
    supplement = serializers.IntegerField()
    base = serializers.IntegerField(allow_null=True)
    known_from = serializers.DateTimeField(allow_null=True)
    known_until = serializers.DateTimeField()
    account_map = serializers.IntegerField()
    entries = serializers.IntegerField()
    sale_lines = serializers.IntegerField()
    unpriced = serializers.IntegerField()
    value = _figure()
    rounded = _figure()
    sales_gross = _figure()
    sales_tax = _figure()
    debits = _figure()
    credits = _figure()
    opening = _figure()
    closing = _figure()
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": serializers.DateField(), **super().get_fields()}


class VoucherLineAnswer(serializers.Serializer):
    number = serializers.IntegerField()
    account = serializers.CharField()
    cost_centre = serializers.CharField()
    kind = serializers.ChoiceField(choices=POSTING_KINDS)
    place = serializers.ChoiceField(choices=Place.values)
    reason = serializers.CharField()
    site = serializers.CharField()
    category = serializers.CharField()
    debit = _figure()
    credit = _figure()
    quantity = _figure()


class AccountRuleRow(serializers.Serializer):
    kind = serializers.ChoiceField(choices=POSTING_KINDS)
    debit_account = serializers.CharField(max_length=32)
    credit_account = serializers.CharField(max_length=32)
    place = serializers.ChoiceField(choices=PLACES, required=False)
    reason = serializers.CharField(max_length=32, required=False)
    category = serializers.CharField(max_length=300, required=False)
    legal_entity = serializers.CharField(max_length=32, required=False)
    cost_centre = serializers.CharField(max_length=32, required=False)


class AccountMapBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)
    base_version = serializers.IntegerField(required=False)
    rules = AccountRuleRow(many=True)


class AccountMapAnswer(serializers.Serializer):
    version = serializers.IntegerField()
    reason = serializers.CharField()
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()
    rules = AccountRuleRow(many=True)


class MatchingBody(serializers.Serializer):
    matching = serializers.ChoiceField(choices=Matching.values)


class ComparedAnswer(serializers.Serializer):
    keys = serializers.IntegerField()
    matched = serializers.IntegerField()
    waiting = serializers.IntegerField()
    differing = serializers.IntegerField()
    opened = serializers.IntegerField()
    gone = serializers.IntegerField()


class ComparisonAnswer(serializers.Serializer):
    """stake: what it costs us when they are right, below zero in our favour."""

    id = serializers.IntegerField()
    matching = serializers.ChoiceField(choices=Matching.values)
    partner = serializers.CharField()
    document = serializers.CharField()
    key = serializers.CharField()
    site = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    ours = _figure(null=True)
    theirs = _figure(null=True)
    stake = _figure()
    state = serializers.ChoiceField(choices=Comparison.State.values)
    detail = serializers.DictField()
    arrived_at = serializers.DateTimeField()
    matched_at = serializers.DateTimeField(allow_null=True)
    dispute = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            "class": serializers.ChoiceField(choices=["", *DIFFERENCE_CLASSES]),
            **super().get_fields(),
        }


class DisputeAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    matching = serializers.ChoiceField(choices=Matching.values)
    partner = serializers.CharField()
    document = serializers.CharField()
    site = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    amount = _figure()
    recovered = _figure(null=True)
    lines = serializers.IntegerField()
    owner = serializers.CharField()
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=Dispute.State.values)
    claim_reference = serializers.CharField()
    note = serializers.CharField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"class": serializers.ChoiceField(choices=DIFFERENCE_CLASSES), **super().get_fields()}


class StepBody(serializers.Serializer):
    """claim takes a reference, accept what is recovered, assign an owner (user name) and due_at, the others a comment."""

    comment = serializers.CharField(max_length=1000, required=False)
    reference = serializers.CharField(max_length=64, required=False)
    recovered = _figure(required=False)
    owner = serializers.CharField(max_length=100, required=False)
    due_at = serializers.DateTimeField(required=False)


class MatchToleranceBody(serializers.Serializer):
    amount = _figure()
    fraction = _figure()
    quantity_fraction = _figure(required=False)
    days = serializers.IntegerField()
    due_days = serializers.IntegerField()
    reason = serializers.CharField(max_length=500)


class MatchToleranceAnswer(serializers.Serializer):
    matching = serializers.ChoiceField(choices=Matching.values)
    amount = _figure()
    fraction = _figure()
    quantity_fraction = _figure()
    days = serializers.IntegerField()
    due_days = serializers.IntegerField()


class EffortAnswer(serializers.Serializer):
    """A month: times in seconds, work in minutes; median and 90th percentile."""

    month = serializers.CharField()
    arrived = serializers.IntegerField()
    judged = serializers.IntegerField()
    matched = serializers.IntegerField()
    machine_fraction = serializers.FloatField(allow_null=True)
    match_median_s = serializers.FloatField(allow_null=True)
    match_p90_s = serializers.FloatField(allow_null=True)
    ended = serializers.IntegerField()
    close_median_s = serializers.FloatField(allow_null=True)
    close_p90_s = serializers.FloatField(allow_null=True)
    hands_median_minutes = serializers.FloatField(allow_null=True)
    hands_p90_minutes = serializers.FloatField(allow_null=True)
    hands_total_minutes = serializers.FloatField()


class TakenInAnswer(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    compared = ComparedAnswer()


class SettlementRow(serializers.Serializer):
    channel = serializers.CharField(max_length=32)
    payout = serializers.CharField(max_length=64)
    order_reference = serializers.CharField(max_length=64)
    sku = serializers.CharField(max_length=64, required=False)
    quantity = _figure(required=False)
    gross = _figure()
    commission = _figure(required=False)
    fees = _figure(required=False)
    refunds = _figure(required=False)
    currency = serializers.CharField(max_length=3)
    on = serializers.DateField()


class InvoiceRow(serializers.Serializer):
    supplier = serializers.CharField(max_length=150)
    reference = serializers.CharField(max_length=64)
    line = serializers.IntegerField()
    sku = serializers.CharField(max_length=64)
    quantity = _figure()
    unit_price = _figure()
    tax = _figure(required=False)
    currency = serializers.CharField(max_length=3)
    on = serializers.DateField()
    order_reference = serializers.CharField(max_length=64, required=False)
    receipt_reference = serializers.CharField(max_length=64, required=False)


class LedgerBalanceRow(serializers.Serializer):
    legal_entity = serializers.CharField(max_length=32)
    account = serializers.CharField(max_length=32)
    currency = serializers.CharField(max_length=3)
    on = serializers.DateField()
    balance = _figure()
