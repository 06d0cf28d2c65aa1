"""Taobao Open Platform (TOP) of Taobao and Tmall: how a call is signed, and what an answer means. Pure.

After the published documents: "API 调用方法详解" (open.taobao.com doc 101617: public parameters, hmac-sha256), the error codes
(doc 101645 / 102707) and the pages of taobao.skus.quantity.update, taobao.item.quantity.update, tmall.item.price.update,
taobao.item.skus.get, taobao.items.seller.list.get, taobao.skus.custom.get and taobao.items.custom.get (version 2.0).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

VERSION = "2.0"
SIGN_METHOD = "hmac-sha256"
#: Time stamps are wall time of GMT+8; ten minutes' difference is allowed.
BEIJING = timezone(timedelta(hours=8))
#: taobao.skus.quantity.update changes at most so many at once; taobao.item.skus.get asks for so many products.
SKUS_AT_ONCE = 20
PRODUCTS_AT_ONCE = 40
MAX_PRICE = Decimal(100_000_000)

#: Call limits of user, session, partner, application, and frequency.
LIMITED = frozenset({"4", "5", "6", "7", "8"})
#: The platform itself: unavailable for a while.
UNAVAILABLE = frozenset({"10"})
#: Session, application, signature, time stamp: a person has to put something right.
NOT_ALLOWED = frozenset({"11", "12", "13", "24", "25", "26", "27", "28", "29", "30", "31", "42", "53"})
#: Not so much a wrong item as a wrong permission, though it is told as a business error.
_PERMISSION = ("isv.permission", "isv.user-not-authorized", "isv.session")
_BAN = re.compile(r"ban will last for (\d{1,6}) more second", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """An error_response. kind: "limited" (wait_s says how long), "passing", "not_allowed", "item" (what was asked)."""

    kind: str
    code: str
    message: str
    wait_s: int | None = None


def signature(parameters: Mapping[str, str], secret: str, method: str = SIGN_METHOD) -> str:
    """sign: names and values one after the other in the order of the names, hashed, in capital hexadecimals.

    method: "hmac-sha256", "hmac" (MD5) or "md5" (the secret before and behind).
    """
    text = "".join(f"{name}{parameters[name]}" for name in sorted(parameters) if name != "sign")
    if method == "md5":
        return hashlib.md5(f"{secret}{text}{secret}".encode(), usedforsecurity=False).hexdigest().upper()
    digest = "md5" if method == "hmac" else "sha256"
    return hmac.new(secret.encode(), text.encode(), digest).hexdigest().upper()


def signed_call(
    method: str, content: Mapping[str, Any], *, app_key: str, secret: str, session: str, at: datetime
) -> dict[str, str]:
    """Every parameter of a call, sign among them; what is None is left out."""
    parameters = {name: str(value) for name, value in content.items() if value is not None}
    parameters |= {
        "method": method,
        "app_key": app_key,
        "session": session,
        "timestamp": at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "format": "json",
        "v": VERSION,
        "sign_method": SIGN_METHOD,
    }
    parameters["sign"] = signature(parameters, secret)
    return parameters


def member_of(method: str) -> str:
    """The member an answer stands in: "taobao.item.skus.get" → "item_skus_get_response", "tmall.x" → "tmall_x_response"."""
    return method.removeprefix("taobao.").replace(".", "_") + "_response"


def problem_of(told: Any) -> Problem | None:
    """The problem in an answer; None where there is none. What cannot be read is passing."""
    if not isinstance(told, dict):
        return Problem("passing", "no_json", "")
    error = told.get("error_response")
    if not isinstance(error, dict):
        return None
    code, sub = str(error.get("code", "")), str(error.get("sub_code") or "")
    message = str(error.get("sub_msg") or error.get("msg") or "")[:140]
    return Problem(_kind(code, sub), (sub or f"top-{code}")[:60], message, _ban_s(code, message))


def _kind(code: str, sub: str) -> str:
    if code in LIMITED:
        return "limited"
    if code in UNAVAILABLE or sub.startswith("isp."):
        return "passing"
    if code in NOT_ALLOWED or sub.startswith(_PERMISSION):
        return "not_allowed"
    return "item"


def _ban_s(code: str, message: str) -> int | None:
    """How long a limit lasts, as its sentence says, and one second more; a minute where it does not say."""
    if code not in LIMITED:
        return None
    found = _BAN.search(message)
    return int(found[1]) + 1 if found else 60


def rows_of(container: Any, name: str) -> list[Mapping[str, Any]]:
    """The list in {"skus": {"sku": […]}}: empty, one alone, or several."""
    inner = container.get(name) if isinstance(container, dict) else None
    if isinstance(inner, dict):
        return [inner]
    return [row for row in inner if isinstance(row, dict)] if isinstance(inner, list) else []


def quantities_text(pairs: Sequence[tuple[str, int]]) -> str:
    """skuid_quantities: "123:1;234:2"."""
    return ";".join(f"{sku}:{quantity}" for sku, quantity in pairs)


def price_text(amount: str) -> str | None:
    """An amount in yuan with two decimals; None for one that the platform does not take."""
    price = Decimal(amount)
    if not 0 < price < MAX_PRICE or price != price.quantize(Decimal("0.01")):
        return None
    return f"{price:.2f}"
