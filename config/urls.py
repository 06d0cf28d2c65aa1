"""Every app's addresses: pages from `<app>/urls.py` at the root, REST from `<app>/api_urls.py` below /api/v1/."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config import health

APPS = (
    "web",
    "audit",
    "accounts",
    "jobs",
    "catalog",
    "sales",
    "alerts",
    "approvals",
    "inventory",
    "pricing",
    "feeds",
    "patrol",
    "reports",
)


def _present(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    *[path("api/v1/", include(f"{app}.api_urls")) for app in APPS if _present(f"{app}.api_urls")],
    *[path("", include(f"{app}.urls")) for app in APPS if _present(f"{app}.urls")],
]
