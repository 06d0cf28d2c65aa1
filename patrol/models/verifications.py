"""Verification runs: what was compared, what differed, what a person looked at again, and who signed."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Site
from patrol.models.verification_cases import VerificationCase


class Figures:
    """What a run and a check say of their lines alike."""

    lines: int
    differing: int
    explained: int
    tolerated: int

    @property
    def unexplained(self) -> int:
        return self.differing - self.explained - self.tolerated

    @property
    def accuracy_fraction(self) -> float | None:
        """Differing lines of all lines, 0 to 1; None when nothing was compared."""
        return self.differing / self.lines if self.lines else None


class VerificationRun(Figures, models.Model):
    """One verification of one site at one slot: checked by the machine, re-checked and signed by people.

    since: from when on this run looks. complete_to: the least of what its checks know the other side to be complete to.
    lines, differing, explained, tolerated: sums over the checks; accuracy is differing / lines.
    """

    class Kind(models.TextChoices):
        MORNING = "morning", _("Morning")
        MIDDAY = "midday", _("Midday")
        EVENING = "evening", _("Evening")
        EXTRA = "extra", _("Extra")

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        TO_SIGN = "to_sign", _("To sign")
        SIGNED = "signed", _("Signed")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    slot = models.DateTimeField()
    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    since = models.DateTimeField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    complete_to = models.DateTimeField(null=True)
    lines = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)
    explained = models.PositiveIntegerField(default=0)
    tolerated = models.PositiveIntegerField(default=0)
    sign_due_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    comment = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "slot"], name="patrol_verificationrun_once"),
            models.CheckConstraint(
                condition=models.Q(lines__gte=models.F("differing"))
                & models.Q(differing__gte=models.F("explained") + models.F("tolerated")),
                name="patrol_verificationrun_counts",
            ),
            models.CheckConstraint(
                condition=models.Q(state="signed", signed_at__isnull=False, signed_by__isnull=False)
                | ~models.Q(state="signed") & models.Q(signed_at__isnull=True, signed_by__isnull=True),
                name="patrol_verificationrun_signed",
            ),
        ]
        indexes = [
            models.Index(fields=["-slot", "site"], name="patrol_verification_newest"),
            models.Index(
                fields=["sign_due_at"],
                condition=models.Q(state="to_sign"),
                name="patrol_verification_unsigned",
            ),
        ]


class VerificationCheck(Figures, models.Model):
    """How one check of a run went. no_data: there was nothing of the other side to compare with."""

    class Outcome(models.TextChoices):
        CLEAR = "clear", _("Everything agrees")
        DIFFERS = "differs", _("Something differs")
        NO_DATA = "no_data", _("Nothing to compare with")
        FAILED = "failed", _("Could not be carried out")

    run = models.ForeignKey(VerificationRun, on_delete=models.PROTECT, related_name="checks")
    name = models.CharField(max_length=60)
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    lines = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)
    explained = models.PositiveIntegerField(default=0)
    tolerated = models.PositiveIntegerField(default=0)
    complete_to = models.DateTimeField(null=True)
    value = models.DecimalField(max_digits=38, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, default="")
    duration_ms = models.PositiveIntegerField()
    error = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="patrol_verificationcheck_once"),
        ]


class VerificationDifference(models.Model):
    """One line that differs, as the check told it; what becomes of it is its state: explained, within tolerance, a case.

    ours, theirs: figures or words as they stood, "" where there was none.
    """

    class State(models.TextChoices):
        EXPLAINED = "explained", _("Explained")
        TOLERATED = "tolerated", _("Within tolerance")
        CASE = "case", _("Case")

    run = models.ForeignKey(VerificationRun, on_delete=models.PROTECT, related_name="differences")
    check_run = models.ForeignKey(VerificationCheck, on_delete=models.PROTECT, related_name="differences")
    key = models.CharField(max_length=200)
    class_code = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    sku = models.CharField(max_length=64, default="")
    source = models.CharField(max_length=100, default="")
    ours = models.CharField(max_length=100, default="")
    theirs = models.CharField(max_length=100, default="")
    explanation = models.JSONField(default=dict)
    url = models.CharField(max_length=300, default="")
    state = models.CharField(max_length=9, choices=State.choices)
    case = models.ForeignKey(VerificationCase, null=True, on_delete=models.PROTECT, related_name="seen")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_run", "key"], name="patrol_verificationdifference_once"),
        ]


class VerificationSample(models.Model):
    """One thing the machine passed and a person looks at again.

    expected: what the books said when it was drawn ({"value": …} and what the question needs). A blind one asks for what
    the person finds without telling; what is found is held against the books of that moment (`compared_with`).
    """

    class Question(models.TextChoices):
        COUNT = "count", _("Count what lies there")
        PRICE = "price", _("Read the price at the shelf or in the shop")
        PAPER = "paper", _("Hold the paper against the document")
        RECEIPT = "receipt", _("Hold the till receipt against the sale")

    class Answer(models.TextChoices):
        NONE = "", _("Not answered")
        OK = "ok", _("Agrees")
        DIFFERS = "differs", _("Differs")
        IMPOSSIBLE = "impossible", _("Could not be looked at")

    run = models.ForeignKey(VerificationRun, on_delete=models.PROTECT, related_name="sample")
    check_name = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=8, choices=Question.choices)
    is_blind = models.BooleanField()
    title = models.CharField(max_length=300)
    sku = models.CharField(max_length=64, default="")
    url = models.CharField(max_length=300, default="")
    expected = models.JSONField(default=dict)
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.NONE, blank=True)
    found = models.CharField(max_length=100, default="")
    compared_with = models.CharField(max_length=100, default="")
    note = models.CharField(max_length=1000, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="patrol_verificationsample_once"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at__isnull=True)
                | ~models.Q(answer="") & models.Q(answered_at__isnull=False),
                name="patrol_verificationsample_answered",
            ),
        ]
