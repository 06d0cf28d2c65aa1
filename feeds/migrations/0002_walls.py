"""What a sender handed over never changes, only what came of it; one feed of each kind to begin with."""

from django.db import migrations

from audit.operations import AppendOnly

KINDS = [
    "products",
    "sites",
    "tax-rates",
    "unit-costs",
    "exchange-rates",
    "sales",
    "movements",
    "snapshots",
]


def add_feeds(apps, schema_editor):
    Feed = apps.get_model("feeds", "Feed")
    Feed.objects.bulk_create([Feed(name=kind, kind=kind) for kind in KINDS])


class Migration(migrations.Migration):
    dependencies = [("feeds", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunPython(add_feeds, migrations.RunPython.noop),
        AppendOnly(
            "feeds_delivery",
            [
                "state",
                "answer",
                "accepted",
                "rejected",
                "result",
                "error_code",
                "error",
                "event_time_to",
                "attempts",
                "lease_until",
                "finished_at",
            ],
        ),
        AppendOnly("feeds_quarantinerow"),
    ]
