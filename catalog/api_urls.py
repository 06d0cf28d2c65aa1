"""REST addresses of master data, below /api/v1/."""

from django.urls import path

from catalog import api

urlpatterns = [
    path("products/", api.Products.as_view(), name="api-products"),
    path("sites/", api.Sites.as_view(), name="api-sites"),
    path("customer-groups/", api.CustomerGroups.as_view(), name="api-customer-groups"),
    path("tax-rates/", api.TaxRates.as_view(), name="api-tax-rates"),
    path("unit-costs/", api.UnitCosts.as_view(), name="api-unit-costs"),
    path("exchange-rates/", api.ExchangeRates.as_view(), name="api-exchange-rates"),
]
