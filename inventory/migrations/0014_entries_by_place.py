from django.db import migrations

# A site as of a day reads its own entries only; whoever asks for one product everywhere names every place.
BY_PLACE = """
DROP INDEX inventory_entry_product;
CREATE INDEX inventory_entry_place ON inventory_entry (location_id, product_id, occurred_at, id);
"""
BACK = """
DROP INDEX inventory_entry_place;
CREATE INDEX inventory_entry_product ON inventory_entry (product_id, location_id, occurred_at, id);
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0013_w_found_at")]

    operations = [migrations.RunSQL(BY_PLACE, BACK)]
