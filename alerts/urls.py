from django.urls import path

from alerts.views import incidents, watch

urlpatterns = [
    path("watch/", watch.board, name="watch"),
    path("watch/handover/", watch.strip_fragment, name="watch-handover"),
    path("watch/open-incidents/", watch.incidents_fragment, name="watch-incidents"),
    path("watch/roster-card/", watch.roster_fragment, name="watch-roster-card"),
    path("watch/roster/", watch.roster, name="watch-roster"),
    path("watch/roster/<int:shift_id>/remove/", watch.remove_shift, name="watch-shift-remove"),
    path("watch/take-over/", watch.take_over, name="watch-take-over"),
    path("watch/alerts/", watch.alerts_page, name="watch-alerts"),
    path("watch/alerts/<int:alert_id>/acknowledge/", watch.acknowledge, name="watch-alert-acknowledge"),
    path("watch/badge/", watch.badge, name="watch-badge"),
    path("watch/bell/", watch.bell, name="watch-bell"),
    path("watch/strip/", watch.major_strip, name="watch-strip"),
    path("watch/duty/", watch.duty, name="watch-duty"),
    path("watch/search/", watch.search, name="watch-search"),
    path("watch/newest/", watch.newest, name="watch-newest"),
    path("watch/incidents/", incidents.history, name="incidents"),
    path("watch/incidents/open/", incidents.open_by_hand, name="incident-open"),
    path("watch/incidents/<int:incident_id>/", incidents.detail, name="incident"),
    path("watch/incidents/<int:incident_id>/take/", incidents.take, name="incident-take"),
    path("watch/incidents/<int:incident_id>/steps/<int:number>/", incidents.step, name="incident-step"),
    path("watch/incidents/<int:incident_id>/tell/", incidents.tell, name="incident-tell"),
    path("watch/incidents/<int:incident_id>/confirm/", incidents.confirm, name="incident-confirm"),
    path("watch/incidents/<int:incident_id>/regrade/", incidents.regrade, name="incident-regrade"),
    path("watch/incidents/<int:incident_id>/note/", incidents.note, name="incident-note"),
    path("watch/incidents/<int:incident_id>/close/", incidents.close, name="incident-close"),
]
