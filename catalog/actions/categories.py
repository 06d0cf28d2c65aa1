"""How the stock of a category is valued."""

from django.db import connection, transaction

from catalog.models import Category
from lib.faults import refuse

# Each node's own method, else its parent's; parents come before their children. Nodes that change are told.
_SPREAD = """
WITH RECURSIVE tree AS (
    SELECT id, coalesce(nullif(own_costing_method, ''), 'average')::text AS method
    FROM catalog_category WHERE parent_id IS NULL
    UNION ALL
    SELECT c.id, coalesce(nullif(c.own_costing_method, ''), t.method)::text FROM catalog_category c JOIN tree t ON t.id = c.parent_id)
UPDATE catalog_category c SET costing_method = tree.method
FROM tree WHERE tree.id = c.id AND c.costing_method <> tree.method RETURNING c.id
"""


@transaction.atomic
def set_costing_method(*, path: str, method: str) -> tuple[Category, list[int]]:
    """Set a category's own method ("" for its parent's); answers the category as it was and the ids whose method changed.

    What becomes of stock is inventory's: its action calls this one, records and asks for the right.
    Raises Faults 422 `unknown_category`, `invalid_method`. Locks: the category.
    """
    if method and method not in Category.Costing.values:
        detail = f"The methods are {', '.join(Category.Costing.values)}."
        raise refuse("invalid_method", detail, pointer="/method")
    category = Category.objects.select_for_update().filter(path=path).first()
    if category is None:
        raise refuse("unknown_category", f"There is no category {path!r}.", pointer="/category")
    Category.objects.filter(pk=category.pk).update(own_costing_method=method)
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD)
        return category, sorted(row[0] for row in cursor.fetchall())
