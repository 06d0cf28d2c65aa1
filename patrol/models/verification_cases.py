"""What a verification could not explain and somebody must answer; and how a site is verified."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Site


class VerificationPlan(models.Model):
    """How a site is verified: who works what is not explained, and within how many hours.

    The local times stand with the job that runs (`jobs.ScopeTimes`). A site without a plan has the defaults and no owner.
    """

    site = models.OneToOneField(Site, on_delete=models.CASCADE, primary_key=True, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    case_hours = models.PositiveSmallIntegerField(_("hours to settle a case"), default=24)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(case_hours__gte=1, case_hours__lte=336),
                name="patrol_verificationplan_hours",
                violation_error_message=_("A case has from 1 hour to 14 days."),
            ),
        ]


class VerificationCase(models.Model):
    """A difference without an explanation, from the run that first saw it until it is settled.

    One case is open per site, check and key, however many runs see it (times_seen). how: settled by a person with a word,
    or gone: a later run of the same check did not find it any more. ours, theirs: as the last run saw them.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("state", "Open")
        SETTLED = "settled", _("Settled")

    class How(models.TextChoices):
        PERSON = "person", _("Settled by a person")
        GONE = "gone", _("Not there any more")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    check_name = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    class_code = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    sku = models.CharField(max_length=64, default="")
    source = models.CharField(max_length=100, default="")
    ours = models.CharField(max_length=100, default="")
    theirs = models.CharField(max_length=100, default="")
    url = models.CharField(max_length=300, default="")
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField(db_default=Now())
    first_run_id = models.BigIntegerField()
    last_run_id = models.BigIntegerField()
    times_seen = models.PositiveIntegerField(default=1)
    how = models.CharField(max_length=6, choices=How.choices, default="")
    note = models.CharField(max_length=1000, default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "check_name", "key"],
                condition=models.Q(state="open"),
                name="patrol_verificationcase_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", settled_at__isnull=True, how="")
                | models.Q(state="settled", settled_at__isnull=False, how__in=["person", "gone"]),
                name="patrol_verificationcase_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="open"), name="patrol_verification_case_due"
            ),
        ]
