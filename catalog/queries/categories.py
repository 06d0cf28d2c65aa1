"""Categories with how their stock is valued."""

from typing import Any

from django.db.models import QuerySet

from catalog.models import Category


def categories_with_method() -> QuerySet[Category]:
    """All categories, by path."""
    return Category.objects.order_by("path")


def method_body(category: Category) -> dict[str, Any]:
    """A category's method as REST shows it. No query."""
    return {
        "category": category.path,
        "method": category.costing_method,
        "own": bool(category.own_costing_method),
    }
