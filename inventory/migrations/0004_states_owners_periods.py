"""States and owners of goods, months that close: new parts of the balance's key, and what hangs on it."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from audit.operations import AppendOnly, Covered
from inventory.sql.ledger import CLOSING_COVERED, ENTRY_COVERED, MOVEMENT_COVERED

FOLDER = Path(__file__).parent.parent / "sql"
BEFORE = (FOLDER / "posting_functions.sql").read_text(encoding="utf8")
FUNCTIONS = (FOLDER / "state_functions.sql").read_text(encoding="utf8")
DROP = "DROP FUNCTION inventory_open, inventory_write;"
ENTRY = """
ALTER TABLE inventory_entry ADD COLUMN state varchar(10) NOT NULL DEFAULT 'available',
    ADD COLUMN owner_id bigint NOT NULL DEFAULT 0;
"""
FORGET = "DELETE FROM audit_coveredtable WHERE name IN ('inventory_entry', 'inventory_movement')"
STATES = [
    ("available", "Available"),
    ("inspect", "To be inspected"),
    ("quarantine", "Quarantine"),
    ("blocked", "Blocked"),
]


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_planned_once"), ("catalog", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(ENTRY, "ALTER TABLE inventory_entry DROP COLUMN state, DROP COLUMN owner_id"),
        migrations.RemoveConstraint("balance", "inventory_balance_once"),
        migrations.RemoveConstraint("negativecase", "inventory_negativecase_open_once"),
        migrations.AddField(
            "balance",
            "state",
            models.CharField(choices=STATES, default="available", max_length=10, verbose_name="state"),
        ),
        migrations.AddField("balance", "owner_id", models.BigIntegerField(default=0)),
        migrations.AddField("negativecase", "owner_id", models.BigIntegerField(default=0)),
        migrations.AddField(
            "movement", "reported_at", models.DateTimeField(null=True, verbose_name="reported at")
        ),
        migrations.AddConstraint(
            "balance",
            models.UniqueConstraint(
                fields=["site", "product", "lot", "state", "owner_id"], name="inventory_balance_once"
            ),
        ),
        migrations.AddConstraint(
            "negativecase",
            models.UniqueConstraint(
                fields=["site", "product", "lot", "owner_id"],
                condition=models.Q(state="open"),
                name="inventory_negativecase_open_once",
            ),
        ),
        migrations.CreateModel(
            "Period",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed")],
                        default="open",
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by_id", models.BigIntegerField(null=True)),
                ("line_count", models.IntegerField(default=0)),
                ("value", models.DecimalField(decimal_places=6, default=0, max_digits=38)),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.site"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["site", "month"], name="inventory_period_once")
                ]
            },
        ),
        migrations.CreateModel(
            "ClosingBalance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("site_id", models.BigIntegerField()),
                ("product_id", models.BigIntegerField()),
                ("lot", models.CharField(default="", max_length=64)),
                ("state", models.CharField(default="available", max_length=10)),
                ("owner_id", models.BigIntegerField(default=0)),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=24)),
                ("value", models.DecimalField(decimal_places=6, max_digits=38)),
                ("in_transit", models.DecimalField(decimal_places=6, default=0, max_digits=24)),
                ("event_id", models.BigIntegerField()),
                (
                    "period",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="inventory.period",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["period", "product_id", "lot", "state", "owner_id"],
                        name="inventory_closingbalance_once",
                    )
                ]
            },
        ),
        AppendOnly("inventory_closingbalance"),
        Covered("inventory_closingbalance", "event_id", CLOSING_COVERED),
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
        Covered("inventory_entry", "event_id", ENTRY_COVERED),
        Covered("inventory_movement", "event_id", MOVEMENT_COVERED),
        migrations.RunSQL(DROP + FUNCTIONS, DROP + BEFORE),
    ]
