"""Append-only timeline, handovers and playbooks, and the ten standard playbooks."""

from django.db import migrations

from alerts.defaults import playbooks
from audit.operations import AppendOnly


def add_default_playbooks(apps, schema_editor):
    Playbook = apps.get_model("alerts", "Playbook")
    Playbook.objects.bulk_create([Playbook(**values) for values in playbooks()])


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunPython(add_default_playbooks, migrations.RunPython.noop),
        AppendOnly("alerts_playbook", ["is_active"]),
        AppendOnly("alerts_incidententry"),
        AppendOnly("alerts_handover"),
    ]
