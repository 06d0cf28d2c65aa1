
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DailyFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('units_sold', models.DecimalField(decimal_places=6, default=0, max_digits=20)),
                ('units_returned', models.DecimalField(decimal_places=6, default=0, max_digits=20)),
                ('revenue', models.DecimalField(decimal_places=6, default=0, max_digits=24)),
                ('lines', models.IntegerField(default=0)),
                ('lowest_price', models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.product')),
                ('site', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.site')),
            ],
            options={
                'indexes': [models.Index(fields=['on', 'site'], name='sales_dailyfact_on')],
                'constraints': [models.UniqueConstraint(fields=('product', 'site', 'on'), name='sales_dailyfact_once')],
            },
        ),
        migrations.CreateModel(
            name='SaleLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=18)),
                ('unit_price', models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ('currency', models.CharField(max_length=3)),
                ('sold_at', models.DateTimeField()),
                ('reference', models.CharField(max_length=64)),
                ('movement_id', models.BigIntegerField(db_index=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('channel', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='catalog.channel')),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.product')),
                ('site', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.site')),
            ],
            options={
                'indexes': [models.Index(fields=['product', 'sold_at'], name='sales_saleline_product'), django.contrib.postgres.indexes.BrinIndex(fields=['sold_at'], name='sales_saleline_sold_at_brin')],
            },
        ),
    ]
