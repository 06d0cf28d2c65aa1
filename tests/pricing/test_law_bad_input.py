"""What the REST of the law is sent that no text can hold."""

import json

import pytest
from django.test import Client

from tests.accounts.builders import user

pytestmark = pytest.mark.django_db
BASIS = {"price_list": "BASE", "sku": "A", "amount": "9.49", "basis": "a", "evidence": "a"}
LAW = {
    "country": "GB", "kind": "reference_price", "method": "lowest_of_days", "source": "a", "source_on": "2026-01-01",
    "reason": "a", "category": "", "base_version": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body"),
    [("stated-bases", {**BASIS, name: "a\x00b"}) for name in BASIS]
    + [("law-rules", {**LAW, name: "a\x00b"}) for name in LAW if name not in ("base_version", "reason")],
)
@pytest.mark.parametrize("keyed", [True, False])
def test_a_nul_is_a_problem(path: str, body: dict[str, str], keyed: bool):
    client = Client(raise_request_exception=False)
    client.force_login(user("root", "admin"), "django.contrib.auth.backends.ModelBackend")
    headers = {"Idempotency-Key": "k"} if keyed else {}
    answer = client.post(f"/api/v1/{path}/", json.dumps(body), "application/json", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json"), answer.content
