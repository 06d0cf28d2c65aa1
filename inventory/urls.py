"""Addresses of stock's pages."""

from django.urls import path

from inventory.views import (
    movement_entry,
    movements,
    periods,
    products,
    reconciliations,
    reservations,
    transfers,
    transfers_planning,
)

urlpatterns = [
    path("stock/", products.products, name="stock"),
    path("stock/export.csv", products.export, name="stock-export"),
    path("stock/cover/", products.cover, name="stock-cover"),
    path("stock/products/<str:sku>/", products.product, name="stock-product"),
    path("stock/products/<str:sku>/chart/", products.chart, name="stock-chart"),
    path("stock/products/<str:sku>/safety/", products.safety, name="stock-safety"),
    path("stock/movements/", movements.movements, name="stock-movements"),
    path("stock/movements/new/", movement_entry.new_movement, name="stock-new-movement"),
    path("stock/movements/new/read/", movement_entry.read_code, name="stock-entry-read"),
    path("stock/movements/<int:movement_id>/", movements.movement, name="stock-movement"),
    path("stock/movements/<int:movement_id>/reverse/", movements.reverse, name="stock-reverse"),
    path("stock/reservations/", reservations.reservations, name="stock-reservations"),
    path(
        "stock/reservations/<int:reservation_id>/release/",
        reservations.release_one,
        name="stock-reservation-release",
    ),
    path("stock/transfers/", transfers.board, name="stock-transfers"),
    path("stock/transfers/new/", transfers.new_transfer, name="stock-new-transfer"),
    path("stock/transfers/<int:transfer_id>/", transfers.transfer, name="stock-transfer"),
    path("stock/transfers/<int:transfer_id>/submit/", transfers.submit, name="stock-transfer-submit"),
    path("stock/transfers/<int:transfer_id>/cancel/", transfers.cancel, name="stock-transfer-cancel"),
    path("stock/transfers/<int:transfer_id>/decide/", transfers.decide, name="stock-transfer-decide"),
    path("stock/transfers/<int:transfer_id>/ship/", transfers.ship, name="stock-transfer-ship"),
    path("stock/transfers/<int:transfer_id>/receive/", transfers.receive, name="stock-transfer-receive"),
    path("stock/transfers/<int:transfer_id>/close/", transfers.close, name="stock-transfer-close"),
    path("stock/transfers/<int:transfer_id>/review/", transfers.review, name="stock-transfer-review"),
    path("stock/allocation/", transfers_planning.plan, name="stock-allocation"),
    path("stock/transfer-templates/", transfers_planning.templates, name="stock-transfer-templates"),
    path("stock/transfer-templates/save/", transfers_planning.save, name="stock-transfer-template-save"),
    path(
        "stock/transfer-templates/<int:template_id>/release/",
        transfers_planning.release,
        name="stock-transfer-template-release",
    ),
    path(
        "stock/transfer-templates/<int:template_id>/retire/",
        transfers_planning.retire,
        name="stock-transfer-template-retire",
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
