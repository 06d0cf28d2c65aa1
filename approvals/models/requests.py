"""Requests, their steps, and the decisions on them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ApprovalRequest(models.Model):
    """Something that must be agreed to: a reference, what is asked, the facts, and what the policies said of them.

    prepared_by_id is a user's id, 0 when no person prepared it. content_hash binds the decision to what was asked.
    contributor_ids: others who had a hand in it (counted, edited); they do not decide either.
    Only the state and the effect ever change (column privilege and trigger); approved and rejected need a decision,
    approved needs every step done.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        VOID = "void", _("Void")
        RETURNED = "returned", _("Returned for rework")

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
    contributor_ids = ArrayField(models.BigIntegerField(), default=list)
    watchers = ArrayField(models.CharField(max_length=60), default=list)
    escalate_to = models.CharField(max_length=60, default="")
    needs_step_up = models.BooleanField(default=False)
    is_fast = models.BooleanField(default=False)
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


class Step(models.Model):
    """One group that has to decide: `needed` people with a permission, or one named person.

    Steps of one number stand side by side; those of the next open when all of them are done.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Not yet")
        OPEN = "open", pgettext_lazy("state", "Open")
        DONE = "done", _("Done")
        CLOSED = "closed", _("Closed")

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    permission = models.CharField(max_length=60, default="", blank=True)
    user_id = models.BigIntegerField(null=True)
    user_name = models.CharField(max_length=200, default="")
    needed = models.PositiveSmallIntegerField(default=1)
    given = models.PositiveSmallIntegerField(default=0)
    due_hours = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user_id__isnull=False) | ~models.Q(permission=""),
                name="approvals_step_has_approver",
            ),
            models.CheckConstraint(
                condition=models.Q(given__lte=models.F("needed")) & models.Q(needed__gte=1),
                name="approvals_step_given",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(given=models.F("needed")),
                name="approvals_step_done",
            ),
        ]
        indexes = [
            models.Index(fields=["request", "number"], name="approvals_step_of"),
            models.Index(fields=["due_at"], condition=models.Q(state="open"), name="approvals_step_open"),
        ]


class Decision(models.Model):
    """One person's or one policy's word on a request; append-only, kept for ever.

    prepared_by_id repeats the request's (a composite foreign key holds it to that), so that the CHECK below refuses
    self-approval even from raw SQL. decided_by_id is 0 for a policy.
    """

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="decisions")
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="decisions")
    prepared_by_id = models.BigIntegerField()
    decided_by_kind = models.CharField(max_length=8)
    decided_by_id = models.BigIntegerField(default=0)
    decided_by_name = models.CharField(max_length=200)
    on_behalf_of_id = models.BigIntegerField(null=True)
    approved = models.BooleanField()
    returned = models.BooleanField(default=False)
    is_stepped_up = models.BooleanField(default=False)
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
            models.CheckConstraint(
                condition=models.Q(approved=False) | models.Q(returned=False),
                name="approvals_decision_one_word",
            ),
        ]


class Remark(models.Model):
    """What somebody says beside a request, perhaps with a paper; it decides nothing. Append-only."""

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="remarks")
    author_id = models.BigIntegerField()
    author_name = models.CharField(max_length=200)
    text = models.TextField(default="", blank=True)
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.text[:80]


class Review(models.Model):
    """A look, afterwards, at what a policy approved at once: it was right, or it should have been asked."""

    class Outcome(models.TextChoices):
        RIGHT = "right", _("Right")
        WRONG = "wrong", _("Should have been asked")

    request = models.OneToOneField(ApprovalRequest, on_delete=models.PROTECT, related_name="review")
    permission = models.CharField(max_length=60)
    drawn_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=5, choices=Outcome.choices, default="", blank=True)
    note = models.TextField(default="", blank=True)
    reviewed_by_id = models.BigIntegerField(null=True)
    reviewed_by_name = models.CharField(max_length=200, default="")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(outcome=""), name="approvals_review_open"),
        ]
