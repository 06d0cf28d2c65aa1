"""What a verification compared never changes; samples are answered once."""

from django.db import migrations

from audit.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("patrol", "0003_verifications"), ("audit", "0001_initial")]

    operations = [
        AppendOnly("patrol_verificationcheck"),
        AppendOnly("patrol_verificationdifference"),
        AppendOnly(
            "patrol_verificationsample",
            ["answer", "found", "compared_with", "note", "answered_at", "answered_by_id"],
        ),
    ]
