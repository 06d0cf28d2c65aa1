"""The shapes of the checklist's REST for the OpenAPI document."""

from rest_framework import serializers

from pricing.models import ComplianceItem

CHECKS = ComplianceItem.Check.values


class ComplianceItemRow(serializers.Serializer):
    code = serializers.CharField(max_length=64)
    version = serializers.IntegerField()
    title = serializers.CharField()
    title_zh = serializers.CharField()
    countries = serializers.ListField(
        child=serializers.CharField(), help_text="ISO 3166-1 alpha-2; empty for every."
    )
    profile = serializers.CharField(help_text="Control profile of a site; empty for every.")
    category = serializers.CharField(help_text="Path; empty for every product.")
    reason_codes = serializers.ListField(child=serializers.CharField(), help_text="Empty for every.")
    only_promotions = serializers.BooleanField()
    only_first_prices = serializers.BooleanField()
    is_mandatory = serializers.BooleanField(help_text="While it is not signed, it blocks the submit.")
    checked_by = serializers.ChoiceField(choices=CHECKS)
    signer = serializers.CharField(help_text="The permission of the person who signs.")
    source = serializers.CharField()  # type: ignore[assignment]
    source_on = serializers.DateField()
    is_active = serializers.BooleanField()
    state = serializers.ChoiceField(
        choices=ComplianceItem.State.values,
        help_text="Only what is in force counts; another person approves it.",
    )
    created_by = serializers.CharField()


class ComplianceItemAsked(serializers.Serializer):
    code = serializers.CharField(max_length=64)
    title = serializers.CharField(max_length=300)
    title_zh = serializers.CharField(max_length=300, required=False)
    countries = serializers.ListField(child=serializers.CharField(), required=False)
    profile = serializers.CharField(required=False)
    category = serializers.CharField(required=False)
    reason_codes = serializers.ListField(child=serializers.CharField(), required=False)
    only_promotions = serializers.BooleanField(required=False)
    only_first_prices = serializers.BooleanField(required=False)
    is_mandatory = serializers.BooleanField(required=False)
    checked_by = serializers.ChoiceField(choices=CHECKS)
    signer = serializers.CharField(required=False)
    source = serializers.CharField()  # type: ignore[assignment]
    source_on = serializers.DateField()
    is_active = serializers.BooleanField(required=False)
    reason = serializers.CharField()
    base_version = serializers.IntegerField(required=False, help_text="The version looked at; 0 = the first.")


class ChecklistEntry(serializers.Serializer):
    item = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    is_mandatory = serializers.BooleanField()
    checked_by = serializers.ChoiceField(choices=CHECKS)
    signers = serializers.ListField(child=serializers.CharField(), help_text="Roles that may sign.")
    lines = serializers.IntegerField(help_text="Lines of the change it applies to.")
    is_signed = serializers.BooleanField()
    figures = serializers.DictField(help_text="What a rule found.")
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    evidence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    source_on = serializers.DateField()


class Checklist(serializers.Serializer):
    content_hash = serializers.CharField(help_text="What signatures are bound to.")
    is_complete = serializers.BooleanField(help_text="No mandatory item is missing.")
    items = ChecklistEntry(many=True)


class SignatureAsked(serializers.Serializer):
    item = serializers.CharField()
    evidence = serializers.CharField(help_text="Text or a link, at most 4,000 characters.")
    content_hash = serializers.CharField(
        required=False, help_text="The checklist looked at; another one by now is 409."
    )
