"""What is scheduled exists, and the list reaches the database."""

import pytest
from django.core.management import call_command

from config.celery import QUEUES, TICKS, app
from config.environment import BASE_DIR
from config.schedule import SCHEDULE
from jobs.models import JobDefinition
from jobs.rules import definition_fault


@pytest.fixture(scope="module")
def registered() -> set[str]:
    app.loader.import_default_modules()
    return set(app.tasks)


@pytest.mark.parametrize("name", TICKS)
def test_every_tick_has_its_task(name: str, registered: set[str]) -> None:
    assert name in registered
    assert TICKS[name][1] in QUEUES


@pytest.mark.parametrize("definition", SCHEDULE, ids=lambda definition: definition.name)
def test_every_job_has_its_task(definition: object, registered: set[str]) -> None:
    assert definition.task in registered  # type: ignore[attr-defined]
    assert definition.queue in QUEUES and definition_fault(definition) == ""  # type: ignore[attr-defined, arg-type]


#: Not ticked: a loop sends one of these for each thing that is due.
SENT_BY_LOOPS = {"feeds.send": "feeds/tasks.py"}


def test_every_task_is_called_by_somebody(registered: set[str]) -> None:
    """A loop that nobody ticks and a job without a slot look fine and never run."""
    called = {*TICKS, *(definition.task for definition in SCHEDULE)}
    own = {name for name in registered if not name.startswith(("celery.", "outbox.", "test."))}
    assert own - called == set(SENT_BY_LOOPS)
    assert all(f'send("{name}"' in (BASE_DIR / file).read_text() for name, file in SENT_BY_LOOPS.items())


def test_ticks_expire_before_they_pile_up() -> None:
    assert all(entry["options"]["expires"] <= 60 for entry in app.conf.beat_schedule.values())


@pytest.mark.django_db
def test_the_list_becomes_the_definitions(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sync_schedule")
    call_command("sync_schedule")
    assert set(JobDefinition.objects.values_list("name", flat=True)) == {job.name for job in SCHEDULE}
