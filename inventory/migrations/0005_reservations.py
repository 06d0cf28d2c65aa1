from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from audit.operations import AppendOnly, Covered

FOLDER = Path(__file__).parent.parent / "sql"
BEFORE = (FOLDER / "state_functions.sql").read_text(encoding="utf8")
FUNCTIONS = (FOLDER / "reservation_functions.sql").read_text(encoding="utf8")
DROP = "DROP FUNCTION inventory_open, inventory_write;"
RESERVATION = ["id", "site_id", "product_id", "lot", "quantity", "reference", "expires_at", "made_by_id", "recorded_at"]
END = ["id", "reservation_id", "reason", "movement_id", "recorded_at"]


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_r_customer_groups'),
        ('inventory', '0004_states_owners_periods'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lot', models.CharField(default='', max_length=64, verbose_name='lot')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=18, verbose_name='quantity')),
                ('reference', models.CharField(max_length=64, verbose_name='reference')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('made_by_id', models.BigIntegerField(null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('event_id', models.BigIntegerField()),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.product')),
                ('site', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.site')),
            ],
        ),
        migrations.CreateModel(
            name='ReservationEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('fulfilled', 'Fulfilled'), ('released', 'Released'), ('expired', 'Expired')], max_length=9, verbose_name='reason')),
                ('movement_id', models.BigIntegerField(null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('event_id', models.BigIntegerField()),
                ('reservation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='end', to='inventory.reservation')),
            ],
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(fields=['reference'], name='inventory_reservation_ref'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='inventory_reservation_above_zero'),
        ),
        AppendOnly("inventory_reservation"),
        AppendOnly("inventory_reservationend"),
        Covered("inventory_reservation", "event_id", RESERVATION),
        Covered("inventory_reservationend", "event_id", END),
        migrations.RunSQL(DROP + FUNCTIONS, DROP + BEFORE),
    ]
