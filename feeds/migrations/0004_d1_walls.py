"""How far feeds have come moves to their streams; a feed of each new kind; what may change on a delivery."""

from django.conf import settings
from django.db import migrations

NEW_KINDS = [
    "receipts",
    "competitor-prices",
    "purchase-orders",
    "purchase-order-confirmations",
    "documents",
    "price-readings",
]
CHANGING = [
    "state",
    "answer",
    "accepted",
    "rejected",
    "superseded",
    "hold_code",
    "result",
    "error_code",
    "error",
    "event_time_to",
    "attempts",
    "lease_until",
    "finished_at",
]


def add_feeds(apps, schema_editor):
    Feed = apps.get_model("feeds", "Feed")
    there = set(Feed.objects.values_list("name", flat=True))
    Feed.objects.bulk_create([Feed(name=kind, kind=kind) for kind in NEW_KINDS if kind not in there])


def let_columns_change(apps, schema_editor):
    columns = ",".join(CHANGING)
    if not settings.DATABASE_OWNER_IS_APP:
        schema_editor.execute(f'GRANT UPDATE ({columns}) ON feeds_delivery TO "{settings.DATABASE_APP_ROLE}"')
    schema_editor.execute("DROP TRIGGER deny_columns ON feeds_delivery")
    schema_editor.execute(
        "CREATE TRIGGER deny_columns BEFORE UPDATE ON feeds_delivery FOR EACH ROW"
        f" EXECUTE FUNCTION steelyard_deny_other_columns('{columns}')"
    )
    schema_editor.execute("ALTER TABLE feeds_delivery ENABLE ALWAYS TRIGGER deny_columns")


class Migration(migrations.Migration):
    dependencies = [("feeds", "0003_d1_streams")]

    operations = [
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(
            "INSERT INTO feeds_stream (feed_id, name, epoch, state, is_active, received_at, applied_at, complete_to)"
            " SELECT feed_id, '', 0, 'live', true, received_at, applied_at, complete_to FROM feeds_freshness",
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel("Freshness"),
        migrations.RunPython(let_columns_change, migrations.RunPython.noop),
        migrations.RunPython(add_feeds, migrations.RunPython.noop),
    ]
