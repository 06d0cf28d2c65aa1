from django.urls import path

from feeds import views

urlpatterns = [
    path("feeds/", views.overview, name="feeds"),
    path("feeds/upload/", views.upload, name="feeds-upload"),
    path("feeds/watch/", views.watch_card, name="feeds-watch"),
    path("feeds/late/", views.late, name="feeds-late"),
    path("feeds/late-count/", views.late_count, name="feeds-late-count"),
    path("feeds/deliveries/<int:delivery_id>/", views.delivery, name="delivery"),
    path("feeds/keys/<int:key_id>/revoke/", views.revoke_key, name="feed-key-revoke"),
    path("feeds/<slug:name>/keys/", views.new_key, name="feed-key-new"),
]
