"""Addresses of jobs' fragments."""

from django.urls import path

from jobs import views

urlpatterns = [path("jobs/board/", views.board, name="jobs_board")]
