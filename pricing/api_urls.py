from django.urls import path

from pricing.api import (
    competitors,
    compliance,
    conflicts,
    guardrails,
    laws,
    local_times,
    overrides,
    price_changes,
    price_lists,
    prices,
    promotions,
    regions,
    sheets,
    simulations,
    taking_back,
    templates,
)

urlpatterns = [
    path("price-lists/", price_lists.PriceLists.as_view(), name="api-price-lists"),
    path("price-changes/", price_changes.PriceChanges.as_view(), name="api-price-changes"),
    path("price-changes/<int:change_id>/", price_changes.OnePriceChange.as_view(), name="api-price-change"),
    path(
        "price-changes/<int:change_id>/submit/",
        price_changes.Submit.as_view(),
        name="api-price-change-submit",
    ),
    path(
        "price-changes/<int:change_id>/approve/",
        price_changes.Approve.as_view(),
        name="api-price-change-approve",
    ),
    path(
        "price-changes/<int:change_id>/reject/",
        price_changes.Reject.as_view(),
        name="api-price-change-reject",
    ),
    path(
        "price-changes/<int:change_id>/withdraw/",
        price_changes.Withdraw.as_view(),
        name="api-price-change-withdraw",
    ),
    path(
        "price-changes/<int:change_id>/roll-back/",
        price_changes.RollBack.as_view(),
        name="api-price-change-roll-back",
    ),
    path(
        "price-changes/<int:change_id>/simulate/",
        simulations.SimulateChange.as_view(),
        name="api-price-change-simulate",
    ),
    path("prices/simulate/", simulations.SimulateRule.as_view(), name="api-prices-simulate"),
    path(
        "price-changes/<int:change_id>/category/",
        sheets.ChangeCategory.as_view(),
        name="api-price-change-category",
    ),
    path("price-sheets/", sheets.PriceSheets.as_view(), name="api-price-sheets"),
    path("price-sheets/<int:sheet_id>/", sheets.OnePriceSheet.as_view(), name="api-price-sheet"),
    path("price-sheets/<int:sheet_id>/take/", sheets.TakePriceSheet.as_view(), name="api-price-sheet-take"),
    path(
        "price-changes/<int:change_id>/local-times/",
        local_times.LocalTimes.as_view(),
        name="api-price-change-local-times",
    ),
    path(
        "price-changes/<int:change_id>/taken-back/",
        taking_back.TakenBack.as_view(),
        name="api-price-change-taken-back",
    ),
    path(
        "price-changes/<int:change_id>/split-by-zone/",
        local_times.SplitByZone.as_view(),
        name="api-price-change-split",
    ),
    path("price-templates/", templates.Templates.as_view(), name="api-price-templates"),
    path(
        "price-templates/<int:template_id>/draft/",
        templates.DraftFrom.as_view(),
        name="api-price-template-draft",
    ),
    path(
        "price-templates/<int:template_id>/retire/",
        templates.Retire.as_view(),
        name="api-price-template-retire",
    ),
    path(
        "price-templates/<int:template_id>/start/", templates.Start.as_view(), name="api-price-template-start"
    ),
    path("promotions/<str:code>/stop/", promotions.StopPromotion.as_view(), name="api-promotion-stop"),
    path("emergency-prices/", templates.Uses.as_view(), name="api-emergency-prices"),
    path("emergency-prices/<int:use_id>/end/", templates.EndUse.as_view(), name="api-emergency-price-end"),
    path(
        "emergency-prices/<int:use_id>/review/",
        templates.ReviewUse.as_view(),
        name="api-emergency-price-review",
    ),
    path("prices/", prices.Prices.as_view(), name="api-prices"),
    path("prices/quote/", prices.PriceQuote.as_view(), name="api-prices-quote"),
    path("price-regions/", regions.PriceRegions.as_view(), name="api-price-regions"),
    path("price-conflicts/", conflicts.PriceConflicts.as_view(), name="api-price-conflicts"),
    path("competitor-prices/", competitors.CompetitorPrices.as_view(), name="api-competitor-prices"),
    path("override-questions/", overrides.OverrideQuestions.as_view(), name="api-override-questions"),
    path("override-questions/answers/", overrides.AnswerOverrides.as_view(), name="api-override-answers"),
    path("compliance-items/", compliance.ComplianceItems.as_view(), name="api-compliance-items"),
    path(
        "price-changes/<int:change_id>/checklist/",
        compliance.ChangeChecklist.as_view(),
        name="api-price-change-checklist",
    ),
    path("law-rules/", laws.LawRules.as_view(), name="api-law-rules"),
    path("stated-bases/", laws.StatedBases.as_view(), name="api-stated-bases"),
    path("guardrails/", guardrails.Guardrails.as_view(), name="api-guardrails"),
    path("guardrails/dry-run/", guardrails.GuardrailDryRun.as_view(), name="api-guardrail-dry-run"),
]
