"""Vouchers leave the house as a publication: each line once, in its order, with the sum of debits as control total."""

from datetime import date

from feeds.actions.publishing import keep_content
from feeds.models import Publication, PublishedItem
from lib import clock
from tests.finance.test_vouchers import a_day, make
from tests.inventory.builders import line, post


def test_each_line_stands_published_once(db: None) -> None:
    a_day()
    (first,) = make()
    books = Publication.objects.create(name="books", what="vouchers", way="file")
    kept = keep_content(books.pk, clock.now())
    assert kept is not None and kept.changed == first.lines.count()
    post("sale", line("A1", "LON", "customer", "2", unit_price="12"), reference="S-2")
    (second,) = make(date(2026, 11, 20), date(2026, 11, 21))
    again = keep_content(books.pk, clock.now())
    assert again is not None and again.changed == second.lines.count()
    items = list(PublishedItem.objects.filter(publication=books).order_by("version"))
    assert [item.version for item in items] == list(range(1, len(items) + 1))
    assert (
        items[0].key == f"{first}/00001"
        and items[0].content["account"]
        and items[-1].content["supplement"] == 1
    )
