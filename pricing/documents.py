"""Request bodies of pricing's REST, read into what actions and queries take; faults of shape are collected."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.rules.fields import Wrong
from lib.faults import Fault, Faults, refuse
from pricing.actions.price_changes import ChangeDraft, LineDraft
from pricing.queries.quotes import QuoteLine
from pricing.rules.amounts import read_decimal, read_instant

MAX_QUOTES = 10_000
CHANGE_FIELDS = {
    "title", "reason", "reason_code", "effective_from", "effective_until", "local_from", "local_until",
    "is_advertised", "lines",
}  # fmt: skip
LINE_FIELDS = {"price_list", "sku", "min_quantity", "amount"}
WORDS = ("channel", "currency", "unit", "customer_group")
QUOTE_FIELDS = {"sku", "site", "channel", "quantity", "currency", "unit", "customer_group"}


def change_draft(body: Any) -> ChangeDraft:
    """The body of POST price-changes/. Raises Faults 422 when it is no object or `lines` is no list."""
    given = _object(body, "")
    lines = given.get("lines")
    if not isinstance(lines, list):
        raise refuse("not_a_list", "lines must be a list.", pointer="/lines")
    faults = _unknown(given, CHANGE_FIELDS, "")
    drafts = []
    for index, line in enumerate(lines):
        if not isinstance(line, Mapping):
            raise refuse("not_an_object", "Each line must be an object.", pointer=f"/lines/{index}")
        faults += _unknown(line, LINE_FIELDS, f"/lines/{index}")
        if "amount" not in line:
            faults.append(
                Fault(f"/lines/{index}/amount", "required", "amount is needed; null ends the price.")
            )
        drafts.append(
            LineDraft(
                line.get("price_list"), line.get("sku"), line.get("amount"), line.get("min_quantity", "1")
            )
        )
    return ChangeDraft(
        title=given.get("title"),
        reason=given.get("reason"),
        reason_code=given.get("reason_code", "regular"),
        effective_from=given.get("effective_from"),
        effective_until=given.get("effective_until"),
        local_from=given.get("local_from"),
        local_until=given.get("local_until"),
        is_advertised=given.get("is_advertised", False),
        lines=drafts,
        faults=faults,
    )


def comment_of(body: Any) -> str:
    """The body of an action: {comment?}. Raises Faults 422."""
    if body in (None, "", b""):
        return ""
    comment = _object(body, "").get("comment") or ""
    if not isinstance(comment, str) or len(comment) > 4000 or "\x00" in comment:
        raise refuse("not_text", "comment must be text of at most 4000 characters.", pointer="/comment")
    return comment.strip()


def quote_request(body: Any) -> tuple[list[QuoteLine], datetime | None, datetime | None]:
    """The body of POST prices/quote/. Raises Faults 422 with every fault of shape, 413 beyond 10,000 lines."""
    given = _object(body, "")
    lines = given.get("lines")
    if not isinstance(lines, list):
        raise refuse("not_a_list", "lines must be a list.", pointer="/lines")
    if len(lines) > MAX_QUOTES:
        raise refuse("too_many", f"At most {MAX_QUOTES:,} lines at a time.", pointer="/lines", status=413)
    faults = _unknown(given, {"at", "known_at", "lines"}, "")
    moments = [_instant(given.get(name), name, faults) for name in ("at", "known_at")]
    asked = [_quote_line(line, index, faults) for index, line in enumerate(lines)]
    if faults:
        raise Faults(faults)
    return [line for line in asked if line is not None], moments[0], moments[1]


def _quote_line(line: Any, index: int, faults: list[Fault]) -> QuoteLine | None:
    pointer = f"/lines/{index}"
    if not isinstance(line, Mapping):
        faults.append(Fault(pointer, "not_an_object", "Each line must be an object."))
        return None
    if not line.keys() <= QUOTE_FIELDS:
        faults += _unknown(line, QUOTE_FIELDS, pointer)
    for name in ("sku", "site"):
        if not isinstance(line.get(name), str):
            faults.append(Fault(f"{pointer}/{name}", "required", f"{name} is needed, as text."))
    words = [line.get(name) or "" for name in WORDS]
    for name, value in zip(WORDS, words, strict=True):
        if not isinstance(value, str):
            faults.append(Fault(f"{pointer}/{name}", "not_text", f"{name} must be text."))
    channel, currency, unit, group = words
    quantity = Decimal(1)
    if line.get("quantity") is not None:
        try:
            quantity = read_decimal(line["quantity"])
            if not quantity:
                raise Wrong("not_above_zero", "must not be zero")
        except Wrong as wrong:
            faults.append(Fault(f"{pointer}/quantity", wrong.code, f"quantity {wrong.detail}."))
    return QuoteLine(line.get("sku"), line.get("site"), channel, quantity, currency, unit, group)  # type: ignore[arg-type]


def _instant(raw: Any, name: str, faults: list[Fault]) -> datetime | None:
    if raw in (None, ""):
        return None
    try:
        return read_instant(raw)
    except Wrong as wrong:
        faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
        return None


def instant_of(asked: Mapping[str, str], name: str) -> datetime | None:
    """A time in a query string; "+" that became a blank is mended. Raises Faults 422."""
    raw = asked.get(name, "").strip().replace(" ", "+")
    faults: list[Fault] = []
    at = _instant(raw, name, faults)
    if faults:
        raise Faults(faults)
    return at


def _object(body: Any, pointer: str) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise refuse("not_an_object", "The body must be an object.", pointer=pointer)
    return body


def _unknown(given: Mapping[str, Any], known: set[str], pointer: str) -> list[Fault]:
    return [
        Fault(f"{pointer}/{str(name)[:60]}", "unknown_field", "This field is not known.")
        for name in given
        if name not in known
    ]
