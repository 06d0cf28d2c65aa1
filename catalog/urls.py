"""Addresses of catalog's fragments."""

from django.urls import path

from catalog import views

urlpatterns = [
    path("products/search/", views.search_products, name="search_products"),
    path("scope/", views.choose_scope, name="choose_scope"),
    path("settings/users/<int:user_id>/scopes/", views.user_scopes, name="user_scopes"),
    path(
        "settings/users/<int:user_id>/scopes/<int:scope_id>/revoke/", views.revoke_scope, name="revoke_scope"
    ),
]
