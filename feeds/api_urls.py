from django.urls import path

from feeds.api import deliveries, documents

urlpatterns = [
    path("feeds/documents/unmatched/", documents.UnmatchedDocuments.as_view(), name="api-partner-documents"),
    path("feeds/deliveries/", deliveries.Deliveries.as_view(), name="api-deliveries"),
    path("feeds/deliveries/<int:delivery_id>/", deliveries.DeliveryDetail.as_view(), name="api-delivery"),
    path("feeds/<slug:feed>/deliveries/", deliveries.Deliver.as_view(), name="api-deliver"),
]
