"""Policies as versioned data."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Policy(models.Model):
    """One version of a policy. Never edited: a change is a new version, the old one is retired.

    conditions: a list of approvals.rules.Condition as JSON; all must hold. Policies of a kind are tried by `position`.
    steps: who decides, in order: [{"groups": [{"permission" or "user", "count"}], "due_hours"}], the groups of a step
    side by side; empty stands for one person with `permission` within `due_hours`. watchers: permissions whose holders
    are told and do not decide. escalate_to: whose holders may decide too once a step is over time.
    review_fraction: the share (0–1) of what is approved at once that a person looks at afterwards.
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
    steps = models.JSONField(_("steps"), default=list)
    watchers = ArrayField(models.CharField(max_length=60), default=list)
    escalate_to = models.CharField(_("escalated to"), max_length=60, default="policies.manage")
    needs_step_up = models.BooleanField(_("asks for the second factor again"), default=False)
    is_fast = models.BooleanField(_("fast lane"), default=False)
    review_fraction = models.DecimalField(
        _("share reviewed afterwards"), max_digits=4, decimal_places=3, default=0
    )
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
            models.CheckConstraint(
                condition=models.Q(review_fraction__gte=0, review_fraction__lte=1),
                name="approvals_policy_review_fraction",
                violation_error_message=_("A share lies between 0 and 1."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class PolicyProposal(models.Model):
    """A version of a policy that somebody wants, with its dry run; it counts once another person approves it.

    document: the fields of Policy that it would have. base_version: the version in force it was made from, 0 for a new
    policy. dry_run: what it would have meant for the requests of the last twelve months.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waits for approval")
        IN_FORCE = "in_force", _("In force")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LAPSED = "lapsed", _("Lapsed")

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=40)
    base_version = models.PositiveIntegerField()
    document = models.JSONField(default=dict)
    dry_run = models.JSONField(default=dict)
    reason = models.TextField(_("reason"))
    content_hash = models.CharField(max_length=64)
    prepared_by_id = models.BigIntegerField(default=0)
    prepared_by_name = models.CharField(max_length=200, default="")
    proposed_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    policy = models.ForeignKey(Policy, null=True, on_delete=models.PROTECT, related_name="proposals")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(state="open"),
                name="approvals_proposal_one_open",
                violation_error_message=_("A version of this policy waits already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.base_version + 1}"
