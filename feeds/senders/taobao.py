"""Taobao and Tmall by the Taobao Open Platform: stock and prices by SKU, read back product by product.

endpoint: the gateway, https://eco.taobao.com/router/rest. Secrets "app-secret" and "access-token" (the seller's session).
Settings: app_key; account (a name for the shop, for what its SKUs are called). Our SKU is the platform's outer_id (商家编码).

Idempotent: stock is sent as a whole figure (type 1), never as a difference, and a price is a price.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from feeds.rules import taobao as rules
from feeds.senders import http
from feeds.senders.base import Acknowledged, Batch, Item, Outlet, ReadBackError, Reading, Sent
from feeds.senders.listings import Listing, Shelf
from feeds.senders.pace import Pace
from lib import clock
from lib.outbound import OutboundError

WAY = "taobao"
PATIENCE_S = 45.0
TRIES = 4
CURRENCY = "CNY"
SKU_FIELDS = "sku_id,num_iid,outer_id,price,quantity,status"
PRODUCT_FIELDS = "num_iid,outer_id,price,num"
#: A shop without the SKU answers with an error of this ending, or with an empty list.
NOT_FOUND = "ITEM_NOT_FOUND"

Pair = tuple[Item, Listing]


class _Failed(Exception):
    """The whole attempt ends: the sentence about it is a Sent."""

    def __init__(self, sent: Sent) -> None:
        super().__init__(sent.error_code)
        self.sent = sent


class _NotTaken(Exception):
    """The platform says that something is wrong with what this call was about."""

    def __init__(self, problem: rules.Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class TaobaoSender:
    """Prices and stock of one shop."""

    batch_items = 100
    needs_endpoint = True
    needs_secrets: tuple[str, ...] = ("app-secret", "access-token")
    reads_back = True

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self.patience_s = patience_s

    def send(self, outlet: Outlet, batch: Batch) -> Sent:
        shop = _Shop(outlet, Pace(self.patience_s))
        try:
            if batch.kind == "test":
                told = shop.call("taobao.user.seller.get", {"fields": "user_id,nick"})
                return Sent("delivered", 200, answer=json.dumps(told)[:500], acknowledgements=())
            said = _Work(shop, batch).done(outlet.what)
        except _NotTaken as refused:
            return Sent("again", 200, refused.problem.code[:40], refused.problem.message)
        except _Failed as failed:
            return failed.sent
        taken = sum(one.is_taken for one in said)
        return Sent(
            "delivered", 200, acknowledgements=said, answer=f"{taken} taken, {len(said) - taken} refused"
        )

    def read_back(self, outlet: Outlet, skus: Sequence[str]) -> Sequence[Reading]:
        shop = _Shop(outlet, Pace(self.patience_s))
        try:
            return _readings(shop, outlet.site, list(dict.fromkeys(skus)))
        except _NotTaken as refused:
            raise ReadBackError(refused.problem.code, refused.problem.message) from refused
        except _Failed as failed:
            raise ReadBackError(failed.sent.error_code, failed.sent.answer[:200]) from failed


class _Shop:
    """Calls in the name of one seller: signed, within the platform's limits."""

    def __init__(self, outlet: Outlet, pace: Pace) -> None:
        self.url = outlet.endpoint
        self.app_key = str(outlet.settings.get("app_key") or "")
        self.secret, self.session = outlet.secret("app-secret"), outlet.secret("access-token")
        self.pace = pace
        self.shelf = Shelf(WAY, str(outlet.settings.get("account") or self.app_key))

    def call(self, method: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer of one call. Waits while a limit lasts, as long as may be. Raises _Failed, _NotTaken."""
        for tries in range(1, TRIES + 1):
            told, problem = self._ask(method, content)
            if problem is None:
                found = told.get(rules.member_of(method)) if isinstance(told, dict) else None
                if isinstance(found, dict):
                    return found
                problem = rules.Problem("passing", "no_answer", json.dumps(told)[:140])
            if problem.kind == "item":
                raise _NotTaken(problem)
            wait_s = problem.wait_s if problem.kind == "limited" else tries
            is_over = problem.kind == "not_allowed" or tries == TRIES
            if is_over or not self.pace.wait(wait_s or 1):
                raise _Failed(
                    Sent("again", 200, problem.code[:40], problem.message, retry_after_s=problem.wait_s)
                )
        raise AssertionError("unreachable")

    def _ask(self, method: str, content: Mapping[str, Any]) -> tuple[Any, rules.Problem | None]:
        parameters = rules.signed_call(
            method,
            content,
            app_key=self.app_key,
            secret=self.secret,
            session=self.session,
            at=clock.now(),
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        try:
            answer = http.ask("POST", self.url, headers=headers, body=urlencode(parameters).encode())
        except OutboundError as error:
            raise _Failed(Sent("again", error_code=error.code, answer=error.detail)) from error
        if answer.status >= 500 or answer.status == 429:
            return None, rules.Problem(
                "passing", f"http_{answer.status}", http.words_of(answer)[:140], http.retry_after_s(answer)
            )
        if not answer.is_success:
            raise _Failed(Sent("again", answer.status, f"http_{answer.status}", http.words_of(answer)[:500]))
        told = http.json_of(answer)
        return told, rules.problem_of(told)

    def listings(self, skus: Sequence[str]) -> dict[str, Listing]:
        """What the shop calls these SKUs; what is not known yet is asked for, and kept."""
        found = self.shelf.known(skus)
        learned = [self._find(sku) for sku in skus if sku not in found]
        self.shelf.keep(learned)
        return found | {one.sku: one for one in learned}

    def _find(self, sku: str) -> Listing:
        """By the SKU's own code, else by that of a product without SKUs; a code that stands on several counts as missing:
        which one is meant nobody knows.
        """
        rows = self._rows("taobao.skus.custom.get", {"outer_id": sku, "fields": SKU_FIELDS}, "sku")
        if len(rows) == 1 and rows[0].get("num_iid"):
            return Listing(sku, str(rows[0]["num_iid"]), str(rows[0].get("sku_id") or ""))
        if not rows:
            asked = {"outer_id": sku, "fields": f"{PRODUCT_FIELDS},sku"}
            products = self._rows("taobao.items.custom.get", asked, "item")
            if len(products) == 1 and not rules.rows_of(products[0].get("skus"), "sku"):
                return Listing(sku, str(products[0]["num_iid"]))
        return Listing(sku, is_missing=True)

    def _rows(self, method: str, content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        """Rows of {"<name>s": {"<name>": […]}}; none where the platform says that it found nothing."""
        try:
            return rules.rows_of(self.call(method, content).get(f"{name}s"), name)
        except _NotTaken as refused:
            if refused.problem.code.endswith(NOT_FOUND):
                return []
            raise


class _Work:
    """Items of one batch on their way; each ends with exactly one word."""

    def __init__(self, shop: _Shop, batch: Batch) -> None:
        self.shop, self.batch = shop, batch
        self.said: dict[str, Acknowledged] = {}

    def say(self, item: Item, code: str = "", detail: str = "") -> None:
        self.said[item.key] = Acknowledged(item.key, item.version, not code, code, detail)

    def done(self, what: str) -> list[Acknowledged]:
        """A word on every item. Raises _Failed."""
        listings = self.shop.listings(list(dict.fromkeys(item.sku for item in self.batch.items)))
        products: dict[str, list[Pair]] = defaultdict(list)
        for item in self.batch.items:
            listing = listings[item.sku]
            code = "unknown_sku" if listing.is_missing else "" if what == "stock" else _price_fault(item)
            if code:
                self.say(item, code)
            else:
                products[listing.parent].append((item, listing))
        tell = self._tell_stock if what == "stock" else self._tell_prices
        for num_iid, pairs in products.items():
            for start in range(0, len(pairs), rules.SKUS_AT_ONCE):
                self._try(tell, num_iid, pairs[start : start + rules.SKUS_AT_ONCE])
        return [self.said[item.key] for item in self.batch.items]

    def _try(self, tell: Callable[[str, Sequence[Pair]], None], num_iid: str, pairs: Sequence[Pair]) -> None:
        """Tell of several SKUs of a product; when that is refused, one by one, so that only the wrong one stays out."""
        try:
            tell(num_iid, pairs)
        except _NotTaken as refused:
            if len(pairs) > 1:
                for pair in pairs:
                    self._try(tell, num_iid, [pair])
                return
            item = pairs[0][0]
            self.shop.shelf.forget(
                [item.sku]
            )  # it may have moved to another product: asked for again next time
            self.say(item, refused.problem.code, refused.problem.message)
        else:
            for item, _listing in pairs:
                self.say(item)

    def _tell_stock(self, num_iid: str, pairs: Sequence[Pair]) -> None:
        """Whole figures; a product without SKUs has its own."""
        several = [(listing.item, _pieces(item)) for item, listing in pairs if listing.item]
        if several:
            text = rules.quantities_text(several)
            content = {"num_iid": num_iid, "skuid_quantities": text, "type": 1}
            self.shop.call("taobao.skus.quantity.update", content)
        for item, listing in pairs:
            if not listing.item:
                content = {"num_iid": num_iid, "quantity": _pieces(item), "type": 1}
                self.shop.call("taobao.item.quantity.update", content)

    def _tell_prices(self, num_iid: str, pairs: Sequence[Pair]) -> None:
        """SKUs by their id; the price of a product without SKUs is the product's own."""
        prices = [
            {"sku_id": int(listing.item), "price": rules.price_text(str(item.content["amount"]))}
            for item, listing in pairs
            if listing.item
        ]
        own = next((item for item, listing in pairs if not listing.item), None)
        content = {
            "item_id": num_iid,
            "item_price": None if own is None else rules.price_text(str(own.content["amount"])),
            "sku_prices": json.dumps(prices) if prices else None,
        }
        self.shop.call("tmall.item.price.update", content)


def _price_fault(item: Item) -> str:
    """Why a price cannot be told to this platform, "" where it can."""
    amount = item.content.get("amount")
    if amount is None:
        return "no_price"
    if item.content.get("currency") != CURRENCY:
        return "wrong_currency"
    if item.content.get("tax_included") is False:
        return "wrong_tax"
    return "" if rules.price_text(str(amount)) else "price_out_of_range"


def _pieces(item: Item) -> int:
    """Whole pieces; what is weighed shows its whole units."""
    return int(Decimal(str(item.content["quantity"])).to_integral_value(ROUND_FLOOR))


def _readings(shop: _Shop, site: str, skus: Sequence[str]) -> list[Reading]:
    listings = shop.listings(skus)
    several = list(dict.fromkeys(one.parent for one in listings.values() if one.item))
    single = list(dict.fromkeys(one.parent for one in listings.values() if one.parent and not one.item))
    rows: dict[tuple[str, str], tuple[Any, Any]] = {}
    for part in _parts(several, rules.PRODUCTS_AT_ONCE):
        told = shop.call("taobao.item.skus.get", {"num_iids": ",".join(part), "fields": SKU_FIELDS})
        for row in rules.rows_of(told.get("skus"), "sku"):
            rows[str(row.get("num_iid")), str(row.get("sku_id"))] = row.get("price"), row.get("quantity")
    for part in _parts(single, rules.SKUS_AT_ONCE):
        asked = {"num_iids": ",".join(part), "fields": PRODUCT_FIELDS}
        told = shop.call("taobao.items.seller.list.get", asked)
        for row in rules.rows_of(told.get("items"), "item"):
            rows[str(row.get("num_iid")), ""] = row.get("price"), row.get("num")
    found = []
    for sku in skus:
        shown = rows.get((listings[sku].parent, listings[sku].item))
        if shown is None:
            found.append(Reading(sku, site, is_missing=True))
        else:
            amount, quantity = map(_decimal, shown)
            found.append(Reading(sku, site, amount, CURRENCY, True, quantity, clock.now()))
    return found


def _parts(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _decimal(told: Any) -> Decimal | None:
    try:
        return None if told is None else Decimal(str(told)[:40])
    except InvalidOperation:
        return None
