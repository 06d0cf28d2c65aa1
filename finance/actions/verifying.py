"""The nightly proof of vouchers."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from finance.queries.vouchers import breaches
from lib.actors import Actor

KEY = "voucher_breach:all"


def verify_vouchers(*, actor: Actor) -> list[str]:
    """Count every fact of vouchered days anew; what is in no voucher or in two is a major alert. Returns the breaches.

    Locks: the alert. Records: alert.raised or alert.resolved. Allowed: the slot.
    """
    found = breaches()
    if not found:
        resolve_alert(KEY, actor=actor)
        return []
    raise_alert(
        key=KEY,
        kind="voucher_breach",
        severity="major",
        title=format_lazy(_("Vouchers and books disagree in {n} places"), n=len(found)),
        detail="\n".join(found[:20]),
        url="/finance/vouchers/",
        actor=actor,
    )
    return found
