"""Whatever is sent to a count is answered with a problem document, never with a failure of ours."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.inventory.count_builders import make_shop, plan, recounted
from tests.inventory.test_transfers_api import client_of

JUNK: list[Any] = [
    None, "", "x", 0, -1, 1.5, True, [], [[]], {}, {"a": {}}, "\x00", "\ud800", "9" * 400, "1e400", "NaN", ["\x00"], 10**30,
]  # fmt: skip
READS = {
    "counts/": (
        "site",
        "kind",
        "skus",
        "zones",
        "category",
        "abc_class",
        "blind",
        "planned_on",
        "month",
        "reason",
    ),
    "counts/{}/lines/": ("lines", "sent_at"),
    "counts/{}/submit/": ("uncounted",),
    "counts/{}/recount/": ("skus", "reason"),
    "counts/{}/stop-waiting/": ("reason",),
    "counts/{}/settle/": ("reasons", "reason", "note"),
    "counts/{}/sign-off/": ("side",),
    "counts/{}/cancel/": ("reason",),
    "count-rules/": ("name", "kind", "site", "abc_class", "every_days", "threshold", "at_most", "active"),
    "count-tolerances/": ("site", "sku", "abc_class", "over", "value_under"),
    "shelves/": ("site", "shelves", "complete"),
}
LINE = ("id", "code", "quantity", "scanned_at", "zone", "bin", "lot", "state", "way")
GOOD: dict[str, Any] = {
    "site": "LON", "kind": "cycle", "skus": ["A1"], "name": "r", "side": "stock", "reason": "unknown", "note": "n",
    "lines": [{"code": "A1", "quantity": "1"}], "shelves": [{"sku": "A1", "zone": "A"}],
}  # fmt: skip


@pytest.fixture
def admin(db: None) -> APIClient:
    make_shop("A1", "B2")
    return client_of("root", "admin")


def sent(client: APIClient, path: str, body: Any) -> int:
    raw = json.dumps(body).encode()
    status: int = client.post(f"/api/v1/stock/{path}", raw, content_type="application/json").status_code
    return status


def test_no_value_of_a_field_is_our_failure(admin: APIClient) -> None:
    number = recounted("8").pk
    for path, fields in READS.items():
        for field in fields:
            for junk in JUNK:
                assert sent(admin, path.format(number), {**GOOD, field: junk}) < 500, (path, field, junk)


def test_no_value_of_a_line_is_our_failure(admin: APIClient) -> None:
    number = plan("A1").pk
    line = GOOD["lines"][0]
    for field in LINE:
        for junk in [*JUNK, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1" * 28]:
            assert sent(admin, f"counts/{number}/lines/", {"lines": [{**line, field: junk}]}) < 500, (
                field,
                junk,
            )


def test_no_body_and_no_address_is_our_failure(admin: APIClient) -> None:
    for path in READS:
        for body in ([], "x", None, {"a": 1}):
            assert sent(admin, path.format(10**17), body) < 500, (path, body)
    for query in ("counts/?site=%00&kind=x&state=y", "shelves/", "shelves/?site=%00", "counts/?cursor=x"):
        assert admin.get(f"/api/v1/stock/{query}").status_code < 500, query
