"""Policies as versioned data, requests and the decisions on them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Policy(models.Model):
    """One version of a policy. Never edited: a change is a new version, the old one is retired.

    conditions: a list of approvals.rules.Condition as JSON; all must hold. Policies of a kind are tried by `position`.
    """

    class Outcome(models.TextChoices):
        ROUTINE = "routine", _("Approved at once")
        APPROVE = "approve", _("A person decides")

    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    conditions = models.JSONField(_("conditions"), default=list)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices)
    permission = models.CharField(_("approver"), max_length=60, default="", blank=True)
    due_hours = models.PositiveSmallIntegerField(_("time to decide, hours"), default=24)
    is_active = models.BooleanField(_("active"), default=True)
    created_by_id = models.BigIntegerField(default=0)
    created_by_name = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    reason = models.TextField(_("reason"), default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="approvals_policy_version_once"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(is_active=True),
                name="approvals_policy_one_active",
                violation_error_message=_("Another version of this policy is active."),
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="routine") | ~models.Q(permission=""),
                name="approvals_policy_has_approver",
                violation_error_message=_("A policy that asks a person names the approver's permission."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ApprovalRequest(models.Model):
    """Something that must be agreed to: a reference, what is asked, the facts, and what the policies said of them.

    prepared_by_id is a user's id, 0 when no person prepared it. content_hash binds the decision to what was asked.
    Only the state and the effect ever change (column privilege and trigger); approved and rejected need a decision.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        VOID = "void", _("Void")

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    summary = models.CharField(max_length=500, default="")
    summary_zh = models.CharField(max_length=500, default="")
    url = models.CharField(max_length=300, default="")
    facts = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    site_ids = ArrayField(models.BigIntegerField(), default=list)
    policy_name = models.CharField(max_length=60)
    policy_version = models.PositiveIntegerField()
    policy_why = models.JSONField(default=list)
    permission = models.CharField(max_length=60, default="")
    prepared_by_id = models.BigIntegerField(default=0)
    prepared_by_name = models.CharField(max_length=200, default="")
    wake_task = models.CharField(max_length=120, default="")
    requested_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.TextField(default="")
    effect = models.CharField(max_length=20, default="")
    effect_detail = models.TextField(default="")
    effect_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(state="pending"),
                name="approvals_request_one_pending",
                violation_error_message=_("This already waits for a decision."),
            ),
            models.UniqueConstraint(fields=["id", "prepared_by_id"], name="approvals_request_preparer"),
            models.CheckConstraint(
                condition=models.Q(effect="") | models.Q(state="approved"), name="approvals_request_effect"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "subject", "-id"], name="approvals_request_subject"),
            models.Index(
                fields=["due_at"], condition=models.Q(state="pending"), name="approvals_request_open"
            ),
            models.Index(
                fields=["kind", "id"],
                condition=models.Q(state="approved", effect=""),
                name="approvals_request_unapplied",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Decision(models.Model):
    """One person's or one policy's word on a request; append-only, kept for ever.

    prepared_by_id repeats the request's (a composite foreign key holds it to that), so that the CHECK below refuses
    self-approval even from raw SQL. decided_by_id is 0 for a policy.
    """

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="decisions")
    prepared_by_id = models.BigIntegerField()
    decided_by_kind = models.CharField(max_length=8)
    decided_by_id = models.BigIntegerField(default=0)
    decided_by_name = models.CharField(max_length=200)
    on_behalf_of_id = models.BigIntegerField(null=True)
    approved = models.BooleanField()
    comment = models.TextField(default="", blank=True)
    content_hash = models.CharField(max_length=64)
    policy_name = models.CharField(max_length=60)
    policy_version = models.PositiveIntegerField()
    channel = models.CharField(max_length=8, default="")
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "decided_by_kind", "decided_by_id"],
                name="approvals_decision_one_word_each",
                violation_error_message=_("This person has decided already."),
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by_kind="policy", decided_by_id=0)
                | (
                    models.Q(decided_by_kind="user", decided_by_id__gt=0)
                    & ~models.Q(decided_by_id=models.F("prepared_by_id"))
                ),
                name="approvals_decision_not_by_preparer",
                violation_error_message=_("Nobody approves what they prepared."),
            ),
            models.CheckConstraint(
                condition=models.Q(on_behalf_of_id__isnull=True)
                | ~models.Q(on_behalf_of_id=models.F("prepared_by_id")),
                name="approvals_decision_not_for_preparer",
                violation_error_message=_("Nobody approves on behalf of the one who prepared it."),
            ),
        ]
