"""Rows that were not taken, each with an owner and a deadline."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from feeds.models.deliveries import Delivery


class QuarantineRow(models.Model):
    """A row that was not taken: its place in the delivery (1 is the first row of data), why, and what it said.

    row: as it came; is_whole: nothing of it was cut, so it can be repaired or replayed. site_code: the site it names.
    owner, or owner_role where the source has no owner, works it until due_at. values: what a repair made of it.
    closed_by, reason: who repaired, replayed or discarded it, and why.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        REPAIRED = "repaired", _("Repaired")
        REPLAYED = "replayed", _("Replayed")
        DISCARDED = "discarded", _("Discarded")

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="quarantine")
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    detail = models.CharField(max_length=500)
    row = models.JSONField(default=dict)
    is_whole = models.BooleanField(default=True)
    site_code = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner_role = models.CharField(max_length=32, default="", blank=True)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    values = models.JSONField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, default="", blank=True)
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="feeds_quarantinerow_once"),
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at=None)
                | (~models.Q(state="open") & models.Q(closed_at__isnull=False)),
                name="feeds_quarantinerow_closed",
                violation_error_message=_("A row that is closed says when."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(state="open"), name="feeds_quarantine_due"
            ),
            models.Index(
                fields=["code", "id"], condition=models.Q(state="open"), name="feeds_quarantine_code"
            ),
        ]
