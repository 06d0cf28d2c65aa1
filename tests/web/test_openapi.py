"""What the OpenAPI document says of a list is what the list answers: a cursor page."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

LISTS = (
    "alerts/", "channel-stock-rules/", "competitors/", "approvals/", "audit/events/", "competitor-prices/", "customer-groups/", "exchange-rates/", "exchange-rates/proposals/", "feeds/", "feeds/deliveries/", "feeds/inlets/", "feeds/quarantine/", "feeds/held/", "feeds/{feed}/mappings/", "feeds/sources/", "feeds/{feed}/streams/", "feeds/documents/unmatched/", "verifications/", "verification-cases/", "verification-plans/", "incentives/", "incidents/", "override-questions/", "products/", "publications/", "publications/{name}/dispatches/", "publications/{name}/keys/",
    "rounds/", "sites/", "tax-rates/", "unit-costs/", "price-changes/", "price-conflicts/", "price-regions/", "price-lists/", "price-lists/{code}/derivation/", "guardrails/", "label-runs/", "law-rules/", "supplier-limits/", "compliance-items/",
    "stated-bases/", "price-templates/", "emergency-prices/", "stock/movements/", "stock/bills/", "stock/bundles/", "stock/sites/{code}/products/", "stock/productions/", "stock/balances/", "stock/entries/",
    "barcode-rules/", "lots/", "recalls/", "stock/periods/", "stock/value/", "stock/standard-costs/", "stock/costing-methods/", "stock/revaluations/", "stock/landed-costs/", "stock/reservations/", "stock/snapshots/", "stock/reconciliations/", "stock/transfers/", "stock/transfer-templates/", "stock/allocation/",
    "customs/", "import-limits/", "stock/write-offs/", "stock/write-off-reasons/", "stock/supplier-returns/", "stock/gradings/", "stock/set-aside/",
    "stock/counts/", "stock/counts/{count_id}/items/", "stock/counts/{count_id}/lines/", "stock/counts/{count_id}/variances/", "stock/count-rules/", "stock/count-tolerances/", "stock/shelves/",
    "finance/vouchers/", "finance/vouchers/{voucher_id}/lines/", "finance/comparisons/", "finance/disputes/", "finance/settlements/", "finance/supplier-invoices/", "finance/ledger-balances/",
)  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_told_as_a_cursor_page(schema: dict[str, Any], path: str) -> None:
    get = schema["paths"][f"/api/v1/{path}"]["get"]
    answer = get["responses"]["200"]["content"]["application/json"]["schema"]
    name = answer.get("$ref", "").rpartition("/")[2]
    assert set(schema["components"]["schemas"][name]["properties"]) == {"next", "previous", "results"}
    assert {"cursor", "page_size"} <= {parameter["name"] for parameter in get["parameters"]}
