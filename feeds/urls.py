from django.urls import path

from feeds.views import deliveries, documents

from feeds.views import mappings, uploads

urlpatterns = [
    path("feeds/documents/", documents.unmatched, name="partner-documents"),
    path("feeds/", deliveries.overview, name="feeds"),
    path("feeds/upload/", uploads.bring, name="feeds-upload"),
    path("feeds/uploads/<int:upload_id>/", uploads.upload, name="feed-upload"),
    path("feeds/<slug:name>/mappings/", mappings.mappings, name="feed-mappings"),
    path("feeds/<slug:name>/mappings/<int:mapping_id>/", mappings.mapping, name="feed-mapping"),
    path("feeds/<slug:name>/mappings/<int:mapping_id>/forget/", mappings.forget, name="feed-mapping-forget"),
    path("feeds/watch/", deliveries.watch_card, name="feeds-watch"),
    path("feeds/late/", deliveries.late, name="feeds-late"),
    path("feeds/late-count/", deliveries.late_count, name="feeds-late-count"),
    path("feeds/deliveries/<int:delivery_id>/", deliveries.delivery, name="delivery"),
    path("feeds/keys/<int:key_id>/revoke/", deliveries.revoke_key, name="feed-key-revoke"),
    path("feeds/<slug:name>/keys/", deliveries.new_key, name="feed-key-new"),
]
