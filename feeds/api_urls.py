from django.urls import path

from feeds import api

urlpatterns = [
    path("feeds/deliveries/", api.Deliveries.as_view(), name="api-deliveries"),
    path("feeds/deliveries/<int:delivery_id>/", api.DeliveryDetail.as_view(), name="api-delivery"),
    path("feeds/<slug:feed>/deliveries/", api.Deliver.as_view(), name="api-deliver"),
]
