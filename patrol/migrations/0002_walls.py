"""What a round found never changes; only signatures are added."""

from django.db import migrations

from audit.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("patrol", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        AppendOnly("patrol_roundcheck"),
        AppendOnly("patrol_roundfinding", ["signed_at", "signed_by_id", "comment"]),
    ]
