"""Maps, vouchers and steps are append-only; voucher lines are covered by digests; what a new house starts with."""

from django.db import migrations

from audit.operations import AppendOnly, Covered
from finance.defaults import RULES, TOLERANCES

LINE_COVERED = (
    "id", "voucher_id", "number", "account", "cost_centre", "kind", "place", "reason", "site_id", "category_id",
    "debit", "credit", "exact", "quantity", "count",
)  # fmt: skip


def add_defaults(apps, schema_editor):
    first = apps.get_model("finance", "AccountMap").objects.create(
        version=1, reason="What a new house starts with.", made_by_name="set-up"
    )
    rule = apps.get_model("finance", "AccountRule")
    rule.objects.bulk_create(
        rule(map=first, kind=kind, place=place, debit_account=debit, credit_account=credit, cost_centre="{site}")
        for kind, place, debit, credit in RULES
    )
    tolerance = apps.get_model("finance", "Tolerance")
    for values in TOLERANCES:
        tolerance.objects.create(**values)


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        AppendOnly("finance_accountmap"),
        AppendOnly("finance_accountrule"),
        AppendOnly("finance_voucher"),
        AppendOnly("finance_voucherline"),
        AppendOnly("finance_disputestep"),
        Covered("finance_voucherline", "event_id", LINE_COVERED),
        migrations.RunPython(add_defaults, migrations.RunPython.noop),
    ]
