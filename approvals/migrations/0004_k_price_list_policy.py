"""The default policy of changes to how a price list derives, for houses set up before it."""

from django.db import migrations

from approvals.defaults import POLICIES


def add_policy(apps, schema_editor):
    Policy = apps.get_model("approvals", "Policy")
    for default in POLICIES:
        if default["kind"] == "price_list" and not Policy.objects.filter(name=default["name"]).exists():
            values = {**default, "conditions": [condition.as_json() for condition in default["conditions"]]}
            Policy.objects.create(**values, version=1, created_by_name="set-up")


class Migration(migrations.Migration):
    dependencies = [("approvals", "0003_x_missing_policies")]

    operations = [migrations.RunPython(add_policy, migrations.RunPython.noop)]
