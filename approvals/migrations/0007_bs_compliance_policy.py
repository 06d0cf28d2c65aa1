"""The default policy of versions of compliance items, for houses set up before it."""

from django.db import migrations

from approvals.defaults import POLICIES


def add_policy(apps, schema_editor):
    Policy = apps.get_model("approvals", "Policy")
    for default in POLICIES:
        if default["kind"] == "compliance_item" and not Policy.objects.filter(name=default["name"]).exists():
            values = {**default, "conditions": [condition.as_json() for condition in default["conditions"]]}
            Policy.objects.create(**values, version=1, created_by_name="set-up")


class Migration(migrations.Migration):
    dependencies = [("approvals", "0006_v2_valuation_policies")]

    operations = [migrations.RunPython(add_policy, migrations.RunPython.noop)]
