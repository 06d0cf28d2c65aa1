"""The query of an address in templates, whatever its parameters are called."""

from django import template
from django.http import QueryDict

register = template.Library()


@register.filter
def pairs(query: QueryDict) -> list[tuple[str, str]]:
    """Names and values of an address; `request.GET.items` in a template would be the parameter called items."""
    return [(name, str(value)) for name, value in query.items()]


@register.filter
def encoded(query: QueryDict) -> str:
    """The query as text for an address; `request.GET.urlencode` would be the parameter of that name."""
    return query.urlencode()
