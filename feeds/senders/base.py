"""What a way out must be able to do, and the plain things it is given and gives back. No tables, no clock.

A sender is called outside any transaction and may be called twice with the same batch (at least once): `message_id` and
`body` are then the same. It raises nothing for what the other side does: every outcome is a `Sent`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Outlet:
    """A publication as a sender sees it.

    channel, site: codes, "" where the publication has none. secrets: purpose → live secrets, newest first
    ("signing", "access-token", …); never to be logged or put into an answer.
    """

    id: int
    name: str
    what: str
    way: str
    channel: str
    site: str
    endpoint: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def secret(self, purpose: str) -> str:
        """The newest live secret of a purpose, "" where there is none."""
        found = self.secrets.get(purpose, ())
        return found[0] if found else ""


@dataclass(frozen=True)
class Item:
    """One thing to tell: prices {"amount", "currency", "tax_included", …}, stock {"quantity", …}; decimals are strings.

    version: grows with every change of the key; who has a higher one already ignores this.
    """

    key: str
    sku: str
    site: str
    version: int
    content: Mapping[str, Any]
    effective_at: datetime | None = None


@dataclass(frozen=True)
class Batch:
    """What goes out at once. body: the frozen JSON bytes of the whole batch, for ways that send it as it is.

    totals: {"items": n, "amount" or "quantity": "sum as a string"}.
    """

    message_id: str
    kind: str
    items: Sequence[Item]
    totals: Mapping[str, Any]
    body: bytes = field(repr=False)
    attempt: int = 1


@dataclass(frozen=True)
class Acknowledged:
    """The other side's word on one item."""

    key: str
    version: int
    is_taken: bool
    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Sent:
    """What became of one attempt.

    outcome: "delivered" (with or without a word on each item), "again" (later, the same batch), "refused" (never this
    batch; what it holds is sent again only when it changes or everything is asked for).
    is_gone: the other side says that there is no such receiver any more (410): nothing more is sent until a person goes on.
    acknowledgements None: it said nothing of single items; all count as taken when the outcome is "delivered".
    retry_after_s: the other side's wish. answer: its first words, without secrets.
    filename: what was written, for ways that write a file.
    """

    outcome: Literal["delivered", "again", "refused"]
    status_code: int | None = None
    error_code: str = ""
    answer: str = ""
    acknowledgements: Sequence[Acknowledged] | None = None
    retry_after_s: int | None = None
    is_gone: bool = False
    filename: str = ""


@dataclass(frozen=True)
class Reading:
    """What the other side shows for a SKU; amount and quantity None: it does not know the product, or does not tell."""

    sku: str
    site: str
    amount: Decimal | None = None
    currency: str = ""
    tax_included: bool | None = None
    quantity: Decimal | None = None
    read_at: datetime | None = None
    is_missing: bool = False


class ReadBackError(Exception):
    """The other side could not be read; it is asked again later. `code` as in `lib.outbound` or the platform's own."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Sender(Protocol):
    """One way out.

    batch_items: at most so many items at once. needs_endpoint, needs_secrets (purposes): what the settings must hold.
    reads_back: whether read_back asks the other side; where it is False the readings come as a feed, if at all.
    """

    batch_items: int
    needs_endpoint: bool
    needs_secrets: tuple[str, ...]
    reads_back: bool

    def send(self, outlet: Outlet, batch: Batch) -> Sent:
        """Hand the batch over, or say why not."""

    def read_back(self, outlet: Outlet, skus: Sequence[str]) -> Sequence[Reading]:
        """What the other side shows for these SKUs; one that it does not know may be left out or come as missing.

        Raises ReadBackError.
        """
