"""The default policies of writing off what a partner does not pay, for houses set up before them."""

from django.db import migrations

from approvals.defaults import POLICIES


def add_policies(apps, schema_editor):
    Policy = apps.get_model("approvals", "Policy")
    for default in POLICIES:
        if default["kind"] == "dispute" and not Policy.objects.filter(name=default["name"]).exists():
            values = {**default, "conditions": [condition.as_json() for condition in default["conditions"]]}
            Policy.objects.create(**values, version=1, created_by_name="set-up")


class Migration(migrations.Migration):
    dependencies = [("approvals", "0007_bs_compliance_policy")]

    operations = [migrations.RunPython(add_policies, migrations.RunPython.noop)]
