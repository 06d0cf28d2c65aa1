"""A version of a compliance item waits until another person approves it; those stored count since they were written."""

from django.db import migrations, models

from audit.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("pricing", "0016_bl_incentive_product")]

    operations = [
        migrations.AddField(
            model_name="complianceitem",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waits for approval"),
                    ("in_force", "In force"),
                    ("rejected", "Rejected"),
                ],
                default="in_force",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="complianceitem",
            name="in_force_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            "DROP TRIGGER deny_row ON pricing_complianceitem; DROP TRIGGER deny_truncate ON pricing_complianceitem",
            migrations.RunSQL.noop,
        ),
        AppendOnly("pricing_complianceitem", ["state", "in_force_from"]),
    ]
