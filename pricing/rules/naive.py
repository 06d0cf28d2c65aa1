"""A second, plain way from rows to a price: every list is priced, then they are sorted. No short cuts, no cleverness.

It shares no step with `resolution`. The nightly sample and the property tests hold the two against each other.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from lib.money import minor_unit
from pricing.rules.resolution import ListFacts, Place, Question, RateProblem, Rates, Row

ORDER = ["promotion", "site", "channel", "region", "base"]
Book = Mapping[int, ListFacts]
Rows = Mapping[int, Sequence[Row]]


def naive_price(
    book: Book, place: Place, rows: Rows, question: Question, rates: Rates
) -> tuple[str, Decimal] | None:
    """(list code, gross amount in the currency asked for), None where no list has a price. Raises RateProblem."""
    priced = []
    for facts in book.values():
        pairs = (
            (facts.site_id, place.site_id),
            (facts.region_id, place.region_id),
            (facts.channel_id, place.channel_id),
            (facts.customer_group_id, place.customer_group_id),
        )
        if any(wanted is not None and wanted != given for wanted, given in pairs):
            continue
        amount = _tried(book, facts, rows, question, rates)
        if amount is None:
            continue
        rank = (ORDER.index(facts.kind), 1 if facts.customer_group_id is None else 0, -facts.priority)
        priced.append((rank, facts.code, facts, amount))
    priced.sort(key=lambda one: one[:2])
    regular = next((amount for _rank, _code, facts, amount in priced if facts.kind != "promotion"), None)
    for _rank, code, facts, amount in priced:
        passes = facts.kind != "promotion" or facts.exclusive or regular is None
        if passes or _known(amount) <= _known(regular):
            return code, _known(amount)
    return None


def _tried(
    book: Book, facts: ListFacts, rows: Rows, question: Question, rates: Rates
) -> Decimal | RateProblem | None:
    """The price, or the problem that only counts if this list's turn comes."""
    try:
        amount = naive_list_price(book, facts.id, rows, question.quantity, rates)
        return None if amount is None else _asked(facts, amount, question, rates)
    except RateProblem as problem:
        return problem


def _known(amount: Decimal | RateProblem | None) -> Decimal:
    if not isinstance(amount, Decimal):
        raise amount or LookupError("no price")
    return amount


def naive_list_price(book: Book, pk: int, rows: Rows, quantity: Decimal, rates: Rates) -> Decimal | None:
    """What one list charges in its own currency. Raises RateProblem."""
    own = sorted(rows.get(pk, []), key=lambda row: row.min_quantity)
    fitting = [row for row in own if row.min_quantity <= abs(quantity)]
    if fitting:
        return fitting[-1].amount
    if any(row.min_quantity == 1 for row in own):
        return next(row.amount for row in own if row.min_quantity == 1)
    facts = book[pk]
    if facts.parent_id is None:
        return None
    parent = naive_list_price(book, facts.parent_id, rows, quantity, rates)
    if parent is None:
        return None
    base = book[facts.parent_id].currency
    converted = parent if base == facts.currency else parent * _list_rate(facts, base, rates)
    lowest = Decimal(0) if facts.floor_fraction is None else converted * (1 + facts.floor_fraction)
    highest = (
        Decimal("Infinity") if facts.ceiling_fraction is None else converted * (1 + facts.ceiling_fraction)
    )
    amount = converted * (1 + (facts.float_fraction or 0)) + (facts.float_amount or 0)
    amount = max(min(max(amount, lowest), highest), Decimal(0))
    if facts.ends_in is not None:
        amount = _ending(amount, facts.ends_in, lowest, highest)
    unit = Decimal(1).scaleb(-minor_unit(facts.currency))
    near = sorted(
        {amount.quantize(unit, way) for way in (ROUND_FLOOR, ROUND_CEILING)},
        key=lambda one: (abs(one - amount), -one),
    )
    return next((one for one in near if lowest <= one <= highest), near[0])


def _list_rate(facts: ListFacts, base: str, rates: Rates) -> Decimal:
    for list_id, rate in getattr(rates, "kept", {}).items():
        if list_id == facts.id and facts.is_linked and rate.path[:3] == base:
            return Decimal(rate.rate)
    return rates(base, facts.currency).rate


def _ending(amount: Decimal, ends_in: Decimal, lowest: Decimal, highest: Decimal) -> Decimal:
    period = Decimal(10 ** len(str(int(ends_in)))) if ends_in >= 1 else Decimal(1)
    first = int(amount / period)
    near = [n * period + ends_in for n in range(max(first - 2, 0), first + 3)]
    inside = [one for one in near if one > 0 and lowest <= one <= highest]
    return min(inside, key=lambda one: (abs(one - amount), -one), default=amount)


def _asked(facts: ListFacts, amount: Decimal, question: Question, rates: Rates) -> Decimal:
    """In the currency asked for, tax included."""
    cent = Decimal(1).scaleb(-minor_unit(question.currency))
    if facts.currency != question.currency:
        amount = (amount * rates(facts.currency, question.currency).rate).quantize(cent, ROUND_HALF_UP)
    if not facts.tax_included:
        amount += (amount * question.tax_fraction).quantize(cent, ROUND_HALF_UP)
    return amount
