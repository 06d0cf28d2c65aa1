"""Addresses of pricing's pages."""

from django.urls import path

from pricing.views import grid

urlpatterns = [
    path("prices/", grid.grid, name="price-grid"),
    path("prices/rows/", grid.rows, name="price-grid-rows"),
    path("prices/cells/", grid.cells, name="price-grid-cells"),
    path("prices/submit/", grid.submit, name="price-grid-submit"),
    path("prices/export.csv", grid.export, name="price-grid-export"),
]
