"""What pricing stores, one noun a file."""

from pricing.models.competitors import Competitor, CompetitorMatch, CompetitorPrice
from pricing.models.compliance import ComplianceItem, ComplianceSignature
from pricing.models.guardrails import Guardrail
from pricing.models.incentives import Incentive
from pricing.models.labels import LabelLine, LabelRun
from pricing.models.laws import LawRule, StatedBasis
from pricing.models.list_rules import ListRule
from pricing.models.overrides import OverrideQuestion
from pricing.models.price_changes import Finding, PriceChange, PriceChangeLine
from pricing.models.price_lists import ListRate, PriceList
from pricing.models.prices import Price
from pricing.models.sheets import PriceSheet, PriceSheetRow
from pricing.models.supplier_limits import SupplierLimit
from pricing.models.templates import EmergencyUse, PriceTemplate

__all__ = [
    "Competitor",
    "CompetitorMatch",
    "CompetitorPrice",
    "ComplianceItem",
    "ComplianceSignature",
    "EmergencyUse",
    "Finding",
    "Guardrail",
    "Incentive",
    "LabelLine",
    "LabelRun",
    "LawRule",
    "ListRate",
    "ListRule",
    "OverrideQuestion",
    "Price",
    "PriceChange",
    "PriceChangeLine",
    "PriceList",
    "PriceSheet",
    "PriceSheetRow",
    "PriceTemplate",
    "StatedBasis",
    "SupplierLimit",
]
