"""A posting is recorded when its book was open, so that its writing needs no answer and goes in one trip with the commit."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"
BEFORE = (FOLDER / "reservation_functions.sql").read_text(encoding="utf8")
FUNCTIONS = (FOLDER / "trip_functions.sql").read_text(encoding="utf8")
DROP = "DROP FUNCTION inventory_open, inventory_write;"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0018_w_set_aside")]

    operations = [migrations.RunSQL(DROP + FUNCTIONS, DROP + BEFORE)]
