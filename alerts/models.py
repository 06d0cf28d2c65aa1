"""Alerts, incidents with steps and timeline, playbooks, duty."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.texts import shown
from catalog.models import Site


class Severity(models.TextChoices):
    NOTE = "note", _("Note")
    WARNING = "warning", _("Warning")
    MAJOR = "major", _("Major")


class Category(models.TextChoices):
    """The ten kinds of trouble."""

    PRICE_SWING = "price_swing", _("Abnormal price swing")
    PROMOTION_PRICE = "promotion_price", _("Wrong or overlapping promotion price")
    PRICE_MISMATCH = "price_mismatch", _("Price differs between regions or channels")
    EXCHANGE_SHOCK = "exchange_shock", _("Exchange-rate shock")
    STOCK_OUT = "stock_out", _("Sudden stock-out")
    OVERSTOCK = "overstock", _("Overstock and slow movers piling up")
    BOOK_DIFFERENCE = "book_difference", _("Book differs from warehouse")
    FEED_TROUBLE = "feed_trouble", _("Feed late, lost or doubled")
    GOODS_CONDITION = "goods_condition", _("Expiring, spoiled or held at customs")
    UNAUTHORISED_CHANGE = "unauthorised_change", _("Unauthorised or out-of-policy change")


class Playbook(models.Model):
    """One version of the standard answer to a category; never edited, a change is a new version.

    steps: [{"code", "title", "title_zh", "minutes", "roles": [...]}], minutes after the opening.
    """

    category = models.CharField(max_length=24, choices=Category.choices)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    respond_minutes = models.PositiveSmallIntegerField(default=15)
    resolve_minutes = models.PositiveSmallIntegerField(default=240)
    steps = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "version"], name="alerts_playbook_version_once"),
            models.UniqueConstraint(
                fields=["category"], condition=models.Q(is_active=True), name="alerts_playbook_one_active"
            ),
        ]

    @property
    def shown_name(self) -> str:
        return shown(self.name, self.name_zh)


class Incident(models.Model):
    """Trouble that somebody must answer, with absolute deadlines. Each regrade raises `generation`.

    dedup_key joins what belongs together while the incident is open. inform_due_at is set for majors only.
    """

    class Grade(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary")
        MAJOR = "major", _("Major")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WORKING = "working", _("Being worked on")
        CLOSED = "closed", _("Closed")

    category = models.CharField(max_length=24, choices=Category.choices)
    grade = models.CharField(max_length=8, choices=Grade.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    title = models.CharField(max_length=300)
    title_zh = models.CharField(max_length=300, default="")
    detail = models.TextField(default="")
    url = models.CharField(max_length=300, default="")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    dedup_key = models.CharField(max_length=200)
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="incidents")
    generation = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(db_default=Now())
    graded_at = models.DateTimeField(db_default=Now())
    respond_due_at = models.DateTimeField()
    inform_due_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="incidents"
    )
    responded_at = models.DateTimeField(null=True)
    informed_at = models.DateTimeField(null=True)
    respond_breached_at = models.DateTimeField(null=True)
    inform_breached_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedup_key"],
                condition=~models.Q(state="closed"),
                name="alerts_incident_one_open",
                violation_error_message=_("An incident of this kind is open already."),
            ),
            models.CheckConstraint(
                condition=models.Q(grade="ordinary") | models.Q(inform_due_at__isnull=False),
                name="alerts_incident_major_informs",
            ),
            models.CheckConstraint(
                condition=models.Q(category__in=Category.values), name="alerts_incident_category_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["respond_due_at"], condition=~models.Q(state="closed"), name="alerts_incident_open"
            ),
            models.Index(fields=["-opened_at"], name="alerts_incident_opened"),
        ]

    @property
    def reference(self) -> str:
        return f"INC-{self.pk:04d}"

    @property
    def shown_title(self) -> str:
        return shown(self.title, self.title_zh)


class IncidentStep(models.Model):
    """A step of the playbook as it was when the incident opened, with its absolute deadline."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    title_zh = models.CharField(max_length=200, default="")
    roles = ArrayField(models.CharField(max_length=16), default=list)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="alerts_incidentstep_once")
        ]

    @property
    def shown_title(self) -> str:
        return shown(self.title, self.title_zh)


class IncidentNotice(models.Model):
    """Who was told of an incident and when they confirmed."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16, default="app")
    told_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "user"], name="alerts_incidentnotice_once")
        ]


class IncidentEntry(models.Model):
    """One line of an incident's timeline; append-only. actor_id is a user's id, 0 for a loop or a policy."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=24)
    actor_id = models.BigIntegerField(default=0)
    actor_name = models.CharField(max_length=200, default="")
    text = models.TextField(default="")
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["incident", "-at"], name="alerts_incidententry_line")]


class Alert(models.Model):
    """A condition that an app reports under a key; one row is open per key, repeats are counted."""

    class State(models.TextChoices):
        FIRING = "firing", _("Firing")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        RESOLVED = "resolved", _("Resolved")

    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.FIRING)
    category = models.CharField(max_length=24, choices=Category.choices, default="", blank=True)
    title = models.CharField(max_length=300)
    title_zh = models.CharField(max_length=300, default="")
    detail = models.TextField(default="")
    url = models.CharField(max_length=300, default="")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="alerts")
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True)
    resolve_reason = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=~models.Q(state="resolved"), name="alerts_alert_one_open"
            ),
        ]
        indexes = [
            models.Index(
                fields=["severity", "last_at"],
                condition=~models.Q(state="resolved"),
                name="alerts_alert_open",
            ),
            models.Index(fields=["-first_at"], name="alerts_alert_first"),
        ]

    @property
    def shown_title(self) -> str:
        return shown(self.title, self.title_zh)


class Tier(models.TextChoices):
    DUTY = "duty", _("Duty")
    BACKUP = "backup", _("Backup")
    LEADER = "leader", _("Leader")


class DutyShift(models.Model):
    """One person on duty in a tier for a stretch of time (half-open, UTC); shifts of a tier never overlap."""

    tier = models.CharField(max_length=8, choices=Tier.choices, default=Tier.DUTY)
    team = models.CharField(max_length=60, default="")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="alerts_dutyshift_no_overlap",
                expressions=[("tier", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message=_("Another shift of this tier lies in that time."),
            ),
            models.CheckConstraint(
                condition=models.Q(during__isempty=False)
                & models.Q(during__lower_inf=False)
                & models.Q(during__upper_inf=False),
                name="alerts_dutyshift_range",
                violation_error_message=_("A shift has a beginning and a later end."),
            ),
        ]


class Handover(models.Model):
    """Somebody took the watch over, with what the one before had to say; append-only."""

    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_from = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(db_default=Now())
    note = models.TextField(default="", blank=True)
