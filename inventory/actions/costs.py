"""Unit costs of last resort and exchange rates while a book is open, each looked up once."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from catalog.queries import MissingRate, StaleRate, exchange_rate, unit_costs
from inventory.rules.valuation import ZERO, six
from lib import clock
from lib.faults import refuse


class Rates:
    """(base, quote, day) → factor. Raises Faults 422 `missing_exchange_rate`, `stale_exchange_rate`."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, date], Decimal] = {}

    def __call__(self, base: str, quote: str, on: date) -> Decimal:
        key = (base, quote, on)
        if key not in self._known:
            try:
                self._known[key] = exchange_rate(base, quote, on).rate
            except MissingRate as error:
                raise refuse("missing_exchange_rate", str(error)) from error
            except StaleRate as error:
                raise refuse("stale_exchange_rate", str(error)) from error
        return self._known[key]


class Fallbacks:
    """(product, currency) → the catalog's unit cost where the ledger knows none; zero when nobody knows one.

    products: all that a posting may ask for; the first question reads them in one query.
    """

    def __init__(self, products: Callable[[], Iterable[int]]) -> None:
        self._products = products
        self._factors: dict[tuple[str, str], Decimal] = {}
        self._costs: dict[int, tuple[Decimal, str]] | None = None

    def __call__(self, product_id: int, currency: str) -> Decimal:
        now = clock.now()
        if self._costs is None:
            self._costs = unit_costs(sorted(set(self._products())), now)
        amount, base = self._costs.get(product_id, (ZERO, currency))
        if base == currency:
            return amount
        if (base, currency) not in self._factors:
            try:
                self._factors[base, currency] = exchange_rate(base, currency, now.date()).rate
            except (MissingRate, StaleRate):
                self._factors[base, currency] = ZERO
        return six(amount * self._factors[base, currency])
