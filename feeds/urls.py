from django.urls import path

from feeds.views import channel_stock, deliveries, documents

from feeds.views import mappings, uploads
from feeds.views import price_check, publications
from feeds.views import quarantine

urlpatterns = [
    path("stock/channels/", channel_stock.rules, name="channel-stock"),
    path("stock/channels/save/", channel_stock.save, name="channel-stock-save"),
    path("stock/channels/<int:rule_id>/end/", channel_stock.end, name="channel-stock-end"),
    path("feeds/publications/", publications.board, name="publications"),
    path("feeds/publications/new/", publications.new, name="publication-new"),
    path("feeds/publications/<slug:name>/", publications.publication, name="publication"),
    path("feeds/publications/<slug:name>/edit/", publications.edit, name="publication-edit"),
    path("feeds/publications/<slug:name>/keys/", publications.new_key, name="publication-key-new"),
    path(
        "feeds/publications/<slug:name>/keys/<int:key_id>/revoke/",
        publications.revoke_key,
        name="publication-key-revoke",
    ),
    path(
        "feeds/publications/<slug:name>/publish/",
        publications.act,
        {"verb": "publish"},
        name="publication-publish",
    ),
    path(
        "feeds/publications/<slug:name>/pause/", publications.act, {"verb": "pause"}, name="publication-pause"
    ),
    path(
        "feeds/publications/<slug:name>/resume/",
        publications.act,
        {"verb": "resume"},
        name="publication-resume",
    ),
    path("feeds/publications/<slug:name>/test/", publications.act, {"verb": "test"}, name="publication-test"),
    path("feeds/dispatches/<int:dispatch_id>/", publications.dispatch, name="dispatch"),
    path("feeds/dispatches/<int:dispatch_id>/file/", publications.dispatch_file, name="dispatch-file"),
    path("feeds/price-check/", price_check.price_check, name="price-check"),
    path("feeds/documents/", documents.unmatched, name="partner-documents"),
    path("feeds/", deliveries.overview, name="feeds"),
    path("feeds/quarantine/", quarantine.quarantine, name="quarantine"),
    path("feeds/quarantine/replay/", quarantine.replay, name="quarantine-replay"),
    path("feeds/quarantine/discard/", quarantine.discard, name="quarantine-discard"),
    path("feeds/quarantine/<int:row_id>/", quarantine.row, name="quarantine-row"),
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
