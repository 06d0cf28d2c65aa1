"""What the REST edge of verifications takes and gives."""

from typing import Any

from rest_framework import serializers

from patrol.models import VerificationSample


def _figure(digits: int = 38) -> serializers.DecimalField:
    return serializers.DecimalField(digits, 6, allow_null=True, normalize_output=True)


class VerificationOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    site = serializers.CharField(source="site.code")
    slot = serializers.DateTimeField()
    kind = serializers.CharField()
    state = serializers.CharField()
    since = serializers.DateTimeField()
    complete_to = serializers.DateTimeField(allow_null=True)
    lines = serializers.IntegerField()
    differing = serializers.IntegerField()
    explained = serializers.IntegerField()
    tolerated = serializers.IntegerField()
    unexplained = serializers.IntegerField()
    accuracy_fraction = serializers.FloatField(
        allow_null=True, help_text="differing lines / lines, 0 to 1; null: nothing was compared"
    )
    to_recheck = serializers.IntegerField(source="waiting_count")
    finished_at = serializers.DateTimeField(allow_null=True)
    sign_due_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    signed_by = serializers.CharField(source="signed_by.username", default=None)
    comment = serializers.CharField()


class VerificationCheckOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    outcome = serializers.CharField(help_text="clear, differs, no_data or failed")
    lines = serializers.IntegerField()
    differing = serializers.IntegerField()
    explained = serializers.IntegerField()
    tolerated = serializers.IntegerField()
    unexplained = serializers.IntegerField()
    complete_to = serializers.DateTimeField(allow_null=True)
    value = _figure()
    currency = serializers.CharField()
    duration_ms = serializers.IntegerField()
    error = serializers.CharField()


class _DiffersOutput(serializers.Serializer[Any]):
    """What differs, as a difference and its case say it alike."""

    key = serializers.CharField()
    class_code = serializers.CharField()
    title = serializers.CharField()
    sku = serializers.CharField()
    ours = serializers.CharField()
    theirs = serializers.CharField()
    url = serializers.CharField()


class VerificationDifferenceOutput(_DiffersOutput):
    check = serializers.CharField(source="check_run.name")
    explanation = serializers.JSONField()
    state = serializers.CharField(help_text="explained, tolerated or case")
    case = serializers.IntegerField(source="case_id", allow_null=True)


class VerificationSampleOutput(serializers.Serializer[Any]):
    """expected is told once it was answered, or where the question is not blind."""

    id = serializers.IntegerField()
    check = serializers.CharField(source="check_name")
    question = serializers.CharField(help_text="count, price, paper or receipt")
    is_blind = serializers.BooleanField()
    title = serializers.CharField()
    sku = serializers.CharField()
    url = serializers.CharField()
    expected = serializers.SerializerMethodField()
    answer = serializers.CharField(help_text='"", ok, differs or impossible')
    found = serializers.CharField()
    compared_with = serializers.CharField()
    note = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by = serializers.CharField(source="answered_by.username", default=None)

    def get_expected(self, row: VerificationSample) -> str | None:
        return str(row.expected.get("value", "")) if row.answer or not row.is_blind else None


class VerificationDetailOutput(serializers.Serializer[Any]):
    verification = VerificationOutput()
    checks = VerificationCheckOutput(many=True)
    differences = VerificationDifferenceOutput(many=True)
    sample = VerificationSampleOutput(many=True)


class SampleAnswerInput(serializers.Serializer[Any]):
    answer = serializers.CharField(required=False, allow_blank=True, default="", max_length=20)
    found = serializers.CharField(required=False, allow_blank=True, default="", max_length=100)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class VerificationSignInput(serializers.Serializer[Any]):
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class VerificationCaseOutput(_DiffersOutput):
    id = serializers.IntegerField()
    site = serializers.CharField(source="site.code")
    check = serializers.CharField(source="check_name")
    state = serializers.CharField(help_text="open or settled")
    owner = serializers.CharField(source="owner.username", default=None)
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    times_seen = serializers.IntegerField()
    how = serializers.CharField(help_text='"", person or gone')
    note = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by = serializers.CharField(source="settled_by.username", default=None)


class CaseOwnerInput(serializers.Serializer[Any]):
    owner = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=150, help_text="a user; empty: oneself"
    )


class CaseNoteInput(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=1000, allow_blank=True)


class VerificationPlanOutput(serializers.Serializer[Any]):
    site = serializers.CharField(source="site.code")
    timezone = serializers.CharField(source="site.timezone")
    times = serializers.ListField(child=serializers.CharField())
    has_own_times = serializers.BooleanField(source="is_own")
    owner = serializers.CharField(source="owner.username", default=None)
    case_hours = serializers.IntegerField()


class VerificationPlanInput(serializers.Serializer[Any]):
    times = serializers.ListField(
        child=serializers.CharField(max_length=5), required=False, default=list, max_length=10,
        help_text="three local times; empty: the usual ones",
    )  # fmt: skip
    owner = serializers.CharField(required=False, allow_blank=True, default="", max_length=150)
    case_hours = serializers.IntegerField(required=False, default=24)
