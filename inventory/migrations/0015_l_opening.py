"""The book opens as cheaply as before where no lot arrives: what only lots need is asked for only then."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"
BEFORE = (FOLDER / "valuation_functions.sql").read_text(encoding="utf8")
FUNCTIONS = (FOLDER / "opening_functions.sql").read_text(encoding="utf8")
DROP = "DROP FUNCTION inventory_open, inventory_write;"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0014_entries_by_place")]

    operations = [migrations.RunSQL(DROP + FUNCTIONS, DROP + BEFORE)]
