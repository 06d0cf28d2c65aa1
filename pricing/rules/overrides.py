"""Overrides: a derived list's own prices, and what becomes of them when the parent's price moves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from lib.money import round_money
from pricing.rules.derivation import ended
from pricing.rules.resolution import Book, ListFacts, RateProblem, Rates, Row, list_price

FOLLOW, ASK = "follow", "ask"
#: The rows of one product by list; `after` is written to while overrides follow.
Rows = dict[int, list[Row]]


class Moved(NamedTuple):
    """An override whose parent's price goes from parent_from to parent_to; moved_amount: moved in proportion."""

    price_list: ListFacts
    product_id: int
    min_quantity: Decimal
    own_amount: Decimal
    parent_from: Decimal
    parent_to: Decimal
    moved_amount: Decimal


def moved_amount(own: Decimal, parent_from: Decimal, parent_to: Decimal, facts: ListFacts) -> Decimal:
    """`own` with the same ratio to its parent as before, rounded once; in the list's ending if it had that."""
    amount = own * parent_to / parent_from
    if facts.ends_in is not None and ended(own, facts.ends_in) == own:
        amount = ended(amount, facts.ends_in)
    return round_money(amount, facts.currency)


def below(book: Book, list_ids: Collection[int], policies: Collection[str]) -> list[ListFacts]:
    """The lists with one of these policies that derive from any of `list_ids`, parents before children."""

    def ancestors(facts: ListFacts) -> list[int]:
        found = []
        while facts.parent_id is not None:
            found.append(facts.parent_id)
            facts = book[facts.parent_id]
        return found

    above = {facts.id: ancestors(facts) for facts in book.values() if facts.override_policy in policies}
    meant = [pk for pk, parents in above.items() if not set(parents).isdisjoint(list_ids)]
    return [book[pk] for pk in sorted(meant, key=lambda pk: (len(above[pk]), pk))]


def laid_over(
    before: Mapping[int, Sequence[Row]], lines: Sequence[tuple[int, Decimal, Decimal | None]]
) -> Rows:
    """The rows once (list, minimum quantity, amount or None) are in force."""
    after = {list_id: list(rows) for list_id, rows in before.items()}
    for list_id, minimum, amount in lines:
        others = [row for row in after.get(list_id, []) if row.min_quantity != minimum]
        after[list_id] = [*others, Row(minimum, amount, 0)] if amount is not None else others
    return after


def moved_overrides(
    product_id: int,
    lists: Sequence[ListFacts],
    book: Book,
    when: tuple[Mapping[int, Sequence[Row]], Rows],
    skip: Collection[tuple[int, Decimal]],
    rates: Rates,
) -> Iterator[Moved]:
    """The overrides of one product in `lists` (parents first) whose parent's price differs between the two moments.

    when: the rows (before, after). What follows is laid into `after` at once, so that grandchildren see it.
    skip: (list, minimum quantity) that the change prices itself. A parent's price that ends or begins moves nothing.
    """
    before, after = when
    for facts in lists:
        parent = book[facts.parent_id or 0]
        for row in before.get(facts.id, ()):
            if (facts.id, row.min_quantity) in skip:
                continue
            try:
                was = list_price(parent, book, before, row.min_quantity, rates)
                is_now = list_price(parent, book, after, row.min_quantity, rates)
            except RateProblem:
                continue
            if was is None or is_now is None or not was.amount or was.amount == is_now.amount:
                continue
            amount = moved_amount(row.amount, was.amount, is_now.amount, facts)
            if amount == row.amount:
                continue
            yield Moved(facts, product_id, row.min_quantity, row.amount, was.amount, is_now.amount, amount)
            if facts.override_policy == FOLLOW:
                others = [one for one in after.get(facts.id, []) if one.min_quantity != row.min_quantity]
                after[facts.id] = [*others, Row(row.min_quantity, amount, 0)]
