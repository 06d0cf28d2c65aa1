"""Publications: what leaves the house, batches, keys, prices read back."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0008_z_customs'),
        ('feeds', '0005_partner_documents'),
    ]

    operations = [
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=60, unique=True, verbose_name='name')),
                ('title', models.CharField(blank=True, default='', max_length=120, verbose_name='title')),
                ('what', models.CharField(choices=[('prices', 'Effective prices'), ('stock', 'Available stock'), ('replenishment', 'Replenishment proposals'), ('vouchers', 'Vouchers for finance')], max_length=20, verbose_name='what')),
                ('way', models.CharField(max_length=20, verbose_name='way')),
                ('endpoint', models.CharField(blank=True, default='', max_length=500, verbose_name='endpoint')),
                ('settings', models.JSONField(default=dict)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('paused_at', models.DateTimeField(null=True)),
                ('pause_reason', models.CharField(blank=True, default='', max_length=300)),
                ('last_version', models.BigIntegerField(default=0)),
                ('sent_version', models.BigIntegerField(default=0)),
                ('computed_to', models.DateTimeField(null=True)),
                ('computed_full_at', models.DateTimeField(null=True)),
                ('computed_facts', models.CharField(blank=True, default='', max_length=64)),
                ('is_full_asked', models.BooleanField(default=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('read_back_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.channel', verbose_name='channel')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.site', verbose_name='site')),
            ],
        ),
        migrations.CreateModel(
            name='PriceReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku', models.CharField(max_length=64)),
                ('amount', models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('tax_included', models.BooleanField(null=True)),
                ('read_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source', models.CharField(blank=True, default='', max_length=80)),
                ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.channel')),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.site')),
                ('publication', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='feeds.publication')),
            ],
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.CharField(max_length=60, unique=True)),
                ('kind', models.CharField(choices=[('changes', 'Changes'), ('full', 'Everything'), ('test', 'Test')], default='changes', max_length=7)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delivered', 'Delivered'), ('partly', 'Partly refused'), ('refused', 'Refused'), ('dropped', 'Dropped')], default='waiting', max_length=9)),
                ('version_from', models.BigIntegerField()),
                ('version_to', models.BigIntegerField()),
                ('items', models.PositiveIntegerField()),
                ('totals', models.JSONField(default=dict)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField()),
                ('filename', models.CharField(blank=True, default='', max_length=200)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('lease_until', models.DateTimeField(null=True)),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('error_code', models.CharField(blank=True, default='', max_length=40)),
                ('answer', models.TextField(blank=True, default='')),
                ('receipt', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(null=True)),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dispatches', to='feeds.publication')),
            ],
        ),
        migrations.CreateModel(
            name='PublicationKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.SlugField(default='signing', max_length=30)),
                ('secret', models.CharField(max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('revoked_at', models.DateTimeField(null=True)),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='feeds.publication')),
            ],
        ),
        migrations.CreateModel(
            name='PublishedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=140)),
                ('version', models.BigIntegerField()),
                ('content', models.JSONField()),
                ('effective_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('taken_version', models.BigIntegerField(null=True)),
                ('refused_version', models.BigIntegerField(null=True)),
                ('refused', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('publication', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='feeds.publication')),
                ('site', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.site')),
            ],
        ),
        migrations.CreateModel(
            name='DispatchAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('error_code', models.CharField(blank=True, default='', max_length=40)),
                ('answer', models.TextField(blank=True, default='')),
                ('dispatch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tries', to='feeds.dispatch')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('dispatch', 'number'), name='feeds_dispatchattempt_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('what__in', ['prices', 'stock', 'replenishment', 'vouchers'])), name='feeds_publication_what_known'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('sent_version__lte', models.F('last_version'))), name='feeds_publication_versions'),
        ),
        migrations.AddIndex(
            model_name='pricereading',
            index=models.Index(fields=['site', 'read_at'], name='feeds_pricereading_read'),
        ),
        migrations.AddConstraint(
            model_name='pricereading',
            constraint=models.UniqueConstraint(fields=('site', 'channel', 'sku'), name='feeds_pricereading_newest', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['next_at'], name='feeds_dispatch_due'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(fields=['publication', '-id'], name='feeds_dispatch_newest'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting'), models.Q(('kind', 'test'), _negated=True)), fields=('publication',), name='feeds_dispatch_one_under_way'),
        ),
        migrations.AddIndex(
            model_name='publicationkey',
            index=models.Index(condition=models.Q(('revoked_at', None)), fields=['publication'], name='feeds_pubkey_live'),
        ),
        migrations.AddIndex(
            model_name='publisheditem',
            index=models.Index(condition=models.Q(('refused', ''), _negated=True), fields=['publication'], name='feeds_publisheditem_refused'),
        ),
        migrations.AddConstraint(
            model_name='publisheditem',
            constraint=models.UniqueConstraint(fields=('publication', 'key'), name='feeds_publisheditem_once'),
        ),
        migrations.AddConstraint(
            model_name='publisheditem',
            constraint=models.UniqueConstraint(fields=('publication', 'version'), name='feeds_publisheditem_version'),
        ),
    ]
