"""What the REST edge of approvals takes and gives."""

from typing import Any

from rest_framework import serializers

from approvals.access import may_decide
from approvals.models import ApprovalRequest


class DecideInput(serializers.Serializer[Any]):
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    content_hash = serializers.CharField(required=False, max_length=64)


class DecisionOutput(serializers.Serializer[Any]):
    decided_by = serializers.SerializerMethodField()
    on_behalf_of = serializers.IntegerField(source="on_behalf_of_id", allow_null=True)
    approved = serializers.BooleanField()
    comment = serializers.CharField()
    policy = serializers.CharField(source="policy_name")
    policy_version = serializers.IntegerField()
    decided_at = serializers.DateTimeField()

    def get_decided_by(self, decision: Any) -> str:
        return "policy" if decision.decided_by_kind == "policy" else str(decision.decided_by_name)


class RequestOutput(serializers.Serializer[Any]):
    """A row of the inbox; `subject` is "<noun>:<id>", `subject_id` the id alone."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    subject = serializers.CharField()
    subject_id = serializers.SerializerMethodField()
    title = serializers.CharField()
    summary = serializers.CharField()
    url = serializers.CharField()
    facts = serializers.JSONField()
    content_hash = serializers.CharField()
    state = serializers.CharField()
    effect = serializers.CharField()
    prepared_by = serializers.CharField(source="prepared_by_name")
    policy = serializers.CharField(source="policy_name")
    policy_version = serializers.IntegerField()
    permission = serializers.CharField()
    may_decide = serializers.SerializerMethodField()
    requested_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    decisions = DecisionOutput(many=True)

    def get_subject_id(self, request: ApprovalRequest) -> str:
        return request.subject.rpartition(":")[2]

    def get_may_decide(self, request: ApprovalRequest) -> bool:
        return may_decide(self.context["actor"], request)


class RateProposalsInput(serializers.Serializer[Any]):
    """1 base = rate quote on a day, and where it is from; the row is checked by catalog."""

    base = serializers.CharField(max_length=3)
    quote = serializers.CharField(max_length=3)
    rate = serializers.CharField(max_length=40)
    on = serializers.CharField(max_length=10)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    replaces = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="A waiting proposal that this one corrects.",
    )


class RateProposalOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    base = serializers.CharField()
    quote = serializers.CharField()
    rate = serializers.CharField()
    on = serializers.DateField()
    reason = serializers.CharField()
    state = serializers.CharField()
    content_hash = serializers.CharField()
    prepared_by = serializers.CharField()
    approved_by = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
