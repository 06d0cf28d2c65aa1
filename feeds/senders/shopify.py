"""Shopify: prices to variants, stock to a location, both by the GraphQL Admin API; what it asks is in feeds.rules.shopify.

endpoint: https://<shop>.myshopify.com. Secret "access-token": of an app with write_products, write_inventory and
read_locations. Settings: location ("gid://shopify/Location/…") or locations {site: …} for stock; currency (what the
shop's prices are in); tax_included (default true: what the shop's prices hold); api_version (default: the one this is
written against).

Idempotent: quantities are set, not added, changed only from what was just read (compare-and-set), and left alone where
they are right already; a mutation that is sent twice carries the same idempotency key. So a worker that dies between
sending and writing down repeats nothing.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from feeds.rules import shopify as rules
from feeds.senders import http
from feeds.senders.base import Acknowledged, Batch, Item, Outlet, ReadBackError, Reading, Sent
from feeds.senders.listings import Listing, Shelf
from feeds.senders.pace import Pace
from lib import clock
from lib.outbound import OutboundError

WAY = "shopify"
PATIENCE_S = 45.0
#: Reads and sets of quantities while others sell: after so many rounds the batch is tried again later.
ROUNDS = 4
PRODUCTS_AT_ONCE = 10
SKUS_AT_ONCE = 40
IDS_AT_ONCE = 250
HTTP_TRIES = 3


class _Failed(Exception):
    """The whole attempt ends: the sentence about it is a Sent."""

    def __init__(self, sent: Sent) -> None:
        super().__init__(sent.error_code)
        self.sent = sent


class ShopifySender:
    """Prices and stock of one shop."""

    batch_items = 250
    needs_endpoint = True
    needs_secrets: tuple[str, ...] = ("access-token",)
    reads_back = True

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self.patience_s = patience_s

    def send(self, outlet: Outlet, batch: Batch) -> Sent:
        shop = _Shop(outlet, Pace(self.patience_s))
        try:
            if batch.kind == "test":
                told = shop.ask(rules.SHOP, {})
                return Sent("delivered", 200, answer=json.dumps(told)[:500], acknowledgements=())
            listings = shop.listings([item.sku for item in batch.items])
            work = _Stock if outlet.what == "stock" else _Prices
            said = work(shop, outlet, batch, listings).done()
        except _Failed as failed:
            return failed.sent
        return Sent("delivered", 200, acknowledgements=said, answer=_summary(said))

    def read_back(self, outlet: Outlet, skus: Sequence[str]) -> Sequence[Reading]:
        shop = _Shop(outlet, Pace(self.patience_s))
        try:
            return _readings(shop, outlet, skus)
        except _Failed as failed:
            raise ReadBackError(failed.sent.error_code, failed.sent.answer[:200]) from failed


class _Shop:
    """Requests to one shop: within its points, with what it calls our products."""

    def __init__(self, outlet: Outlet, pace: Pace) -> None:
        version = str(outlet.settings.get("api_version") or rules.VERSION)
        self.url = f"{outlet.endpoint.rstrip('/')}/admin/api/{version}/graphql.json"
        self.headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-Shopify-Access-Token": outlet.secret("access-token"),
        }
        self.pace = pace
        self.shelf = Shelf(WAY, outlet.endpoint.rstrip("/"))
        self.bucket: rules.Bucket | None = None

    def ask(self, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The data of one request. Waits for points as long as may be. Raises _Failed."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        while True:
            if self.bucket is not None:
                self._wait(self.bucket.wait_s())
            told = self._post(body)
            self.bucket = rules.bucket_of(told)
            code = rules.error_code(told)
            data = told.get("data") if isinstance(told, dict) else None
            if not code and isinstance(data, dict):
                return data
            if code != "THROTTLED":
                raise _Failed(Sent("again", 200, code.lower() or "no_data", json.dumps(told)[:500]))
            self._wait(max(1.0, self.bucket.wait_s() if self.bucket else 2.0))
            self.bucket = None  # they have come back by now

    def _post(self, body: bytes) -> Any:
        for tries in range(1, HTTP_TRIES + 1):
            try:
                answer = http.ask("POST", self.url, headers=self.headers, body=body)
            except OutboundError as error:
                raise _Failed(Sent("again", error_code=error.code, answer=error.detail)) from error
            if answer.is_success:
                return http.json_of(answer)
            asked_s = http.retry_after_s(answer)
            is_passing = answer.status == 429 or answer.status >= 500
            # Not "refused": a token or a plan can be put right, and nothing of the batch is lost meanwhile.
            failed = Sent(
                "again",
                answer.status,
                f"http_{answer.status}",
                http.words_of(answer)[:500],
                retry_after_s=asked_s,
                is_gone=answer.status == 410,
            )
            if not is_passing or tries == HTTP_TRIES or not self.pace.wait(asked_s or tries):
                raise _Failed(failed)
        raise AssertionError("unreachable")

    def _wait(self, seconds: float) -> None:
        if seconds > 0 and not self.pace.wait(seconds):
            raise _Failed(Sent("again", 200, "throttled", retry_after_s=int(seconds) + 1))

    def listings(self, skus: Sequence[str]) -> dict[str, Listing]:
        """What the shop calls these SKUs; what is not known yet is asked for, and kept."""
        wanted = list(dict.fromkeys(skus))
        found = self.shelf.known(wanted)
        unknown = [sku for sku in wanted if sku not in found]
        for start in range(0, len(unknown), SKUS_AT_ONCE):
            learned = self._find(unknown[start : start + SKUS_AT_ONCE])
            self.shelf.keep(learned)
            found |= {one.sku: one for one in learned}
        return found

    def _find(self, skus: Sequence[str]) -> list[Listing]:
        """A SKU that stands on several variants counts as missing: which one is meant nobody knows."""
        nodes: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        after: str | None = None
        while True:
            page = self.ask(rules.FIND, {"query": rules.skus_query(skus), "after": after})["productVariants"]
            for node in page["nodes"]:
                nodes[str(node.get("sku") or "")].append(node)
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        return [_listing(sku, nodes.get(sku, [])) for sku in skus]

    def nodes(self, document: str, ids: Sequence[str], **more: Any) -> dict[str, Mapping[str, Any]]:
        """Nodes by id; one that is gone is left out."""
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            part = list(ids[start : start + IDS_AT_ONCE])
            for node in self.ask(document, {"ids": part, **more})["nodes"]:
                if node:
                    found[node["id"]] = node
        return found


class _Work:
    """Items of one batch on their way; each ends with exactly one word."""

    def __init__(self, shop: _Shop, outlet: Outlet, batch: Batch, listings: Mapping[str, Listing]) -> None:
        self.shop, self.settings, self.batch, self.listings = shop, outlet.settings, batch, listings
        self.said: dict[str, Acknowledged] = {}

    def done(self) -> list[Acknowledged]:
        """Carry it out: a word on every item. Raises _Failed."""
        raise NotImplementedError

    def say(self, item: Item, code: str = "", detail: str = "") -> None:
        self.said[item.key] = Acknowledged(item.key, item.version, not code, code, detail)

    def listed(self) -> list[tuple[Item, Listing]]:
        """The items the shop lists; the others are refused."""
        found = []
        for item in self.batch.items:
            listing = self.listings[item.sku]
            if listing.is_missing:
                self.say(item, "unknown_sku")
            else:
                found.append((item, listing))
        return found

    def in_order(self) -> list[Acknowledged]:
        return [self.said[item.key] for item in self.batch.items if item.key in self.said]


class _Stock(_Work):
    """Available quantities, location by location."""

    def done(self) -> list[Acknowledged]:
        places: dict[str, list[tuple[Item, Listing]]] = defaultdict(list)
        for item, listing in self.listed():
            places[_location(self.settings, item.site)].append((item, listing))
        for location, pairs in places.items():
            if location:
                self._set(location, pairs)
            else:
                for item, _listing in pairs:
                    self.say(item, "no_location", item.site)
        return self.in_order()

    def _set(self, location: str, pairs: list[tuple[Item, Listing]]) -> None:
        """Read and set until every item has its word; what was sold between reading and setting is read again."""
        for turn in range(ROUNDS):
            levels = self.shop.nodes(
                rules.LEVELS, [listing.stock for _item, listing in pairs], location=location
            )
            rows = []
            for item, listing in pairs:
                wanted, here = _pieces(item), rules.available_of(_level(levels.get(listing.stock)))
                if wanted == (here or 0):
                    self.say(item)
                elif listing.stock not in levels:
                    self.shop.shelf.forget([item.sku])
                    self.say(item, "unknown_sku")
                else:
                    rows.append((item, listing, wanted, here))
            if not rows:
                return
            pairs = self._ask_to_set(location, rows, turn)
            if not pairs:
                return
        raise _Failed(Sent("again", 200, "changed_meanwhile", retry_after_s=5))

    def _ask_to_set(
        self, location: str, rows: list[tuple[Item, Listing, int, int | None]], turn: int
    ) -> list[tuple[Item, Listing]]:
        """Set the quantities at once; what has to be read and set again."""
        asked = rules.quantities_input(
            self.batch.message_id,
            location,
            [(listing.stock, wanted, here) for _i, listing, wanted, here in rows],
        )
        key = rules.idempotency_key(self.batch.message_id, asked, turn)
        payload = self.shop.ask(rules.SET, {"input": asked, "key": key})["inventorySetQuantities"]
        errors = rules.user_errors(payload, "quantities")
        if not errors:
            for item, _listing, _wanted, _here in rows:
                self.say(item)
            return []
        codes = {error.code for error in errors if error.index is None}
        if codes - rules.NEW_KEY - rules.STALE:
            first = next(error for error in errors if error.index is None)
            passing = first.code in rules.PASSING
            raise _Failed(
                Sent("again", 200, first.code.lower(), first.message, retry_after_s=5 if passing else None)
            )
        return self._left_of(rows, errors)

    def _left_of(
        self, rows: list[tuple[Item, Listing, int, int | None]], errors: Sequence[rules.UserError]
    ) -> list[tuple[Item, Listing]]:
        """Nothing was set: what is at fault is refused, the rest goes again, the stale with what is read then."""
        final = {e.index: e for e in errors if e.index is not None and e.code not in rules.STALE}
        left = []
        for index, (item, listing, _wanted, _here) in enumerate(rows):
            error = final.get(index)
            if error is None:
                left.append((item, listing))
            else:
                self.say(item, error.code.lower(), error.message)
        return left


class _Prices(_Work):
    """Prices of variants, several products at once; a valid one is taken although another is not."""

    def done(self) -> list[Acknowledged]:
        currency, tax_included = self.settings.get("currency"), self.settings.get("tax_included", True)
        products: dict[str, list[tuple[Item, Listing]]] = defaultdict(list)
        for item, listing in self.listed():
            code = _price_fault(item, currency, tax_included)
            if code:
                self.say(item, code)
            else:
                products[listing.parent].append((item, listing))
        several = list(products.items())
        for start in range(0, len(several), PRODUCTS_AT_ONCE):
            self._update(several[start : start + PRODUCTS_AT_ONCE])
        return self.in_order()

    def _update(self, several: Sequence[tuple[str, list[tuple[Item, Listing]]]]) -> None:
        variables: dict[str, Any] = {}
        for number, (product, pairs) in enumerate(several):
            variables[f"p{number}"] = product
            variables[f"v{number}"] = [_variant(item, listing) for item, listing in pairs]
        told = self.shop.ask(rules.prices_document(len(several)), variables)
        for number, (_product, pairs) in enumerate(several):
            self._hear(told.get(f"m{number}"), pairs)

    def _hear(self, payload: Any, pairs: Sequence[tuple[Item, Listing]]) -> None:
        errors = rules.user_errors(payload, "variants")
        whole = next((error for error in errors if error.index is None), None)
        single = {error.index: error for error in errors if error.index is not None}
        for index, (item, _listing) in enumerate(pairs):
            error = single.get(index) or whole
            if error is None:
                self.say(item)
            else:
                if error.code in ("PRODUCT_DOES_NOT_EXIST", "PRODUCT_VARIANT_DOES_NOT_EXIST"):
                    self.shop.shelf.forget([item.sku])
                self.say(item, error.code.lower(), error.message)


def _listing(sku: str, nodes: Sequence[Mapping[str, Any]]) -> Listing:
    if len(nodes) != 1:
        return Listing(sku, is_missing=True)
    node = nodes[0]
    return Listing(sku, node["product"]["id"], node["id"], node["inventoryItem"]["id"])


def _location(settings: Mapping[str, Any], site: str) -> str:
    """Where a site's stock stands in the shop, "" where the settings do not say."""
    places = settings.get("locations")
    named = places.get(site) if isinstance(places, dict) else None
    return str(named or settings.get("location") or "")


def _level(node: Mapping[str, Any] | None) -> Any:
    return node.get("inventoryLevel") if node else None


def _pieces(item: Item) -> int:
    """Whole pieces; what is weighed shows its whole units."""
    return int(Decimal(str(item.content["quantity"])).to_integral_value(ROUND_FLOOR))


def _price_fault(item: Item, currency: Any, tax_included: Any) -> str:
    """Why a price cannot be told to this shop, "" where it can."""
    if item.content.get("amount") is None:
        return "no_price"
    if currency and item.content.get("currency") != currency:
        return "wrong_currency"
    return "" if item.content.get("tax_included", True) == tax_included else "wrong_tax"


def _variant(item: Item, listing: Listing) -> dict[str, Any]:
    """ProductVariantsBulkInput: compareAtPrice is what the law lets us call the former price, else none."""
    former = item.content.get("reference_amount")
    is_lower = former is not None and Decimal(str(former)) > Decimal(str(item.content["amount"]))
    return {
        "id": listing.item,
        "price": str(item.content["amount"]),
        "compareAtPrice": str(former) if is_lower else None,
    }


def _readings(shop: _Shop, outlet: Outlet, skus: Sequence[str]) -> list[Reading]:
    listings = shop.listings(skus)
    location = _location(outlet.settings, outlet.site)
    ids = [one.item for one in listings.values() if not one.is_missing]
    document = rules.VARIANTS_WITH_STOCK if location else rules.VARIANTS
    nodes = shop.nodes(document, ids, **({"location": location} if location else {}))
    found = []
    for sku in dict.fromkeys(skus):
        node = nodes.get(listings[sku].item)
        if node is None:
            found.append(Reading(sku, outlet.site, is_missing=True))
            continue
        here = rules.available_of(_level(node.get("inventoryItem")))
        found.append(
            Reading(
                sku,
                outlet.site,
                amount=Decimal(str(node["price"])),
                currency=str(outlet.settings.get("currency") or ""),
                tax_included=bool(outlet.settings.get("tax_included", True)),
                quantity=None if here is None else Decimal(here),
                read_at=clock.now(),
            )
        )
    return found


def _summary(said: Sequence[Acknowledged]) -> str:
    refused = [one for one in said if not one.is_taken]
    return f"{len(said) - len(refused)} taken, {len(refused)} refused"
