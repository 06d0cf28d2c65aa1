"""Rounds, their checks and findings."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.texts import shown


class Round(models.Model):
    """One walk through all checks, for one slot. It must be signed by sign_due_at."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        TO_SIGN = "to_sign", _("To sign")
        SIGNED = "signed", _("Signed")

    slot = models.DateTimeField(unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    sign_due_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    comment = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["-slot"], name="patrol_round_newest")]


class RoundCheck(models.Model):
    """How one check of a round went."""

    class Outcome(models.TextChoices):
        CLEAR = "clear", _("Nothing found")
        FOUND = "found", _("Something found")
        FAILED = "failed", _("Could not be carried out")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="checks")
    name = models.CharField(max_length=60)
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    duration_ms = models.PositiveIntegerField()
    findings_count = models.PositiveIntegerField(default=0)
    error = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "name"], name="patrol_roundcheck_once")]


class RoundFinding(models.Model):
    """One thing a check found, to be looked at and signed with a word where one is due."""

    check_run = models.ForeignKey(RoundCheck, on_delete=models.PROTECT, related_name="findings")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="findings")
    key = models.CharField(max_length=200)
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=8)
    title = models.CharField(max_length=300)
    title_zh = models.CharField(max_length=300, default="")
    detail = models.TextField(default="")
    url = models.CharField(max_length=300, default="")
    site_id = models.BigIntegerField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    comment = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "key"], name="patrol_roundfinding_once")]

    @property
    def shown_title(self) -> str:
        return shown(self.title, self.title_zh)
