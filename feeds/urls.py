from django.urls import path

from feeds.views import deliveries, documents

urlpatterns = [
    path("feeds/documents/", documents.unmatched, name="partner-documents"),
    path("feeds/", deliveries.overview, name="feeds"),
    path("feeds/upload/", deliveries.upload, name="feeds-upload"),
    path("feeds/watch/", deliveries.watch_card, name="feeds-watch"),
    path("feeds/late/", deliveries.late, name="feeds-late"),
    path("feeds/late-count/", deliveries.late_count, name="feeds-late-count"),
    path("feeds/deliveries/<int:delivery_id>/", deliveries.delivery, name="delivery"),
    path("feeds/keys/<int:key_id>/revoke/", deliveries.revoke_key, name="feed-key-revoke"),
    path("feeds/<slug:name>/keys/", deliveries.new_key, name="feed-key-new"),
]
