"""What a patrol looks at in finance."""

from datetime import datetime, timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models import LegalEntity
from finance.queries.disputes import overdue_disputes, overdue_title
from finance.queries.vouchers import late_facts
from lib.checks import Finding

LATE_AFTER = timedelta(days=1)
MOST = 50


def unvouchered_facts(at: datetime) -> list[Finding]:
    """Vouchered days of which more became known more than a day ago: they want a supplementary voucher."""
    entities = LegalEntity.objects.filter(sites__isnull=False).distinct()
    return [
        Finding(
            key=f"voucher_late:{row['legal_entity']}:{row['currency']}:{row['days'].lower}",
            code="voucher_late",
            severity="note",
            title=format_lazy(
                _("{entity} {currency}: {entries} ledger entries of {day} are in no voucher yet"),
                entity=row["legal_entity"],
                currency=row["currency"],
                entries=row["entries"],
                day=row["days"].lower.isoformat(),
            ),
            url="/finance/",
        )
        for row in late_facts(entities)[:MOST]
        if row["since"] < at - LATE_AFTER
    ]


def late_disputes(at: datetime) -> list[Finding]:
    """Disputes over their deadline."""
    return [
        Finding(
            key=f"dispute_overdue:{one.pk}",
            code="dispute_overdue",
            severity="warning",
            title=overdue_title(one),
            url=f"/finance/disputes/{one.pk}/",
            site_id=one.site_id,
        )
        for one in overdue_disputes(at)[:MOST]
    ]
