"""Every app's addresses: pages from `<app>/urls.py` at the root, REST from `<app>/api_urls.py` below /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config import health
from config.api_docs import api_docs

WITH_REST = ("audit", "catalog", "alerts", "approvals", "inventory", "pricing", "finance", "feeds", "patrol")
WITH_PAGES = (
    "web",
    "audit",
    "accounts",
    "jobs",
    "catalog",
    "alerts",
    "approvals",
    "inventory",
    "pricing",
    "finance",
    "feeds",
    "patrol",
    "reports",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/docs/", api_docs, name="api-docs"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    *[path("api/v1/", include(f"{app}.api_urls")) for app in WITH_REST],
    *[path("", include(f"{app}.urls")) for app in WITH_PAGES],
]

handler400 = "web.errors.bad_request"
handler404 = "web.errors.not_found"
handler500 = "web.errors.server_error"
