"""A plain movement is claimed, decided and written by one statement; see inventory.sql.at_once."""

from pathlib import Path

from django.db import migrations

FUNCTION = (Path(__file__).parent.parent / "sql" / "plain_functions.sql").read_text(encoding="utf8")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0023_d4a_reconciliations"), ("web", "0005_claim_with_answer")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION inventory_post_plain")]
