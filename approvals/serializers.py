"""What the REST edge of approvals takes and gives."""

from typing import Any

from rest_framework import serializers

from approvals.access import may_decide
from approvals.models import ApprovalRequest, Review, Step


class DecideInput(serializers.Serializer[Any]):
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    content_hash = serializers.CharField(required=False, max_length=64)
    code = serializers.CharField(
        required=False, max_length=16, help_text="A code of the second factor, where it is asked for again."
    )


class StepOutput(serializers.Serializer[Any]):
    """A group that decides: `needed` people with a permission, or one named person; of one number side by side."""

    number = serializers.IntegerField()
    permission = serializers.CharField()
    user = serializers.CharField(source="user_name")
    needed = serializers.IntegerField()
    given = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Step.State.values)
    due_at = serializers.DateTimeField(allow_null=True)
    escalated_at = serializers.DateTimeField(allow_null=True)


class DecisionOutput(serializers.Serializer[Any]):
    decided_by = serializers.SerializerMethodField()
    on_behalf_of = serializers.IntegerField(source="on_behalf_of_id", allow_null=True)
    approved = serializers.BooleanField()
    returned = serializers.BooleanField()
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
    needs_step_up = serializers.BooleanField()
    is_fast = serializers.BooleanField()
    watchers = serializers.ListField(child=serializers.CharField())
    steps = StepOutput(many=True)
    decisions = DecisionOutput(many=True)

    def get_subject_id(self, request: ApprovalRequest) -> str:
        return request.subject.rpartition(":")[2]

    def get_may_decide(self, request: ApprovalRequest) -> bool:
        known: dict[int, bool] | None = self.context.get("may_decide")
        return may_decide(self.context["actor"], request) if known is None else known[request.pk]


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


class RemarkInput(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000)


class RemarkOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    author = serializers.CharField(source="author_name")
    text = serializers.CharField()
    made_at = serializers.DateTimeField()


class DelegationInput(serializers.Serializer[Any]):
    """Who stands in (user names; principal empty for oneself), from when until when, for which kinds (none: all)."""

    delegate = serializers.CharField(max_length=150)
    principal = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=50
    )
    is_out_of_office = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(max_length=500, allow_blank=True)


class DelegationOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    principal = serializers.CharField(source="principal_name")
    delegate = serializers.CharField(source="delegate_name")
    kinds = serializers.ListField(child=serializers.CharField())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    is_out_of_office = serializers.BooleanField()
    reason = serializers.CharField()
    made_by = serializers.CharField(source="made_by_name")
    revoked_at = serializers.DateTimeField(allow_null=True)


class PolicyOutput(serializers.Serializer[Any]):
    """A policy in force. conditions: all must hold; steps: who decides, in order, the groups of one side by side."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    position = serializers.IntegerField()
    conditions = serializers.ListField(child=serializers.DictField())
    outcome = serializers.CharField()
    permission = serializers.CharField()
    due_hours = serializers.IntegerField()
    steps = serializers.ListField(child=serializers.DictField())
    watchers = serializers.ListField(child=serializers.CharField())
    escalate_to = serializers.CharField()
    needs_step_up = serializers.BooleanField()
    is_fast = serializers.BooleanField()
    review_fraction = serializers.CharField()


class ProposalInput(serializers.Serializer[Any]):
    """base_version: the version looked at, 0 for a new policy."""

    name = serializers.CharField(max_length=60)
    base_version = serializers.IntegerField(min_value=0, max_value=10**6)
    document = serializers.DictField()
    reason = serializers.CharField(max_length=2000, allow_blank=True)


class ProposalOutput(serializers.Serializer[Any]):
    """dry_run: what the version would have meant for the requests of the last twelve months, with up to 100 cases."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    base_version = serializers.IntegerField()
    document = serializers.DictField()
    dry_run = serializers.DictField()
    reason = serializers.CharField()
    content_hash = serializers.CharField()
    prepared_by = serializers.CharField(source="prepared_by_name")
    proposed_at = serializers.DateTimeField()
    state = serializers.CharField()


class ReviewInput(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=Review.Outcome.values)
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class ReviewOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    request = serializers.IntegerField(source="request_id")
    title = serializers.CharField(source="request.title")
    kind = serializers.CharField(source="request.kind")
    policy = serializers.CharField(source="request.policy_name")
    due_at = serializers.DateTimeField()
    outcome = serializers.CharField()
    note = serializers.CharField()
    reviewed_by = serializers.CharField(source="reviewed_by_name")
