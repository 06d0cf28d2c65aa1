from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"
BEFORE = (FOLDER / "functions.sql").read_text(encoding="utf8")
FUNCTIONS = (FOLDER / "posting_functions.sql").read_text(encoding="utf8")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_posting_functions")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION inventory_open, inventory_write;" + FUNCTIONS,
            "DROP FUNCTION inventory_open, inventory_write;" + BEFORE,
        ),
    ]
