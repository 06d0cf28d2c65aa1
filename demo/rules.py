"""Pure rules of the demo: dates moved by whole weeks, deterministic numbers out of text, which code is a product."""

import hashlib
import re
from datetime import datetime, timedelta

FIRST_AT = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001 the source has UK wall time without a zone
LAST_AT = datetime(2011, 12, 9, 12, 50)  # noqa: DTZ001
PRODUCT_CODE = r"^\d{5}[A-Za-z]*$"
SOURCE_ROWS = 541_909


def shift_weeks(now: datetime) -> int:
    """Whole weeks by which the source moves so that its last line lies as late as possible and not after `now`.

    now: naive UK wall time, as the source's.
    """
    return (now - LAST_AT) // timedelta(weeks=1)


def number_of(text: str, modulo: int) -> int:
    """A number 0 ≤ n < modulo out of `text`, the same for ever: the first 32 bits of its MD5."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16) % modulo


def number_sql(text: str, modulo: int) -> str:
    """The SQL twin of `number_of`; `text` is a SQL expression."""
    return f"(('x' || left(md5({text}), 8))::bit(32)::bigint % {modulo})"


def is_product(code: str) -> bool:
    """True for a stock code of goods: five digits and perhaps letters; postage, fees, gifts cards … are none."""
    return re.match(PRODUCT_CODE, code) is not None
