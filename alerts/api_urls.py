from django.urls import path

from alerts import api

urlpatterns = [
    path("alerts/", api.Alerts.as_view(), name="api-alerts"),
    path("alerts/<int:alert_id>/acknowledge/", api.AcknowledgeAlert.as_view(), name="api-alert-acknowledge"),
    path("incidents/", api.Incidents.as_view(), name="api-incidents"),
    path("incidents/<int:incident_id>/", api.IncidentDetail.as_view(), name="api-incident"),
    path("incidents/<int:incident_id>/take/", api.TakeIncident.as_view(), name="api-incident-take"),
    path(
        "incidents/<int:incident_id>/steps/<int:number>/done/",
        api.CompleteStep.as_view(),
        name="api-incident-step",
    ),
    path("incidents/<int:incident_id>/close/", api.CloseIncident.as_view(), name="api-incident-close"),
]
