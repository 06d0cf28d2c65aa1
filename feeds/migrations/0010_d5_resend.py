"""Batches that say again what was said before."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0009_reading_and_quarantine'),
    ]

    operations = [
        migrations.AddField(
            model_name='publication',
            name='resend_to',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
