"""Addresses of stock's pages."""

from django.urls import path

from inventory.views import movements, periods, products, reconciliations, reservations

urlpatterns = [
    path("stock/", products.products, name="stock"),
    path("stock/export.csv", products.export, name="stock-export"),
    path("stock/cover/", products.cover, name="stock-cover"),
    path("stock/products/<str:sku>/", products.product, name="stock-product"),
    path("stock/products/<str:sku>/chart/", products.chart, name="stock-chart"),
    path("stock/products/<str:sku>/safety/", products.safety, name="stock-safety"),
    path("stock/movements/", movements.movements, name="stock-movements"),
    path("stock/movements/new/", movements.new_movement, name="stock-new-movement"),
    path("stock/movements/<int:movement_id>/", movements.movement, name="stock-movement"),
    path("stock/movements/<int:movement_id>/reverse/", movements.reverse, name="stock-reverse"),
    path("stock/reservations/", reservations.reservations, name="stock-reservations"),
    path(
        "stock/reservations/<int:reservation_id>/release/",
        reservations.release_one,
        name="stock-reservation-release",
    ),
    path("stock/periods/", periods.periods, name="stock-periods"),
    path("stock/periods/close/", periods.close, name="stock-period-close"),
    path("stock/reconciliations/", reconciliations.reconciliations, name="stock-reconciliations"),
    path(
        "stock/reconciliations/<int:reconciliation_id>/",
        reconciliations.reconciliation,
        name="stock-reconciliation",
    ),
    path(
        "stock/reconciliations/<int:reconciliation_id>/decide/",
        reconciliations.decide,
        name="stock-reconciliation-decide",
    ),
    path(
        "stock/reconciliations/<int:reconciliation_id>/differences.csv",
        reconciliations.differences_file,
        name="stock-differences",
    ),
]
