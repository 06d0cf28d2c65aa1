"""The default policies of changes of value, where an earlier set-up did not know them."""

from django.db import migrations

from approvals.defaults import POLICIES


def add_missing_policies(apps, schema_editor):
    Policy = apps.get_model("approvals", "Policy")
    known = set(Policy.objects.values_list("name", flat=True))
    for default in POLICIES:
        if default["name"] not in known:
            values = {**default, "conditions": [condition.as_json() for condition in default["conditions"]]}
            Policy.objects.create(**values, version=1, created_by_name="set-up")


class Migration(migrations.Migration):
    dependencies = [("approvals", "0005_w_write_off_policies")]

    operations = [migrations.RunPython(add_missing_policies, migrations.RunPython.noop)]
