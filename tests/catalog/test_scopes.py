"""Who sees which sites, and who may change that."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import RequestFactory

from audit.models import Event
from catalog import access, actions
from catalog.actions.scopes import ScopeDraft
from catalog.middleware import ScopeMiddleware
from catalog.models import Scope, Site
from lib.actors import Actor, job
from lib.faults import Faults
from tests.catalog.builders import SETUP, actor_of, scope, site, user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def sites() -> dict[str, Site]:
    return {
        "LON-1": site(),
        "LON-2": site(code="LON-2"),
        "BER-1": site(code="BER-1", region="EU", country="DE", currency="EUR", timezone="Europe/Berlin"),
    }


def seen(actor: Actor, at: datetime | None = None) -> set[str]:
    return set(access.visible_sites(actor, at).values_list("code", flat=True))


def test_without_a_scope_one_sees_nothing(sites: dict[str, Site]) -> None:
    actor = actor_of(user())
    assert seen(actor) == set()
    assert access.visible_site_ids_or_all(actor) == frozenset()
    with pytest.raises(Http404):
        access.access_site(actor, "LON-1")


def test_region_site_and_everything(sites: dict[str, Site]) -> None:
    person = user()
    scope(person, region=sites["BER-1"].region)
    assert seen(actor_of(person)) == {"BER-1"}
    scope(person, site=sites["LON-2"])
    assert seen(actor_of(person)) == {"BER-1", "LON-2"}
    scope(person)
    assert access.visible_site_ids_or_all(actor_of(person)) is None


def test_jobs_see_all_and_strangers_none(sites: dict[str, Site]) -> None:
    assert seen(job("x")) == set(sites)
    request = RequestFactory().get("/")
    ScopeMiddleware(lambda r: None)(request)  # type: ignore[arg-type, return-value]
    assert request.visible_site_ids() == frozenset()
    request.actor = job("x")
    assert request.visible_site_ids() is None


@pytest.mark.parametrize(("hours", "visible"), [(-1, False), (0, True), (23, True), (24, False)])
def test_a_scope_counts_from_its_beginning_to_before_its_end(
    sites: dict[str, Site], hours: int, visible: bool
) -> None:
    person = user()
    scope(person, site=sites["LON-1"], valid_from=NOW, valid_until=NOW + timedelta(days=1))
    assert (seen(actor_of(person), NOW + timedelta(hours=hours)) == {"LON-1"}) is visible


def test_grant_and_revoke_are_recorded(sites: dict[str, Site]) -> None:
    person = user("bo", "stock_clerk")
    granted = actions.grant_scope(actor=SETUP, draft=ScopeDraft(person.pk, site="LON-1"), reason="new here")
    assert seen(actor_of(person)) == {"LON-1"}
    actions.revoke_scope(actor=SETUP, scope_id=granted.pk)
    assert seen(actor_of(person)) == set()
    events = Event.objects.filter(subject=f"user:{person.pk}").order_by("id")
    assert [event.kind for event in events] == ["scope.granted", "scope.revoked"]


def refused(actor: Actor, draft: ScopeDraft) -> tuple[int, list[str]]:
    with pytest.raises(Faults) as caught:
        actions.grant_scope(actor=actor, draft=draft)
    return caught.value.status, [fault.code for fault in caught.value.faults]


def test_refusals_of_a_grant(sites: dict[str, Site]) -> None:
    admin, other = user(), user("bo", "sales")
    scope(admin, region=sites["LON-1"].region)
    actor = actor_of(admin)
    assert refused(actor, ScopeDraft(admin.pk)) == (403, ["own_scope"])
    assert refused(actor_of(other), ScopeDraft(admin.pk)) == (403, ["not_allowed"])
    assert refused(actor, ScopeDraft(other.pk)) == (403, ["outside_scope"])
    assert refused(actor, ScopeDraft(other.pk, site="BER-1")) == (403, ["outside_scope"])
    assert refused(actor, ScopeDraft(other.pk, region="NO", site="NO")) == (
        422,
        ["region_or_site", "unknown_region", "unknown_site"],
    )
    assert refused(actor, ScopeDraft(other.pk, site="LON-1", valid_from=NOW, valid_until=NOW)) == (
        422,
        ["invalid_range"],
    )
    assert refused(SETUP, ScopeDraft(0)) == (422, ["unknown_user"])


def test_refusals_of_a_revocation(sites: dict[str, Site]) -> None:
    admin = user()
    own = scope(admin)
    with pytest.raises(Faults) as caught:
        actions.revoke_scope(actor=actor_of(admin), scope_id=own.pk)
    assert caught.value.status == 403
    actions.revoke_scope(actor=SETUP, scope_id=own.pk)
    for scope_id, status in ((own.pk, 409), (0, 404)):
        with pytest.raises(Faults) as caught:
            actions.revoke_scope(actor=SETUP, scope_id=scope_id)
        assert caught.value.status == status


def test_the_database_refuses_region_and_site_in_one(sites: dict[str, Site]) -> None:
    with pytest.raises(IntegrityError, match="catalog_scope_region_or_site"), transaction.atomic():
        Scope.objects.create(user=user(), site=sites["LON-1"], region=sites["LON-1"].region)
