"""`{% load rights %}`: what the reader may do, e.g. {% if request.actor|may:"users.manage" %}."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def may(actor: Any, permission: str) -> bool:
    """Whether `actor` (None before sign-in) holds `permission`."""
    return bool(actor and actor.may(permission))
