"""What a row of a settlement, an invoice or a list of ledger balances must look like."""

from catalog.rules import fields
from catalog.rules.rows import Field, Shape

_money = fields.decimal(14, 6)
_code = fields.text(32)
_reference = fields.text(64)

SETTLEMENT = Shape(
    (
        Field("channel", _code),
        Field("payout", _reference),
        Field("order_reference", _reference),
        Field("gross", _money),
        Field("currency", fields.currency),
        Field("on", fields.day),
        Field("sku", fields.text(64, empty=True), required=False),
        Field("quantity", fields.decimal(12, 6), required=False),
        Field("commission", _money, required=False),
        Field("fees", _money, required=False),
        Field("refunds", _money, required=False),
    ),
    ("channel", "payout", "order_reference", "sku"),
)

INVOICE = Shape(
    (
        Field("supplier", fields.text(150)),
        Field("reference", _reference),
        Field("line", fields.decimal(6, 0)),
        Field("sku", fields.text(64)),
        Field("quantity", fields.decimal(12, 6)),
        Field("unit_price", _money),
        Field("currency", fields.currency),
        Field("on", fields.day),
        Field("order_reference", fields.text(64, empty=True), required=False),
        Field("receipt_reference", fields.text(64, empty=True), required=False),
        Field("tax", _money, required=False),
    ),
    ("supplier", "reference", "line"),
)

LEDGER_BALANCE = Shape(
    (
        Field("legal_entity", _code),
        Field("account", _code),
        Field("currency", fields.currency),
        Field("on", fields.day),
        Field("balance", _money),
    ),
    ("legal_entity", "account", "currency", "on"),
)
