from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0003_b2_sheets")]

    operations = [
        migrations.AddField(
            model_name="pricechange",
            name="local_from",
            field=models.CharField(
                blank=True, default="", max_length=16, verbose_name="takes effect, local time"
            ),
        ),
        migrations.AddField(
            model_name="pricechange",
            name="local_until",
            field=models.CharField(blank=True, default="", max_length=16, verbose_name="until, local time"),
        ),
        migrations.AddField(
            model_name="pricechange",
            name="is_advertised",
            field=models.BooleanField(default=False, verbose_name="advertised"),
        ),
        migrations.AddField(
            model_name="pricechange",
            name="recheck_stage",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="guardrail",
            name="rule",
            field=models.CharField(
                choices=[
                    ("change_limit", "Change in one step"),
                    ("cumulative_change_limit", "Change since the last human decision"),
                    ("margin_floor", "Margin floor"),
                    ("below_cost", "Below cost"),
                    ("approval_band", "Band of an approval"),
                ],
                max_length=24,
                verbose_name="rule",
            ),
        ),
    ]
