"""Lots with expiry, what is noticed about them, recalls; entries say where a lot was assumed; the book opens by lot."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from audit.operations import AppendOnly, Covered
from inventory.sql.ledger import ENTRY_COVERED

ENTRY = "ALTER TABLE inventory_entry ADD COLUMN is_assumed boolean NOT NULL DEFAULT false"
FORGET = "DELETE FROM audit_coveredtable WHERE name = 'inventory_entry'"
KNOWN = """
INSERT INTO inventory_lot (product_id, code)
SELECT DISTINCT product_id, lot FROM inventory_balance WHERE lot <> '' ORDER BY 1, 2
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_l_lots"),
        ("inventory", "0007_k2_production"),
    ]

    operations = [
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=64, verbose_name="lot")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="expires on")),
                ("produced_on", models.DateField(blank=True, null=True, verbose_name="produced on")),
                (
                    "is_recalled",
                    models.BooleanField(db_default=False, default=False, verbose_name="recalled"),
                ),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.product"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LotFinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("short_life", "Too little life left"),
                            ("expired", "Expired"),
                            ("recalled", "Recalled"),
                            ("no_lot", "Without a lot"),
                            ("other_expiry", "Another expiry than known"),
                        ],
                        max_length=12,
                        verbose_name="code",
                    ),
                ),
                ("lot", models.CharField(default="", max_length=64, verbose_name="lot")),
                ("movement_id", models.BigIntegerField()),
                ("line", models.IntegerField()),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity")),
                ("expires_on", models.DateField(null=True, verbose_name="expires on")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("event_id", models.BigIntegerField()),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.product"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Recall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Blocked"),
                            ("pending", "Release asked for"),
                            ("released", "Released"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "units",
                    models.DecimalField(decimal_places=6, default=0, max_digits=24, verbose_name="units"),
                ),
                ("sites", models.IntegerField(default=0, verbose_name="sites")),
                ("started_by_id", models.BigIntegerField(null=True)),
                ("started_by_name", models.CharField(default="", max_length=200)),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "release_reason",
                    models.CharField(default="", max_length=500, verbose_name="reason for the release"),
                ),
                ("asked_by_id", models.BigIntegerField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("released_by_id", models.BigIntegerField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recalls",
                        to="inventory.lot",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["expires_on"], name="inventory_lot_expires_on"),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(fields=("product", "code"), name="inventory_lot_once"),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="inventory_lot_has_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("produced_on__isnull", True),
                    ("expires_on__isnull", True),
                    ("expires_on__gte", models.F("produced_on")),
                    _connector="OR",
                ),
                name="inventory_lot_expires_after_production",
                violation_error_message="A lot expires on the day it was produced or later.",
            ),
        ),
        migrations.AddIndex(
            model_name="lotfinding",
            index=models.Index(fields=["movement_id"], name="inventory_lotfinding_movement"),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "released"), _negated=True),
                fields=("lot",),
                name="inventory_recall_open_once",
                violation_error_message="The lot is recalled already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("released_by_id__isnull", True),
                    ("asked_by_id__isnull", True),
                    models.Q(("released_by_id", models.F("asked_by_id")), _negated=True),
                    _connector="OR",
                ),
                name="inventory_recall_four_eyes",
            ),
        ),
        migrations.RunSQL(ENTRY, "ALTER TABLE inventory_entry DROP COLUMN is_assumed"),
        AppendOnly("inventory_lotfinding"),
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
        Covered("inventory_entry", "event_id", ENTRY_COVERED),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
