from django.urls import path

from feeds.api import deliveries, documents, sources

urlpatterns = [
    path("feeds/", sources.Feeds.as_view(), name="api-feeds"),
    path("feeds/sources/", sources.Sources.as_view(), name="api-feed-sources"),
    path("feeds/sources/<slug:code>/keys/", sources.SourceKeys.as_view(), name="api-feed-source-keys"),
    path("feeds/keys/<int:key_id>/revoke/", sources.RevokeKey.as_view(), name="api-feed-key-revoke"),
    path("feeds/<slug:feed>/keys/", sources.FeedKeys.as_view(), name="api-feed-keys"),
    path("feeds/<slug:feed>/streams/", sources.Streams.as_view(), name="api-feed-streams"),
    path("feeds/documents/unmatched/", documents.UnmatchedDocuments.as_view(), name="api-partner-documents"),
    path("feeds/deliveries/", deliveries.Deliveries.as_view(), name="api-deliveries"),
    path("feeds/deliveries/<int:delivery_id>/", deliveries.DeliveryDetail.as_view(), name="api-delivery"),
    path("feeds/<slug:feed>/deliveries/", deliveries.Deliver.as_view(), name="api-deliver"),
]
