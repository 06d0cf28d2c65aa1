"""Playbooks."""

from django.db import transaction

from alerts.defaults import playbooks
from alerts.models import Playbook
from audit.actions import record
from lib.actors import Actor


@transaction.atomic
def ensure_default_playbooks(*, actor: Actor) -> int:
    """Make the standard playbook of each category that has none; returns how many were made.

    Locks: nothing. Records: playbook.created for each. Allowed: set-up.
    """
    stored = set(Playbook.objects.values_list("category", flat=True))
    missing = [values for values in playbooks() if values["category"] not in stored]
    for values in missing:
        Playbook.objects.create(**values)
        record(
            actor=actor,
            kind="playbook.created",
            subject=f"playbook:{values['category']}",
            after={"version": 1},
        )
    return len(missing)
