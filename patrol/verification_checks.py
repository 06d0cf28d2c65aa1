"""The one explicit list of what a verification compares."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Site
from feeds.queries import price_check
from feeds.queries.documents_check import compare_documents
from feeds.queries.sales_check import compare_sales
from inventory.queries.ledger_check import compare_balances, compare_costs
from lib.verifications import Compared
from patrol.queries.stock_snapshot import stock_against_snapshot


@dataclass(frozen=True)
class Compare:
    """What a check is given: the site, from when on it looks, and as of when."""

    site: Site
    since: datetime
    at: datetime


@dataclass(frozen=True)
class VerificationCheckListed:
    """A check with its stable name and its words.

    tolerance: how far two amounts may be apart unless the site's control profile says otherwise.
    is_queued: its differences are worked where they stand (a reconciliation); all of a run make one case.
    is_gathered: its differences have one cause and one person (costs that were not told): they make one case too.
    has_window: it looks at what happened since a moment: that is moved back as far as its open cases reach, so that one
    that is not found any more is settled.
    """

    name: str
    label: str | Promise
    run: Callable[[Compare], Compared | None]
    tolerance: Decimal = Decimal(0)
    is_queued: bool = False
    is_gathered: bool = False
    has_window: bool = True


def _snapshot(asked: Compare) -> Compared | None:
    return stock_against_snapshot(asked.site.pk, asked.site.currency, asked.since, asked.at)


def _sales(asked: Compare) -> Compared | None:
    return compare_sales(asked.site.pk, asked.site.timezone, asked.since, asked.at)


def _prices(asked: Compare) -> Compared | None:
    return price_check.compare([asked.site.pk], asked.since, asked.at)


def _documents(asked: Compare) -> Compared | None:
    return compare_documents(asked.site.pk, asked.since, asked.at)


def _balances(asked: Compare) -> Compared | None:
    return compare_balances(asked.site.pk, asked.site.currency, asked.at)


def _costs(asked: Compare) -> Compared | None:
    return compare_costs(asked.site.pk, asked.site.currency, asked.at)


CHECKS: tuple[VerificationCheckListed, ...] = (
    VerificationCheckListed(
        "inventory.snapshot",
        _("Stock against the site's own figures"),
        _snapshot,
        is_queued=True,
        has_window=False,
    ),
    VerificationCheckListed("feeds.sales", _("Sales against the ledger"), _sales, Decimal("0.01")),
    VerificationCheckListed("feeds.prices", _("Prices in the shop against effective prices"), _prices),
    VerificationCheckListed("feeds.documents", _("Documents against the other side"), _documents),
    VerificationCheckListed("inventory.balances", _("Ledger against balances"), _balances, has_window=False),
    VerificationCheckListed(
        "catalog.costs", _("Costs and exchange rates"), _costs, is_gathered=True, has_window=False
    ),
)

LABELS: dict[str, str | Promise] = {check.name: check.label for check in CHECKS}
