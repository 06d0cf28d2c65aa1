from django.urls import path

from feeds.api import (
    channel_stock,
    deliveries,
    documents,
    holds,
    inlets,
    platform_orders,
    price_check,
    publications,
    quarantine,
    sources,
    uploads,
)

urlpatterns = [
    path("channel-stock-rules/", channel_stock.ChannelStockRules.as_view(), name="api-channel-stock-rules"),
    path(
        "channel-stock-rules/<int:rule_id>/end/",
        channel_stock.EndChannelStockRule.as_view(),
        name="api-channel-stock-rule-end",
    ),
    path(
        "publications/<slug:name>/orders/",
        platform_orders.ShopifyOrders.as_view(),
        name="api-shopify-orders",
    ),
    path("channel-stock/", channel_stock.ChannelViews.as_view(), name="api-channel-stock"),
    path("feeds/", sources.Feeds.as_view(), name="api-feeds"),
    path("feeds/inlets/", inlets.Inlets.as_view(), name="api-feed-inlets"),
    path("feeds/sources/", sources.Sources.as_view(), name="api-feed-sources"),
    path("feeds/sources/<slug:code>/keys/", sources.SourceKeys.as_view(), name="api-feed-source-keys"),
    path("feeds/keys/<int:key_id>/revoke/", sources.RevokeKey.as_view(), name="api-feed-key-revoke"),
    path("feeds/<slug:feed>/keys/", sources.FeedKeys.as_view(), name="api-feed-keys"),
    path("feeds/<slug:feed>/streams/", sources.Streams.as_view(), name="api-feed-streams"),
    path("feeds/documents/unmatched/", documents.UnmatchedDocuments.as_view(), name="api-partner-documents"),
    path("feeds/held/", holds.Held.as_view(), name="api-held"),
    path("feeds/held/<int:delivery_id>/release/", holds.ReleaseHeld.as_view(), name="api-held-release"),
    path("feeds/held/<int:delivery_id>/discard/", holds.DiscardHeld.as_view(), name="api-held-discard"),
    path("feeds/<slug:feed>/limits/", holds.HoldLimitsOfFeed.as_view(), name="api-feed-limits"),
    path("feeds/quarantine/", quarantine.Quarantine.as_view(), name="api-quarantine"),
    path("feeds/quarantine/replay/", quarantine.ReplayRows.as_view(), name="api-quarantine-replay"),
    path("feeds/quarantine/discard/", quarantine.DiscardRows.as_view(), name="api-quarantine-discard"),
    path(
        "feeds/quarantine/<int:row_id>/repair/", quarantine.RepairRow.as_view(), name="api-quarantine-repair"
    ),
    path("feeds/uploads/<int:upload_id>/", uploads.OneUpload.as_view(), name="api-feed-upload"),
    path("feeds/uploads/<int:upload_id>/check/", uploads.CheckUpload.as_view(), name="api-feed-upload-check"),
    path("feeds/uploads/<int:upload_id>/send/", uploads.SendUpload.as_view(), name="api-feed-upload-send"),
    path(
        "feeds/uploads/<int:upload_id>/discard/",
        uploads.DiscardUpload.as_view(),
        name="api-feed-upload-discard",
    ),
    path("feeds/<slug:feed>/uploads/", uploads.Uploads.as_view(), name="api-feed-uploads"),
    path("feeds/<slug:feed>/mappings/", uploads.Mappings.as_view(), name="api-feed-mappings"),
    path(
        "feeds/<slug:feed>/mappings/<int:mapping_id>/forget/",
        uploads.ForgetMapping.as_view(),
        name="api-feed-mapping-forget",
    ),
    path("feeds/deliveries/", deliveries.Deliveries.as_view(), name="api-deliveries"),
    path("feeds/deliveries/<int:delivery_id>/", deliveries.DeliveryDetail.as_view(), name="api-delivery"),
    path("feeds/<slug:feed>/deliveries/", deliveries.Deliver.as_view(), name="api-deliver"),
    path("price-check/", price_check.PriceCheck.as_view(), name="api-price-check"),
    path("publications/", publications.Publications.as_view(), name="api-publications"),
    path("publications/<slug:name>/", publications.PublicationDetail.as_view(), name="api-publication"),
    path(
        "publications/<slug:name>/items/", publications.PublishedItems.as_view(), name="api-published-items"
    ),
    path("publications/<slug:name>/publish/", publications.PublishAll.as_view(), name="api-publish-all"),
    path("publications/<slug:name>/pause/", publications.Pause.as_view(), name="api-publication-pause"),
    path("publications/<slug:name>/resume/", publications.Resume.as_view(), name="api-publication-resume"),
    path("publications/<slug:name>/test/", publications.SendTest.as_view(), name="api-publication-test"),
    path(
        "publications/<slug:name>/keys/", publications.PublicationKeys.as_view(), name="api-publication-keys"
    ),
    path(
        "publications/<slug:name>/keys/<int:key_id>/revoke/",
        publications.RevokeKey.as_view(),
        name="api-publication-key-revoke",
    ),
    path("publications/<slug:name>/dispatches/", publications.Dispatches.as_view(), name="api-dispatches"),
    path("dispatches/<int:dispatch_id>/", publications.DispatchDetail.as_view(), name="api-dispatch"),
]
