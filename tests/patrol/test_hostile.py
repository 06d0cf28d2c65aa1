"""Whatever is asked of the pages of verifications or sent by their forms is answered, with a run, a case and a sample there."""

import pytest
from django.urls import URLPattern

from patrol.models import VerificationCase, VerificationSample
from tests.patrol.verification_builders import a_site, check, differs, run
from tests.whole_tree import hostile, test_routes
from tests.whole_tree.test_hostile_pages import asker, read_everything, send_everything

__all__ = ["asker"]
pytestmark = pytest.mark.django_db
ROUTES: list[tuple[str, URLPattern]] = [
    (route, pattern)
    for route, pattern in test_routes.GATED
    if ("verification" in route or "documents" in route)
    and (not route.startswith("api/") or "answer" in route or "<str:code>" in route)
]


def addresses() -> list[str]:
    """Every page's and REST address with what is there, by its own id."""
    done = run(a_site("HOS"), check(differs("q:A1")))
    ids = {
        "<int:run_id>": str(done.pk),
        "<int:case_id>": str(VerificationCase.objects.get(site=done.site).pk),
        "<int:sample_id>": str(VerificationSample.objects.filter(run=done)[0].pk)
        if done.sample.count()
        else "1",
        "<str:code>": "HOS",
    }
    found = []
    for route, _pattern in ROUTES:
        for name, value in ids.items():
            route = route.replace(name, value)
        found.append(f"/{route}")
    return found


def test_whatever_is_asked_or_sent_is_answered(asker: hostile.Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    places = addresses()
    assert len(places) >= 14
    for address in places:
        read_everything(asker, address)
        send_everything(asker, address)
    assert asker.wrong == []
