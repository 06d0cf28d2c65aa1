"""What a kind of publication publishes: a provider says what may have moved, and what stands now under which key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from catalog.models import Channel, Site
from feeds.models import Publication


@dataclass(frozen=True)
class Asked:
    """since None: everything; otherwise what may have moved after it and up to `until`. sites: those published for."""

    publication: Publication
    sites: Sequence[Site]
    since: datetime | None
    until: datetime

    @property
    def channel(self) -> Channel | None:
        return self.publication.channel


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should stand published under a key. content None: nothing any more; said only of what was published before.

    effective_at: since when it is so, as far as that is known.
    """

    key: str
    content: dict[str, Any] | None
    effective_at: datetime
    product_id: int | None = None
    site_id: int | None = None


@dataclass(frozen=True)
class Provider:
    """One kind. gone: the content of what is published no more, {} = documents are never taken back.

    figure: the member of content whose sum is the control total ("" = none). is_per_site: keys are "<site>/<sku>".
    """

    reader: "Reader"
    gone: dict[str, Any] = field(default_factory=dict)
    figure: str = ""
    is_per_site: bool = True


class Reader(Protocol):
    """How a provider reads. Both are called inside the transaction that holds the publication's row."""

    def facts(self, asked: Asked) -> str:
        """A short hash of what moves content without a moment of its own; another one than before means everything."""

    def wanted(self, asked: Asked) -> Iterable[Wanted]:
        """What stands now: under every key when `since` is None, else at least under the keys that may have moved."""
