"""Every kind of feed."""

from feeds.actions.document_kinds import DOCUMENTS
from feeds.actions.finance_kinds import FINANCE
from feeds.actions.kinds import MASTER_DATA, Kind
from feeds.actions.order_kinds import ORDERS
from feeds.actions.readings import READINGS
from feeds.actions.receipt_kinds import RECEIPTS
from feeds.actions.stock_kinds import STOCK

KINDS: dict[str, Kind] = {**MASTER_DATA, **STOCK, **RECEIPTS, **ORDERS, **DOCUMENTS, **READINGS, **FINANCE}
