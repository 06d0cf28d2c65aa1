"""How the trail names what an event tells of, and where that is found; plain addresses, no imports."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: noun → (word, address with the id in {}, or "")
SUBJECTS: dict[str, tuple[str | Promise, str]] = {
    "alert": (_("Alert"), "/watch/"),
    "approval": (_("Approval"), "/approvals/{}/"),
    "bill": (_("Bill of materials"), "/stock/kits/{}/"),
    "channel": (_("Channel"), ""),
    "compliance_item": (_("Compliance item"), "/prices/compliance/"),
    "delegation": (_("Standing in"), "/approvals/standing-in/"),
    "inlet": (_("Inlet"), "/feeds/inlets/"),
    "delivery": (_("Delivery"), ""),
    "differences": (_("Differences"), ""),
    "count": (_("Count"), "/stock/counts/{}/"),
    "count_rule": (_("Rule of counting"), "/stock/count-rules/"),
    "count_tolerance": (_("Tolerance of counting"), "/stock/count-rules/"),
    "duty_shift": (_("Duty shift"), "/watch/"),
    "exchange_rate": (_("Exchange rate"), "/settings/rates/"),
    "exchange_rates": (_("Exchange rates"), "/settings/rates/"),
    "export": (_("Export"), "/trail/"),
    "feed": (_("Feed"), "/watch/"),
    "feed_key": (_("Key of a feed"), ""),
    "figures": (_("Figures"), ""),
    "finding": (_("Finding"), ""),
    "grading": (_("Grading"), "/stock/grading/"),
    "customs": (_("Customs consignment"), "/stock/customs/{}/"),
    "import_limit": (_("Import limit"), "/stock/customs/limits/"),
    "supplier_return": (_("Return to supplier"), "/stock/supplier-returns/{}/"),
    "write_off": (_("Write-off"), "/stock/write-offs/{}/"),
    "write_off_reason": (_("Reason to write off"), "/stock/write-offs/reasons/"),
    "transfer": (_("Stock transfer"), "/stock/transfers/{}/"),
    "guardrail": (_("Guardrail"), ""),
    "handover": (_("Handover"), "/watch/"),
    "incident": (_("Incident"), "/watch/incidents/{}/"),
    "legal_entity": (_("Legal entity"), ""),
    "barcode_rule": (_("Barcode rule"), ""),
    "lot": (_("Lot"), "/stock/lots/{}/"),
    "recall": (_("Recall"), "/stock/recalls/{}/"),
    "landed_cost": (_("Landed cost"), "/stock/landed-costs/{}/"),
    "revaluation": (_("Revaluation"), "/stock/revaluations/{}/"),
    "costing_method": (_("Costing method"), "/stock/costing/"),
    "standard_costs": (_("Standard costs"), "/stock/costing/"),
    "voucher": (_("Voucher"), "/finance/vouchers/{}/"),
    "account_map": (_("Account map"), "/finance/accounts/"),
    "dispute": (_("Dispute"), "/finance/disputes/{}/"),
    "tolerance": (_("Tolerance"), "/finance/tolerances/"),
    "matching": (_("Matching"), "/finance/matches/"),
    "finance": (_("Finance"), "/finance/"),
    "settlement": (_("Settlement"), "/finance/matches/"),
    "supplier_invoice": (_("Supplier invoice"), "/finance/matches/"),
    "supplier_invoice_line": (_("Line of a supplier invoice"), "/finance/matches/"),
    "ledger_balance": (_("Balance of the general ledger"), "/finance/matches/"),
    "movement": (_("Movement"), ""),
    "movement_batch": (_("Batch of movements"), ""),
    "movements": (_("Movements"), ""),
    "playbook": (_("Playbook"), ""),
    "policy": (_("Policy"), "/settings/policies/"),
    "price": (_("Price"), ""),
    "price_change": (_("Price change"), "/prices/changes/{}/"),
    "price_list": (_("Price list"), ""),
    "price_sheet": (_("Price sheet"), "/prices/sheets/{}/"),
    "product": (_("Product"), ""),
    "products": (_("Products"), ""),
    "rate_proposal": (_("Rate by hand"), "/settings/rates/"),
    "reconciliation": (_("Reconciliation"), "/stock/reconciliations/{}/"),
    "region": (_("Region"), ""),
    "round": (_("Round"), "/watch/rounds/{}/"),
    "safety_stock": (_("Safety stock"), ""),
    "scope": (_("Scope"), ""),
    "site": (_("Site"), ""),
    "sites": (_("Sites"), ""),
    "snapshot": (_("Snapshot"), ""),
    "supplier": (_("Supplier"), ""),
    "tax_rate": (_("Tax rate"), ""),
    "tax_rates": (_("Tax rates"), ""),
    "token": (_("Token"), ""),
    "trail": (_("Trail"), "/trail/"),
    "unit_cost": (_("Unit cost"), ""),
    "unit_costs": (_("Unit costs"), ""),
    "user": (_("User"), "/settings/users/{}/"),
    "verification": (_("Check of the trail"), "/trail/"),
    "watch": (_("Watch"), "/watch/"),
}


def noun_words(noun: str) -> str:
    """ "Price change" for "price_change"; an unknown noun reads as it is written."""
    return str(SUBJECTS[noun][0]) if noun in SUBJECTS else noun.replace("_", " ").capitalize()


def subject_words(subject: str) -> str:
    """ "Price change 12" for "price_change:12"; an unknown noun reads as it is written."""
    noun, _colon, number = subject.partition(":")
    return f"{noun_words(noun)} {number}".strip()


def subject_url(subject: str) -> str:
    """The address of the subject's page, or ""."""
    noun, _colon, number = subject.partition(":")
    address = SUBJECTS[noun][1] if noun in SUBJECTS else ""
    if "{}" in address:
        return address.format(number) if number.isdigit() else ""
    return address
