"""Two platforms as they behave, on real sockets: what they check, what they keep, how they refuse and slow down.

Answers that are not made of what is kept come from tests/feeds/fixtures, in the shape the platforms' documents show.
"""

import copy
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from feeds.rules.taobao import signature
from feeds.senders import Batch, Item, Outlet
from tests.feeds.publications import Other, another_side

FIXTURES = Path(__file__).parent / "fixtures"
SHOPIFY: dict[str, Any] = json.loads((FIXTURES / "shopify_2026_10.json").read_text(encoding="utf8"))
TAOBAO: dict[str, Any] = json.loads((FIXTURES / "taobao_top_2_0.json").read_text(encoding="utf8"))
TOKEN, APP_SECRET, SESSION, APP_KEY = "shpat_secret", "helloworld", "session-key", "12345678"
LOCATION = "gid://shopify/Location/1"
#: An answer in front of the platform's own: a status and body, None for no answer in time.
Trouble = tuple[int, Any, dict[str, str]] | None


@dataclass
class Shopify:
    """One shop: variants by SKU {price, compare, available, product, variant, stock}, and every call in order."""

    other: Other
    variants: dict[str, dict[str, Any]]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    keys: dict[str, tuple[str, Any]] = field(default_factory=dict)
    points: float = 2000.0
    restore_rate: float = 100.0
    between: Callable[[], None] = lambda: None

    def answer(self, path: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        headers = self.other.requests[-1][2]
        if path != "/admin/api/2026-10/graphql.json":
            return 404, {"errors": "Not Found"}, {}
        if headers.get("x-shopify-access-token") != TOKEN:
            return 401, {"errors": "[API] Invalid API key or access token"}, {}
        asked = json.loads(body)
        name = re.search(r"(?:query|mutation) (\w+)", asked["query"])
        assert name is not None
        self.calls.append((name[1], asked["variables"]))
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble is None:
                time.sleep(1.5)
                return 200, {}, {}
            return trouble
        self.points -= 10
        data = getattr(self, f"_{name[1].lower()}")(asked["variables"], asked["query"])
        status = {
            "maximumAvailable": 2000.0,
            "currentlyAvailable": self.points,
            "restoreRate": self.restore_rate,
        }
        cost = {"requestedQueryCost": 10, "actualQueryCost": 10, "throttleStatus": status}
        return 200, {"data": data, "extensions": {"cost": cost}}, {}

    def _shop(self, _asked: Any, _text: str) -> Any:
        return {"shop": {"myshopifyDomain": "s.myshopify.com", "currencyCode": "GBP", "taxesIncluded": True}}

    def _find(self, asked: dict[str, Any], _text: str) -> Any:
        wanted = re.findall(r'sku:"((?:[^"\\]|\\.)*)"', asked["query"])
        wanted = [re.sub(r"\\(.)", r"\1", sku) for sku in wanted]
        nodes = [
            {
                "id": one["variant"],
                "sku": one.get("sku", sku),
                "product": {"id": one["product"]},
                "inventoryItem": {"id": one["stock"]},
            }
            for sku, one in self.variants.items()
            if one.get("sku", sku) in wanted
        ]
        return {"productVariants": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}}

    def _level(self, one: dict[str, Any], location: str) -> Any:
        if location != LOCATION or one["available"] is None:
            return None
        return {"quantities": [{"name": "available", "quantity": one["available"]}]}

    def _levels(self, asked: dict[str, Any], _text: str) -> Any:
        by_id = {one["stock"]: one for one in self.variants.values()}
        nodes = [
            {"id": key, "inventoryLevel": self._level(by_id[key], asked["location"])}
            if key in by_id
            else None
            for key in asked["ids"]
        ]
        self.between()
        return {"nodes": nodes}

    def _variants(self, asked: dict[str, Any], _text: str) -> Any:
        by_id = {one["variant"]: (sku, one) for sku, one in self.variants.items()}
        nodes: list[Any] = []
        for key in asked["ids"]:
            if key not in by_id:
                nodes.append(None)
                continue
            sku, one = by_id[key]
            node = {"id": key, "sku": sku, "price": one["price"], "compareAtPrice": one["compare"]}
            if "location" in asked:
                level = self._level(one, asked["location"])
                node["inventoryItem"] = {"id": one["stock"], "inventoryLevel": level}
            nodes.append(node)
        return {"nodes": nodes}

    def _set(self, asked: dict[str, Any], text: str) -> Any:
        assert "@idempotent" in text and asked["key"]
        known = self.keys.get(asked["key"])
        if known is not None:
            same = known[0] == json.dumps(asked["input"], sort_keys=True)
            return known[1] if same else copy.deepcopy(SHOPIFY["set_key_mismatch"]["data"])
        said = self._set_once(asked["input"])
        self.keys[asked["key"]] = json.dumps(asked["input"], sort_keys=True), said
        return said

    def _set_once(self, given: dict[str, Any]) -> Any:
        assert given["name"] == "available" and given["reason"] == "correction"
        by_id = {one["stock"]: one for one in self.variants.values()}
        errors = []
        for index, row in enumerate(given["quantities"]):
            one = by_id.get(row["inventoryItemId"])
            code, part = "", "inventoryItemId"
            if one is None:
                code = "INVALID_INVENTORY_ITEM"
            elif one["available"] is None:
                code = "ITEM_NOT_STOCKED_AT_LOCATION"
            elif row["changeFromQuantity"] is not None and row["changeFromQuantity"] != one["available"]:
                code, part = "CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity"
            if code:
                path = ["input", "quantities", str(index), part]
                errors.append({"code": code, "field": path, "message": code.lower()})
        if errors:
            return {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": errors}}
        for row in given["quantities"]:
            by_id[row["inventoryItemId"]]["available"] = row["quantity"]
        done: Any = copy.deepcopy(SHOPIFY["set_done"]["data"])
        return done

    def _prices(self, asked: dict[str, Any], text: str) -> Any:
        said = {}
        for number in re.findall(r"m(\d+): productVariantsBulkUpdate", text):
            said[f"m{number}"] = self._update(asked[f"p{number}"], asked[f"v{number}"])
        return said

    def _update(self, product: str, rows: list[dict[str, Any]]) -> Any:
        by_id = {one["variant"]: one for one in self.variants.values() if one["product"] == product}
        errors, done = [], []
        for index, row in enumerate(rows):
            one = by_id.get(row["id"])
            code = "PRODUCT_VARIANT_DOES_NOT_EXIST" if one is None else ""
            code = "NEGATIVE_PRICE_VALUE" if row["price"].startswith("-") else code
            if code or one is None:
                path = ["variants", str(index), "price"]
                errors.append({"code": code, "field": path, "message": code.lower()})
                continue
            one["price"], one["compare"] = row["price"], row["compareAtPrice"]
            done.append({"id": row["id"], "price": row["price"], "compareAtPrice": row["compareAtPrice"]})
        return {"productVariants": done, "userErrors": errors}


def a_variant(number: int, price: str = "9.99", available: int | None = 5, **more: Any) -> dict[str, Any]:
    """Two variants share a product: 1 and 2 are of product 1, 3 and 4 of product 2."""
    return {
        "product": f"gid://shopify/Product/{(number + 1) // 2}",
        "variant": f"gid://shopify/ProductVariant/{number}",
        "stock": f"gid://shopify/InventoryItem/{number}",
        "price": price,
        "compare": None,
        "available": available,
        **more,
    }


@contextmanager
def a_shopify_shop(**variants: dict[str, Any]) -> Iterator[Shopify]:
    with another_side() as other:
        shop = Shopify(other, variants or {f"S{n}": a_variant(n) for n in (1, 2, 3)})
        other.answer = shop.answer
        other.url = other.url.removesuffix("/hook")
        yield shop


@dataclass
class Taobao:
    """One seller: SKUs by outer id {num_iid, sku_id, price, quantity}; sku_id "" for a product without SKUs."""

    other: Other
    skus: dict[str, dict[str, Any]]
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    def answer(self, path: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        asked = dict(parse_qsl(body.decode(), keep_blank_values=True))
        assert path == "/router/rest" and asked["v"] == "2.0" and asked["format"] == "json"
        self.calls.append((asked["method"], asked))
        sign = asked.pop("sign")
        wall = datetime.now(timezone(timedelta(hours=8))).replace(tzinfo=None)
        told_at = datetime.strptime(asked["timestamp"], "%Y-%m-%d %H:%M:%S")
        if sign != signature(asked, APP_SECRET, asked["sign_method"]):
            return 200, TAOBAO["invalid_signature"], {}
        if abs(wall - told_at) > timedelta(minutes=10):
            return 200, TAOBAO["invalid_timestamp"], {}
        if asked.get("session") != SESSION:
            return 200, TAOBAO["invalid_session"], {}
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble is None:
                time.sleep(1.5)
                return 200, {}, {}
            return trouble
        return 200, getattr(self, "_" + asked["method"].replace(".", "_"))(asked), {}

    def _taobao_user_seller_get(self, _asked: Any) -> Any:
        return {"user_seller_get_response": {"user": {"nick": "seller", "user_id": 1}}}

    def _taobao_skus_custom_get(self, asked: dict[str, str]) -> Any:
        one = self.skus.get(asked["outer_id"])
        if one is None or not one["sku_id"]:
            return TAOBAO["not_found"]
        row = {
            "sku_id": one["sku_id"],
            "num_iid": one["num_iid"],
            "outer_id": asked["outer_id"],
            "price": one["price"],
            "quantity": one["quantity"],
        }
        return {"skus_custom_get_response": {"skus": {"sku": [row]}}}

    def _taobao_items_custom_get(self, asked: dict[str, str]) -> Any:
        one = self.skus.get(asked["outer_id"])
        rows = [] if one is None else [{"num_iid": one["num_iid"], "outer_id": asked["outer_id"]}]
        return {"items_custom_get_response": {"items": {"item": rows} if rows else {}}}

    def _by_id(self, num_iid: str, sku_id: str) -> dict[str, Any] | None:
        for one in self.skus.values():
            if str(one["num_iid"]) == num_iid and str(one["sku_id"]) == sku_id:
                return one
        return None

    def _is_refused(self, ids: list[str]) -> bool:
        return bool(self.refuses & set(ids))

    def _taobao_skus_quantity_update(self, asked: dict[str, str]) -> Any:
        assert asked["type"] == "1"
        pairs = [pair.split(":") for pair in asked["skuid_quantities"].split(";")]
        assert len(pairs) <= 20
        found = [(self._by_id(asked["num_iid"], sku_id), int(quantity)) for sku_id, quantity in pairs]
        if self._is_refused([sku_id for sku_id, _q in pairs]) or any(one is None for one, _q in found):
            return TAOBAO["invalid_parameter"]
        for one, quantity in found:
            assert one is not None
            one["quantity"] = quantity
        return TAOBAO["skus_quantity_update"]

    def _taobao_item_quantity_update(self, asked: dict[str, str]) -> Any:
        one = self._by_id(asked["num_iid"], "")
        if one is None:
            return TAOBAO["invalid_parameter"]
        one["quantity"] = int(asked["quantity"])
        return {"item_quantity_update_response": {"item": {"num_iid": one["num_iid"]}}}

    def _tmall_item_price_update(self, asked: dict[str, str]) -> Any:
        rows = json.loads(asked.get("sku_prices", "[]"))
        found = [(self._by_id(asked["item_id"], str(row["sku_id"])), row["price"]) for row in rows]
        if self._is_refused([str(row["sku_id"]) for row in rows]) or any(one is None for one, _p in found):
            return TAOBAO["invalid_parameter"]
        if "item_price" in asked:
            found.append((self._by_id(asked["item_id"], ""), asked["item_price"]))
        for one, price in found:
            assert one is not None
            one["price"] = price
        return TAOBAO["price_update"]

    def _taobao_item_skus_get(self, asked: dict[str, str]) -> Any:
        wanted = asked["num_iids"].split(",")
        rows = [
            {key: one[key] for key in ("sku_id", "num_iid", "price", "quantity")} | {"outer_id": outer}
            for outer, one in self.skus.items()
            if str(one["num_iid"]) in wanted and one["sku_id"]
        ]
        return {"item_skus_get_response": {"skus": {"sku": rows}}}

    def _taobao_items_seller_list_get(self, asked: dict[str, str]) -> Any:
        wanted = asked["num_iids"].split(",")
        rows = [
            {"num_iid": one["num_iid"], "price": one["price"], "num": one["quantity"]}
            for one in self.skus.values()
            if str(one["num_iid"]) in wanted
        ]
        return {"items_seller_list_get_response": {"items": {"item": rows}}}


def a_sku(num_iid: int, sku_id: int | str, price: str = "19.90", quantity: int = 5) -> dict[str, Any]:
    return {"num_iid": num_iid, "sku_id": sku_id, "price": price, "quantity": quantity}


@contextmanager
def a_taobao_shop(**skus: dict[str, Any]) -> Iterator[Taobao]:
    with another_side() as other:
        shop = Taobao(other, skus or {"T1": a_sku(10, 101), "T2": a_sku(10, 102), "T3": a_sku(20, "")})
        other.answer = shop.answer
        other.url = other.url.removesuffix("/hook") + "/router/rest"
        yield shop


def an_outlet(way: str, what: str, endpoint: str, **changes: Any) -> Outlet:
    secrets = (
        {"access-token": [TOKEN]}
        if way == "shopify"
        else {"app-secret": [APP_SECRET], "access-token": [SESSION]}
    )
    own = {"currency": "GBP", "location": LOCATION} if way == "shopify" else {"app_key": APP_KEY}
    return Outlet(
        id=1,
        name="p",
        what=what,
        way=way,
        channel="WEB",
        site="WEB-UK",
        endpoint=endpoint,
        settings={**own, **changes.get("settings", {})},
        secrets=changes.get("secrets", secrets),
    )


def a_batch(*rows: tuple[str, dict[str, Any]], message_id: str = "msg_1", kind: str = "changes") -> Batch:
    items = [
        Item(f"WEB-UK/{sku}", sku, "WEB-UK", version, content)
        for version, (sku, content) in enumerate(rows, 1)
    ]
    return Batch(message_id, kind, items, {"items": len(items)}, b"{}")


def stock(quantity: str) -> dict[str, Any]:
    return {"quantity": quantity, "unit": "pcs"}


def price(amount: str | None, currency: str = "GBP", **more: Any) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "tax_included": True, **more}
