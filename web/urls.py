"""Addresses of the frame itself; every app brings its own pages."""

from django.urls import path

from web import views

urlpatterns = [
    path("i18n/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("search/", views.search, name="search"),
    path("files/<int:attachment_id>/", views.stored_file, name="stored-file"),
    path("settings/components/", views.components, name="components"),
]
