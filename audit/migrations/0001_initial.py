import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions
from django.conf import settings
from django.db import migrations, models

from audit.operations import APPEND_ONLY_FUNCTIONS, AppendOnly, OwnerWrites, PartitionedByMonth

EVENT_COLUMNS = """
    actor_kind varchar(8) NOT NULL,
    actor_id bigint,
    actor_hash bytea NOT NULL,
    on_behalf_of_id bigint,
    channel varchar(8) NOT NULL,
    address varchar(45) NOT NULL DEFAULT '',
    request_id varchar(64) NOT NULL DEFAULT '',
    job_slot varchar(64) NOT NULL DEFAULT '',
    kind varchar(80) NOT NULL,
    subject varchar(120) NOT NULL,
    reason text NOT NULL DEFAULT '',
    policy varchar(120) NOT NULL DEFAULT '',
    before jsonb NOT NULL DEFAULT '{}',
    after jsonb NOT NULL DEFAULT '{}',
    site_ids bigint[] NOT NULL DEFAULT '{}',
    digests jsonb NOT NULL DEFAULT '[]',
    xid xid8 NOT NULL DEFAULT pg_current_xact_id()
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(
            f"""CREATE TABLE steelyard_setting (name text PRIMARY KEY, value text NOT NULL);
            INSERT INTO steelyard_setting VALUES ('app_role', '{settings.DATABASE_APP_ROLE}');
            {APPEND_ONLY_FUNCTIONS}
            GRANT EXECUTE ON FUNCTION steelyard_ensure_partition(text, date) TO "{settings.DATABASE_APP_ROLE}";""",
            "DROP TABLE steelyard_setting",
        ),
        OwnerWrites("steelyard_setting"),
        migrations.CreateModel(
            name="ActorName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor_kind", models.CharField(max_length=8)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=200)),
                ("salt", models.BinaryField(max_length=16)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["hash"], name="audit_actorname_hash"),
                    models.Index(fields=["actor_kind", "actor_id", "name"], name="audit_actorname_who"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoveredTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=63)),
                ("event_column", models.CharField(max_length=63)),
                ("order_column", models.CharField(default="id", max_length=63)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), size=None),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["name", "event_column"], name="audit_coveredtable_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
            options={"db_table": "audit_event", "managed": False},
        ),
        PartitionedByMonth("audit_event", EVENT_COLUMNS),
        migrations.RunSQL(
            """CREATE INDEX audit_event_subject ON audit_event (subject, id DESC);
            CREATE INDEX audit_event_actor ON audit_event (actor_id, id DESC);
            CREATE INDEX audit_event_kind ON audit_event (kind, id DESC);
            CREATE INDEX audit_event_recorded_at ON audit_event (recorded_at, id);
            CREATE INDEX audit_event_xid ON audit_event (xid);""",
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requested_by_id", models.BigIntegerField()),
                ("requested_at", models.DateTimeField(db_default=django.db.models.functions.Now())),
                ("format", models.CharField(max_length=5)),
                ("filters", models.JSONField(default=dict)),
                ("reason", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("rows", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(default="", max_length=64)),
                ("path", models.CharField(default="", max_length=255)),
                ("error", models.TextField(default="")),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SealKey",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("public_key", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("count", models.IntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("previous_hash", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                ("signature", models.BinaryField(max_length=64)),
                ("key_id", models.CharField(max_length=64)),
                ("horizon", models.BigIntegerField(default=0)),
                ("anchored_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SealLeaf",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("leaf_index", models.IntegerField()),
                ("leaf_hash", models.BinaryField(max_length=32)),
                (
                    "seal",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="leaves",
                        to="audit.seal",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["seal", "leaf_index"], name="audit_sealleaf_index_once")
                ],
            },
        ),
        AppendOnly("audit_seal", ["anchored_at"]),
        AppendOnly("audit_sealleaf"),
        AppendOnly("audit_sealkey"),
        OwnerWrites("audit_coveredtable"),
    ]
