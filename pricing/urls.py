"""Addresses of pricing's pages."""

from django.urls import path

from pricing.views import change, changes, grid, guardrails, laws, lists, local_times, simulate, why

urlpatterns = [
    path("prices/", grid.grid, name="price-grid"),
    path("prices/rows/", grid.rows, name="price-grid-rows"),
    path("prices/cells/", grid.cells, name="price-grid-cells"),
    path("prices/submit/", grid.submit, name="price-grid-submit"),
    path("prices/export.csv", grid.export, name="price-grid-export"),
    path("prices/changes/", changes.changes, name="price-changes"),
    path("prices/changes/search/", changes.search, name="price-changes-search"),
    path("prices/changes/<int:change_id>/", change.change, name="price-change"),
    path("prices/changes/<int:change_id>/summary/", change.summary, name="price-change-summary"),
    path("prices/changes/<int:change_id>/decide/", change.decide, name="price-change-decide"),
    path("prices/changes/<int:change_id>/header/", change.header, name="price-change-header"),
    path("prices/changes/<int:change_id>/remove/", change.remove, name="price-change-remove"),
    path("prices/changes/<int:change_id>/lines.csv", change.lines_file, name="price-change-lines"),
    path("prices/changes/<int:change_id>/simulation/", simulate.change_card, name="price-change-simulation"),
    path("prices/simulate/", simulate.simulate_page, name="price-simulate"),
    path(
        "prices/changes/<int:change_id>/local-times/",
        local_times.local_time_card,
        name="price-change-local-times",
    ),
    path("prices/changes/<int:change_id>/split/", local_times.split, name="price-change-split"),
    path("prices/lists/", lists.lists, name="price-lists"),
    path("prices/why/", why.why, name="why-price"),
    path("prices/why/timeline/", why.timeline, name="why-price-timeline"),
    path("prices/laws/", laws.laws, name="price-laws"),
    path("prices/laws/save/", laws.save, name="price-law-save"),
    path("prices/laws/basis/", laws.state, name="price-law-basis"),
    path("prices/guardrails/", guardrails.rules, name="guardrails"),
    path("prices/guardrails/save/", guardrails.save, name="guardrail-save"),
    path("prices/guardrails/dry-run/", guardrails.dry, name="guardrail-dry-run"),
]
