from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError

from jobs import actions, queries
from lib import clock
from lib.faults import Faults


class Command(BaseCommand):
    help = "Run a scheduled job now, in the foreground; without --slot for this very moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--slot", type=_instant, help="ISO 8601 with an offset, e.g. 2026-10-15T06:00+01:00"
        )
        parser.add_argument("--scope", help="one scope key only, e.g. a site's code")

    def handle(self, *args: Any, **options: Any) -> None:
        job = queries.definition(options["name"])
        if job is None:
            names = ", ".join(known.name for known in queries.definitions())
            raise CommandError(f"There is no job {options['name']!r}. There are: {names or 'none'}.")
        slot = options["slot"] or clock.now().replace(microsecond=0)
        current_app.loader.import_default_modules()
        task = current_app.tasks.get(job.task)
        if task is None:
            raise CommandError(f"The task {job.task!r} of {job.name!r} is not there.")
        keys = [options["scope"]] if options["scope"] else queries.scope_keys(job)
        failed = [key for key in keys if not self._run(job.name, key, slot, task)]
        if failed:
            raise CommandError(f"{job.name} failed for {len(failed)} of {len(keys)}.")

    def _run(self, name: str, key: str, slot: datetime, task: Any) -> bool:
        try:
            run = actions.claim_run(name=name, scope_key=key, slot=slot)
        except Faults as fault:
            raise CommandError(str(fault)) from fault
        outcome = task(run_id=run.pk, fence=run.fence)
        run.refresh_from_db()
        told = run.result if outcome == "ok" else run.error
        self.stdout.write(f"{name} {key or '-'} {slot.isoformat()} {outcome}: {told}")
        return bool(outcome == "ok")


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError("a slot needs an offset")
    return at
