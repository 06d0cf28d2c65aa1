"""What of a promotion list is in force or to come."""

from datetime import datetime
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from pricing.models import Price


def standing_keys(price_list_id: int, now: datetime) -> list[tuple[int, Decimal]]:
    """(product, least quantity) of every price of the list that is valid at `now` or later, in order; 1 query."""
    found = Price.objects.filter(
        price_list_id=price_list_id, known__upper_inf=True, valid__overlap=DateTimeTZRange(now, None)
    )
    keys = found.order_by("product_id", "min_quantity").values_list("product_id", "min_quantity")
    return list(keys.distinct())
