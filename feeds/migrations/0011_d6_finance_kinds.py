"""Feeds of settlements, supplier invoices and ledger balances."""

from django.db import migrations, models

KINDS = ("settlements", "supplier-invoices", "ledger-balances")


def add_feeds(apps, schema_editor):
    Feed = apps.get_model("feeds", "Feed")
    there = set(Feed.objects.values_list("name", flat=True))
    Feed.objects.bulk_create([Feed(name=kind, kind=kind) for kind in KINDS if kind not in there])


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0010_d5_resend'),
    ]

    operations = [
        migrations.AlterField(
            model_name='feed',
            name='kind',
            field=models.CharField(choices=[('products', 'Products'), ('sites', 'Sites'), ('tax-rates', 'Tax rates'), ('unit-costs', 'Unit costs'), ('exchange-rates', 'Exchange rates'), ('sales', 'Sales'), ('movements', 'Movements'), ('snapshots', 'Warehouse snapshots'), ('receipts', 'Receipts'), ('competitor-prices', "Competitors' prices"), ('purchase-orders', 'Purchase orders'), ('purchase-order-confirmations', 'Confirmations of purchase orders'), ('documents', 'Documents of the other side'), ('price-readings', 'Prices read in shops'), ('settlements', 'Settlements of platforms'), ('supplier-invoices', 'Invoices of suppliers'), ('ledger-balances', 'Balances of the general ledger')], max_length=40, verbose_name='kind'),
        ),
        migrations.RunPython(add_feeds, migrations.RunPython.noop),
    ]
