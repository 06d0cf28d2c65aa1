"""Sources, numbered streams, and what an envelope says of a delivery."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0008_z_customs'),
        ('feeds', '0002_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LagSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('taken_at', models.DateTimeField()),
                ('lag_s', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Stream',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, default='', max_length=60, verbose_name='stream')),
                ('epoch', models.BigIntegerField(default=0)),
                ('sequence', models.BigIntegerField(null=True)),
                ('complete_to', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(null=True)),
                ('applied_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('clock_skew_s', models.FloatField(null=True)),
                ('state', models.CharField(choices=[('live', 'Without a gap'), ('gap', 'Gap'), ('asking', 'Asking')], default='live', max_length=6)),
                ('gap_at', models.DateTimeField(null=True)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='StreamKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('epoch', models.BigIntegerField()),
                ('sequence', models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='delivery',
            name='batch_kind',
            field=models.CharField(blank=True, choices=[('snapshot', 'Snapshot'), ('delta', 'Changes'), ('heartbeat', 'Heartbeat')], default='', max_length=9),
        ),
        migrations.AddField(
            model_name='delivery',
            name='epoch',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='event_time_from',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='hold_code',
            field=models.CharField(blank=True, default='', max_length=30),
        ),
        migrations.AddField(
            model_name='delivery',
            name='produced_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='sequence',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='superseded',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='delivery',
            name='totals',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='feed',
            name='ask_after_s',
            field=models.PositiveIntegerField(default=300, verbose_name='ask for a snapshot after, seconds'),
        ),
        migrations.AddField(
            model_name='feed',
            name='site',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.site'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='state',
            field=models.CharField(choices=[('received', 'Received'), ('applied', 'Applied'), ('quarantined', 'Partly in quarantine'), ('refused', 'Refused'), ('held', 'Held'), ('superseded', 'Superseded')], default='received', max_length=11),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='way',
            field=models.CharField(choices=[('push', 'Push'), ('file', 'File'), ('folder', 'Watched folder'), ('sftp', 'SFTP'), ('pull', 'Pull')], max_length=6),
        ),
        migrations.AlterField(
            model_name='feed',
            name='kind',
            field=models.CharField(choices=[('products', 'Products'), ('sites', 'Sites'), ('tax-rates', 'Tax rates'), ('unit-costs', 'Unit costs'), ('exchange-rates', 'Exchange rates'), ('sales', 'Sales'), ('movements', 'Movements'), ('snapshots', 'Warehouse snapshots'), ('receipts', 'Receipts'), ('competitor-prices', "Competitors' prices"), ('purchase-orders', 'Purchase orders'), ('purchase-order-confirmations', 'Confirmations of purchase orders'), ('documents', 'Documents of the other side'), ('price-readings', 'Prices read in shops')], max_length=40, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='feedkey',
            name='feed',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='feeds.feed'),
        ),
        migrations.CreateModel(
            name='RefusedPush',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('feed', models.CharField(max_length=60)),
                ('minute', models.DateTimeField()),
                ('count', models.PositiveIntegerField(default=1)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('feed', 'minute'), name='feeds_refusedpush_once')],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('erp', 'ERP'), ('wms', 'Warehouse system'), ('till', 'Till'), ('shop', 'Shop'), ('platform', 'Platform'), ('bank', 'Bank'), ('other', 'Other source')], default='other', max_length=8, verbose_name='kind')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.site')),
            ],
        ),
        migrations.AddField(
            model_name='feed',
            name='source',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feeds', to='feeds.source'),
        ),
        migrations.AddField(
            model_name='feedkey',
            name='source',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='feeds.source'),
        ),
        migrations.AddIndex(
            model_name='feedkey',
            index=models.Index(condition=models.Q(('revoked_at', None)), fields=['source'], name='feeds_feedkey_live_source'),
        ),
        migrations.AddConstraint(
            model_name='feedkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('feed__isnull', False), ('source__isnull', True)), models.Q(('feed__isnull', True), ('source__isnull', False)), _connector='OR'), name='feeds_feedkey_one_owner'),
        ),
        migrations.AddField(
            model_name='stream',
            name='feed',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='streams', to='feeds.feed'),
        ),
        migrations.AddField(
            model_name='stream',
            name='site',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.site'),
        ),
        migrations.AddField(
            model_name='lagsample',
            name='stream',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='samples', to='feeds.stream'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='stream',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='feeds.stream'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['stream', '-id'], name='feeds_delivery_of_stream'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['stream'], name='feeds_delivery_held'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('sequence__isnull', False), models.Q(('batch_kind', 'heartbeat'), _negated=True), models.Q(('state', 'refused'), _negated=True)), fields=('stream', 'epoch', 'sequence'), name='feeds_delivery_number_once', violation_error_message='A delivery with this number was received already.'),
        ),
        migrations.AddField(
            model_name='streamkey',
            name='stream',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='feeds.stream'),
        ),
        migrations.AddConstraint(
            model_name='stream',
            constraint=models.UniqueConstraint(fields=('feed', 'name'), name='feeds_stream_once'),
        ),
        migrations.AddIndex(
            model_name='lagsample',
            index=models.Index(fields=['taken_at'], name='feeds_lagsample_at'),
        ),
        migrations.AddConstraint(
            model_name='lagsample',
            constraint=models.UniqueConstraint(fields=('stream', 'taken_at'), name='feeds_lagsample_once'),
        ),
        migrations.AddConstraint(
            model_name='streamkey',
            constraint=models.UniqueConstraint(fields=('stream', 'key'), name='feeds_streamkey_once'),
        ),
    ]
