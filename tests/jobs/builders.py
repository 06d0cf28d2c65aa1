"""Jobs and slots with literal defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from jobs import actions
from jobs.models import JobDefinition, JobRun
from jobs.rules import Definition

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def hourly(name: str = "test.hourly", **given: Any) -> JobDefinition:
    fields = {"task": "test.task", "interval_s": 3600, "grace_s": 7200, **given}
    actions.sync_definitions([Definition(name, **fields)])
    return JobDefinition.objects.get(name=name)


def states(name: str = "test.hourly") -> list[str]:
    return list(
        JobRun.objects.filter(job__name=name).order_by("slot", "scope_key").values_list("state", flat=True)
    )
