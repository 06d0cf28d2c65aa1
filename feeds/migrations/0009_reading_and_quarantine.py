"""Rows in quarantine have an owner, a deadline and an end; mappings in versions; deliveries held for a person."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from audit.operations import AppendOnly

WORKED = [
    "code", "detail", "state", "owner_id", "owner_role", "due_at", "values", "closed_at", "closed_by", "reason",
]  # fmt: skip


def let_rows_be_worked(apps, schema_editor):
    """What a row said stays as it came; what became of it is written beside."""
    columns = ",".join(WORKED)
    if not settings.DATABASE_OWNER_IS_APP:
        named = ", ".join(f'"{column}"' for column in WORKED)
        schema_editor.execute(
            f'GRANT UPDATE ({named}) ON feeds_quarantinerow TO "{settings.DATABASE_APP_ROLE}"'
        )
    for statement in (
        "DROP TRIGGER deny_row ON feeds_quarantinerow",
        "CREATE TRIGGER deny_row BEFORE DELETE ON feeds_quarantinerow FOR EACH ROW EXECUTE FUNCTION steelyard_deny()",
        "CREATE TRIGGER deny_columns BEFORE UPDATE ON feeds_quarantinerow FOR EACH ROW"
        f" EXECUTE FUNCTION steelyard_deny_other_columns('{columns}')",
        "ALTER TABLE feeds_quarantinerow ENABLE ALWAYS TRIGGER deny_row",
        "ALTER TABLE feeds_quarantinerow ENABLE ALWAYS TRIGGER deny_columns",
    ):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("feeds", "0008_d7_channel_stock"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("figures", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("released", "Released"),
                            ("discarded", "Discarded"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, default="", max_length=200)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="HoldLimits",
            fields=[
                (
                    "feed",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="hold_limits",
                        serialize=False,
                        to="feeds.feed",
                    ),
                ),
                ("min_rows", models.PositiveIntegerField(default=100, verbose_name="from so many rows")),
                (
                    "changed_fraction",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        default=None,
                        max_digits=6,
                        null=True,
                        verbose_name="changed rows",
                    ),
                ),
                (
                    "removed_fraction",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        default="0.5",
                        max_digits=6,
                        null=True,
                        verbose_name="missing rows",
                    ),
                ),
                (
                    "drop_fraction",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        default="0.5",
                        max_digits=6,
                        null=True,
                        verbose_name="fewer rows",
                    ),
                ),
                (
                    "jump_fraction",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        default="0.5",
                        max_digits=8,
                        null=True,
                        verbose_name="amount moves by more than",
                    ),
                ),
                (
                    "jumped_fraction",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        default="0.1",
                        max_digits=6,
                        null=True,
                        verbose_name="rows that may",
                    ),
                ),
                ("changed_by", models.CharField(blank=True, default="", max_length=200)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Mapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signature", models.CharField(blank=True, default="", max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("headers", models.JSONField(default=list)),
                ("columns", models.JSONField(default=dict)),
                ("constants", models.JSONField(default=dict)),
                (
                    "decimal_mark",
                    models.CharField(blank=True, default="", max_length=1, verbose_name="decimal sign"),
                ),
                (
                    "date_order",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("dmy", "day, month, year"),
                            ("mdy", "month, day, year"),
                            ("ymd", "year, month, day"),
                        ],
                        default="",
                        max_length=3,
                        verbose_name="order of dates",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="time zone"),
                ),
                (
                    "delimiter",
                    models.CharField(blank=True, default="", max_length=1, verbose_name="separator"),
                ),
                (
                    "encoding",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="encoding"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("filename", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("draft", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("sent", "Sent"), ("discarded", "Discarded")],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("uploaded_by", models.CharField(max_length=200)),
                ("uploaded_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="closed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="closed_by",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="created_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="is_whole",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="owner_role",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="reason",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="site_code",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("repaired", "Repaired"),
                    ("replayed", "Replayed"),
                    ("discarded", "Discarded"),
                ],
                default="open",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="quarantinerow",
            name="values",
            field=models.JSONField(null=True),
        ),
        migrations.AddIndex(
            model_name="quarantinerow",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["due_at", "id"], name="feeds_quarantine_due"
            ),
        ),
        migrations.AddIndex(
            model_name="quarantinerow",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["code", "id"], name="feeds_quarantine_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantinerow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="feeds_quarantinerow_closed",
                violation_error_message="A row that is closed says when.",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="delivery",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="hold", to="feeds.delivery"
            ),
        ),
        migrations.AddField(
            model_name="mapping",
            name="feed",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="mappings", to="feeds.feed"
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="delivery",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="upload",
                to="feeds.delivery",
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="feed",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="feeds.feed"
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["id"], name="feeds_hold_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="mapping",
            constraint=models.UniqueConstraint(
                fields=("feed", "signature", "version"),
                name="feeds_mapping_version_once",
                violation_error_message="Somebody else changed this mapping meanwhile.",
            ),
        ),
        AppendOnly("feeds_mapping"),
        migrations.RunPython(let_rows_be_worked, migrations.RunPython.noop),
    ]
