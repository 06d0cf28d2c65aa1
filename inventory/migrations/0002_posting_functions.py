from pathlib import Path

from django.db import migrations

FUNCTIONS = (Path(__file__).parent.parent / "sql" / "functions.sql").read_text(encoding="utf8")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION inventory_open, inventory_write"),
    ]
