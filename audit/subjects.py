"""How the trail names what an event tells of, and where that is found; plain addresses, no imports."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: noun → (word, address with the id in {}, or "")
SUBJECTS: dict[str, tuple[str | Promise, str]] = {
    "alert": (_("Alert"), "/watch/"),
    "approval": (_("Approval"), "/approvals/{}/"),
    "channel": (_("Channel"), ""),
    "delivery": (_("Delivery"), ""),
    "exchange_rates": (_("Exchange rates"), ""),
    "export": (_("Export"), "/trail/"),
    "feed": (_("Feed"), "/watch/"),
    "guardrail": (_("Guardrail"), ""),
    "incident": (_("Incident"), "/watch/incidents/{}/"),
    "movement": (_("Movement"), ""),
    "movements": (_("Movements"), ""),
    "policy": (_("Policy"), "/settings/policies/"),
    "price_change": (_("Price change"), "/prices/changes/{}/"),
    "price_list": (_("Price list"), ""),
    "product": (_("Product"), ""),
    "products": (_("Products"), ""),
    "reconciliation": (_("Reconciliation"), "/stock/reconciliations/{}/"),
    "round": (_("Round"), "/watch/rounds/{}/"),
    "safety_stock": (_("Safety stock"), ""),
    "scope": (_("Scope"), ""),
    "site": (_("Site"), ""),
    "sites": (_("Sites"), ""),
    "snapshot": (_("Snapshot"), ""),
    "tax_rates": (_("Tax rates"), ""),
    "trail": (_("Trail"), "/trail/"),
    "unit_costs": (_("Unit costs"), ""),
    "user": (_("User"), "/settings/users/{}/"),
    "verification": (_("Check of the trail"), "/trail/"),
}


def subject_words(subject: str) -> str:
    """ "Price change 12" for "price_change:12"; an unknown noun reads as it is written."""
    noun, _colon, number = subject.partition(":")
    word = SUBJECTS[noun][0] if noun in SUBJECTS else noun.replace("_", " ").capitalize()
    return f"{word} {number}".strip()


def subject_url(subject: str) -> str:
    """The address of the subject's page, or ""."""
    noun, _colon, number = subject.partition(":")
    address = SUBJECTS[noun][1] if noun in SUBJECTS else ""
    if "{}" in address:
        return address.format(number) if number.isdigit() else ""
    return address
