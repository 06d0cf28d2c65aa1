"""The shapes of pricing's REST for the OpenAPI document; bodies are read by pricing.documents."""

from rest_framework import serializers

from pricing.models import Finding, PriceChange, PriceList

LINE_CODES = (
    "Faults: required, unknown_field, unknown_price_list, unknown_sku, duplicate_line, not_a_number, negative,"
    " too_precise (more decimals than the currency has), too_large, not_above_zero."
)
FINDING_CODES = (
    "below_cost, unknown_cost, change_limit, cumulative_change_limit, margin_floor, subsidy_needed, subsidy_ends, overlap, base_moved,"
    " equal_priority, promotion_above_price, promotion_overtaken, price_to_pay, overrides_follow, overrides_ask, reference_price, announced_reduction, price_ceiling, price_floor, compliance_missing, stale_exchange_rate, missing_exchange_rate"
)


class PriceListRow(serializers.Serializer):
    code = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=100)
    currency = serializers.CharField(max_length=3, help_text="ISO 4217.")
    kind = serializers.ChoiceField(choices=PriceList.Kind.values)
    parent = serializers.CharField(max_length=32, required=False, allow_null=True)  # type: ignore[assignment]
    region = serializers.CharField(max_length=32, required=False, allow_null=True)
    channel = serializers.CharField(max_length=32, required=False, allow_null=True)
    site = serializers.CharField(max_length=32, required=False, allow_null=True)
    customer_group = serializers.CharField(
        max_length=32,
        required=False,
        allow_null=True,
        help_text="Only for these customers; before lists for all.",
    )
    priority = serializers.IntegerField(required=False, help_text="The higher comes first; 0 by default.")
    float_fraction = serializers.DecimalField(
        max_digits=9,
        decimal_places=6,
        required=False,
        allow_null=True,
        help_text="0.08 = 8 % above the parent.",
    )
    ends_in = serializers.DecimalField(
        max_digits=9,
        decimal_places=4,
        required=False,
        allow_null=True,
        help_text="0.99: 12.40 becomes 11.99.",
    )
    tax_included = serializers.BooleanField(required=False)
    exclusive = serializers.BooleanField(required=False)
    float_amount = serializers.DecimalField(
        max_digits=20,
        decimal_places=6,
        required=False,
        allow_null=True,
        help_text="Added after rate and float, in this list's currency.",
    )
    floor_fraction = serializers.DecimalField(
        max_digits=9,
        decimal_places=6,
        required=False,
        allow_null=True,
        help_text="-0.05: not more than 5 % below the parent's price, before and after the ending.",
    )
    ceiling_fraction = serializers.DecimalField(
        max_digits=9,
        decimal_places=6,
        required=False,
        allow_null=True,
        help_text="0.20: not more than 20 % above it.",
    )
    rate_max_age_days = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=366,
        help_text="A linked list keeps its own rate: an older rate of the day freezes it, with an alert.",
    )
    rate_dead_band = serializers.DecimalField(
        max_digits=9,
        decimal_places=6,
        required=False,
        allow_null=True,
        help_text="0.01: the kept rate stays while the day's differs by at most 1 %.",
    )
    rate_step_limit = serializers.DecimalField(
        max_digits=9,
        decimal_places=6,
        required=False,
        allow_null=True,
        help_text="0.05: a move of more than 5 % waits for a person.",
    )
    override_policy = serializers.ChoiceField(
        choices=PriceList.OverridePolicy.values,
        required=False,
        help_text="What becomes of the list's own prices when the parent's change; keep by default.",
    )


class Counts(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class ChangeLineAsked(serializers.Serializer):
    price_list = serializers.CharField()
    sku = serializers.CharField()
    min_quantity = serializers.DecimalField(max_digits=18, decimal_places=6, required=False)
    amount = serializers.DecimalField(
        max_digits=20, decimal_places=6, allow_null=True, help_text="Null ends the price. " + LINE_CODES
    )


class ChangeAsked(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    reason = serializers.CharField()
    reason_code = serializers.ChoiceField(choices=PriceChange.ReasonCode.values, required=False)
    effective_from = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Faults: no_offset, not_a_time, effective_in_past."
    )
    effective_until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Fault: ends_before_it_begins."
    )
    local_from = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Instead: on each site's own clock, 2026-11-30T09:00. Faults: offset_not_allowed, local_and_instant.",
    )
    local_until = serializers.CharField(required=False, allow_null=True)
    is_advertised = serializers.BooleanField(
        required=False, help_text="The public was told: the approval never lapses. Fault: not_a_promotion."
    )
    lines = ChangeLineAsked(many=True)


class FindingRow(serializers.Serializer):
    code = serializers.CharField(help_text=FINDING_CODES)
    severity = serializers.ChoiceField(choices=Finding.Severity.values)
    sku = serializers.CharField(allow_null=True)
    price_list = serializers.CharField(allow_null=True)
    message = serializers.CharField()


class ChangeLineRow(serializers.Serializer):
    price_list = serializers.CharField()
    sku = serializers.CharField()
    min_quantity = serializers.CharField()
    amount = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    old_amount = serializers.CharField(allow_null=True)
    change_fraction = serializers.CharField(allow_null=True)
    margin_fraction = serializers.CharField(allow_null=True)
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)
    origin = serializers.CharField(
        allow_blank=True, help_text="follow: added at submit because an own price follows its parent's."
    )


class ChangeRow(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=PriceChange.State.values)
    title = serializers.CharField()
    reason = serializers.CharField()
    reason_code = serializers.ChoiceField(choices=PriceChange.ReasonCode.values)
    effective_from = serializers.DateTimeField(allow_null=True)
    effective_until = serializers.DateTimeField(allow_null=True)
    local_from = serializers.CharField(allow_null=True)
    local_until = serializers.CharField(allow_null=True)
    is_advertised = serializers.BooleanField()
    line_count = serializers.IntegerField()
    lines = ChangeLineRow(many=True, allow_null=True, help_text="Null in lists for more than 1,000 lines.")
    findings = FindingRow(many=True)
    prepared_by = serializers.CharField()
    decided_by = serializers.CharField(allow_null=True, help_text="A user's name, or “policy”.")
    policy_version = serializers.CharField(allow_null=True)
    rolls_back = serializers.IntegerField(allow_null=True)
    rolled_back_by = serializers.IntegerField(allow_null=True)
    template = serializers.IntegerField(allow_null=True, help_text="The template it was drafted from.")
    per_customer = serializers.IntegerField(allow_null=True, help_text="The limit of that template.")
    total_units = serializers.IntegerField(allow_null=True, help_text="The limit of that template.")
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    placed_at = serializers.DateTimeField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    lapsed_reason = serializers.CharField(allow_null=True)


class Comment(serializers.Serializer):
    comment = serializers.CharField(required=False, allow_blank=True)


class PriceRow(serializers.Serializer):
    id = serializers.IntegerField()
    price_list = serializers.CharField()
    sku = serializers.CharField()
    min_quantity = serializers.CharField()
    amount = serializers.CharField()
    currency = serializers.CharField()
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    price_change = serializers.IntegerField()


class PricePage(serializers.Serializer):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = PriceRow(many=True)


class QuoteLineAsked(serializers.Serializer):
    sku = serializers.CharField()
    site = serializers.CharField()
    channel = serializers.CharField(required=False, help_text="By default the site's.")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, required=False)
    currency = serializers.CharField(required=False, help_text="By default the site's.")
    unit = serializers.CharField(
        required=False,
        help_text="A pack of the product: “box”, or “box:12” where there are several. By default its base unit.",
    )
    customer_group = serializers.CharField(required=False, help_text="By default none.")


class QuoteAsked(serializers.Serializer):
    at = serializers.DateTimeField(required=False)
    known_at = serializers.DateTimeField(required=False)
    lines = QuoteLineAsked(many=True)


class StepRow(serializers.Serializer):
    rule = serializers.ChoiceField(
        choices=[
            "base",
            "region",
            "channel",
            "site",
            "promotion",
            "float",
            "surcharge",
            "band",
            "ending",
            "rounding",
            "pack",
            "exchange",
            "tax",
            "passed_over",
        ]  # fmt: skip
    )
    to = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    price_list = serializers.CharField()
    price_change = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["from"] = serializers.CharField(allow_null=True)
        return fields


class QuoteError(serializers.Serializer):
    code = serializers.ChoiceField(
        choices=[
            "unknown_sku",
            "unknown_site",
            "unknown_channel",
            "unknown_customer_group",
            "unknown_unit",
            "no_price",
            "missing_exchange_rate",
            "stale_exchange_rate",
        ]  # fmt: skip
    )
    detail = serializers.CharField()


class QuoteRow(serializers.Serializer):
    sku = serializers.CharField()
    site = serializers.CharField()
    amount = serializers.CharField(required=False, help_text="Gross: net_amount + tax_amount.")
    currency = serializers.CharField(required=False)
    unit = serializers.CharField(
        required=False, help_text="What the amounts are for: the base unit or the pack."
    )
    recommended = serializers.BooleanField(
        required=False, help_text="The site is a franchisee's, who by law may not be told what to ask."
    )
    net_amount = serializers.CharField(required=False)
    tax_amount = serializers.CharField(required=False)
    unit_price = serializers.CharField(required=False, allow_null=True)
    unit_price_unit = serializers.CharField(required=False, allow_null=True)
    price_list = serializers.CharField(required=False)
    price_change = serializers.IntegerField(required=False)
    reference_amount = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="What a reduction is measured against by the country's law.",
    )
    reduction_fraction = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="What may be announced, counted from reference_amount; 0–1.",
    )
    reference = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="found_by, days, since, source, source_on and the history of prices: the evidence.",
    )
    steps = StepRow(many=True, required=False)
    error = QuoteError(required=False, help_text="Then none of the figures is there.")


class ProblemError(serializers.Serializer):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class PricingProblem(serializers.Serializer):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemError(many=True)  # type: ignore[assignment]


class KeptRate(serializers.Serializer):
    price_list = serializers.CharField()
    rate = serializers.DecimalField(max_digits=28, decimal_places=12)
    on = serializers.DateField()
