"""Plain builders with literal defaults."""

from typing import Any

from accounts.models import User
from accounts.permissions import permissions_of
from catalog import actions
from catalog.models import Product, Scope, Site
from lib.actors import Actor, system

SETUP = system("test")


def user(username: str = "ada", role: str = "admin") -> User:
    return User.objects.create_user(username, None, role=role)


def actor_of(person: User) -> Actor:
    return Actor("user", person.pk, person.username, permissions_of(person.role), channel="api")


def product_row(**changes: Any) -> dict[str, Any]:
    return {"sku": "P-1", "name": "White mug", "category": "Kitchen / Mugs", "unit": "pcs", **changes}


def site_row(**changes: Any) -> dict[str, Any]:
    row = {
        "code": "LON-1",
        "name": "London",
        "kind": "store",
        "region": "UK",
        "country": "GB",
        "timezone": "Europe/London",
        "currency": "GBP",
    }
    return {**row, **changes}


def product(**changes: Any) -> Product:
    row = product_row(**changes)
    actions.upsert_products(actor=SETUP, rows=[row])
    return Product.objects.get(sku=row["sku"])


def site(**changes: Any) -> Site:
    row = site_row(**changes)
    actions.upsert_sites(actor=SETUP, rows=[row])
    return Site.objects.get(code=row["code"])


def scope(person: User, **what: Any) -> Scope:
    return Scope.objects.create(user=person, **what)
