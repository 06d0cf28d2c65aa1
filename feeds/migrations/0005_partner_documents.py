"""Documents of the other side, to be matched with our own by reference."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0008_z_customs'),
        ('feeds', '0004_d1_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='PartnerDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'Receipt'), ('shipment', 'Shipment'), ('transfer', 'Transfer')], max_length=8)),
                ('reference', models.CharField(max_length=64)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='feeds.delivery')),
                ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.site')),
            ],
        ),
        migrations.CreateModel(
            name='PartnerDocumentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku', models.CharField(max_length=64)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=18)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='feeds.partnerdocument')),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='catalog.product')),
            ],
        ),
        migrations.AddIndex(
            model_name='partnerdocument',
            index=models.Index(fields=['site', 'occurred_at'], name='feeds_partnerdocument_when'),
        ),
        migrations.AddConstraint(
            model_name='partnerdocument',
            constraint=models.UniqueConstraint(fields=('site', 'kind', 'reference'), name='feeds_partnerdocument_once'),
        ),
        migrations.AddConstraint(
            model_name='partnerdocumentline',
            constraint=models.UniqueConstraint(fields=('document', 'sku'), name='feeds_partnerdocumentline_once'),
        ),
        migrations.AddConstraint(
            model_name='partnerdocumentline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='feeds_partnerdocumentline_not_negative'),
        ),
    ]
