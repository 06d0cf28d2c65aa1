"""Job definitions, their runs, heartbeats and the outbox."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class JobDefinition(models.Model):
    """When a task must run.

    Either every `interval_s` seconds (slots are multiples since the epoch, UTC) or at `local_times` ("06:00") in
    `timezone`, or, with scope_kind, in the zone of each scope of that kind.
    misfire: what happens to slots found late: run_once (the newest), run_all, or skip; older than grace_s is missed.
    """

    class Misfire(models.TextChoices):
        RUN_ONCE = "run_once"
        RUN_ALL = "run_all"
        SKIP = "skip"

    name = models.CharField(max_length=80, unique=True)
    task = models.CharField(max_length=120)
    interval_s = models.PositiveIntegerField(null=True)
    local_times = ArrayField(models.CharField(max_length=5), default=list)
    timezone = models.CharField(max_length=64, default="UTC")
    scope_kind = models.CharField(max_length=16, default="", blank=True)
    misfire = models.CharField(max_length=8, choices=Misfire.choices, default=Misfire.RUN_ONCE)
    grace_s = models.PositiveIntegerField(default=3600)
    max_runtime_s = models.PositiveIntegerField(default=600)
    queue = models.CharField(max_length=16, default="normal")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    planned_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(interval_s__isnull=False, local_times=[])
                | (models.Q(interval_s__isnull=True) & ~models.Q(local_times=[])),
                name="jobs_jobdefinition_interval_or_times",
            ),
        ]


class JobScope(models.Model):
    """One thing a scoped job runs for, e.g. ("site", "LON-1", "Europe/London"); kept by the app that owns the thing."""

    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=64)
    timezone = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="jobs_jobscope_once")]


class ScopeTimes(models.Model):
    """The local times of one scope of a job that has its own; without a row it has the job's."""

    job = models.ForeignKey(JobDefinition, on_delete=models.CASCADE, related_name="scope_times")
    scope_key = models.CharField(max_length=64)
    local_times = ArrayField(models.CharField(max_length=5))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "scope_key"], name="jobs_scopetimes_once"),
        ]


class JobRun(models.Model):
    """One slot of a job; exists before it runs and ends in exactly one of ok, failed, missed, skipped."""

    class State(models.TextChoices):
        PLANNED = "planned"
        RUNNING = "running"
        OK = "ok"
        FAILED = "failed"
        MISSED = "missed"
        SKIPPED = "skipped"

    job = models.ForeignKey(JobDefinition, on_delete=models.PROTECT, related_name="runs")
    scope_key = models.CharField(max_length=64, default="", blank=True)
    slot = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "scope_key", "slot"], name="jobs_jobrun_once")]
        indexes = [
            models.Index(
                fields=["slot"],
                condition=models.Q(state__in=["planned", "running"]),
                name="jobs_jobrun_open",
            ),
        ]


class Heartbeat(models.Model):
    """When a loop, the worker or the scheduler last did its work."""

    name = models.CharField(max_length=80, primary_key=True)
    ok_at = models.DateTimeField(null=True)
    error_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)


class Outbox(models.Model):
    """Something to send outside, written in the business transaction and delivered at least once."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="jobs_outbox_waiting"),
        ]
