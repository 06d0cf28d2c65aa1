"""Goods at customs and bundles are looked at; a round is signed only as far as its signer sees."""

from datetime import timedelta

import pytest
from django.db import connection

from audit.models import Event
from catalog.models import Scope
from inventory import checks
from lib import clock
from lib.checks import Finding
from lib.faults import Faults
from patrol import actions
from patrol.models import Round, RoundFinding
from tests.approvals.builders import a_user, actor_of
from tests.inventory.builders import AT, line, make_product, make_site, post, receive
from tests.inventory.customs_builders import declared, make_port
from tests.inventory.test_bundles import bill
from tests.patrol.test_rounds import a_round

pytestmark = pytest.mark.django_db


def test_what_is_late_at_customs_is_found() -> None:
    make_port()
    made = declared()
    assert checks.late_at_customs(clock.now()) == []
    (one,) = checks.late_at_customs(clock.now() + timedelta(days=2))
    assert (one.key, one.site_id) == (f"customs_arrival:{made.pk}", made.site_id)


@pytest.fixture
def gift() -> None:
    site = make_site("LON")
    for sku in ("GIFT", "CUP"):
        make_product(sku)
    receive("CUP", quantity="3", cost="3")
    bill("GIFT", ("CUP", "1"))
    assert site.pk


@pytest.mark.usefixtures("gift")
def test_a_bundle_that_sells_and_cannot_be_made_up_is_found() -> None:
    post("sale", line("GIFT", "LON", "customer", "2", unit_price="12"))
    assert checks.bundles(AT) == []
    post("sale", line("GIFT", "LON", "customer", "1", unit_price="12"), reference="again")
    (one,) = checks.bundles(AT)
    assert (one.code, one.detail) == ("bundles_out", "GIFT (CUP)")
    assert checks.bundles(AT + timedelta(days=40)) == []


@pytest.mark.usefixtures("gift")
def test_a_bundle_that_holds_stock_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_balance SET product_id = (SELECT id FROM catalog_product WHERE sku = 'GIFT')"
        )
    (one,) = checks.bundles(AT)
    assert (one.code, one.detail) == ("bundles_stocked", "GIFT")


def test_notes_of_sites_the_signer_does_not_see_are_left() -> None:
    here, there = make_site("LON"), make_site("DUB")

    def notes(at: object) -> list[Finding]:
        return [
            Finding(f"n:{site.code}", "low", "note", f"low at {site.code}", site_id=site.pk)
            for site in (here, there)
        ]

    round_ = a_round(notes)
    user = a_user("dora", "duty")
    Scope.objects.create(user=user, site=here)
    dora = actor_of(user)
    assert actions.sign_round(actor=dora, round_id=round_.pk).state == "to_sign"
    assert list(RoundFinding.objects.filter(signed_at=None).values_list("key", flat=True)) == ["n:DUB"]
    assert Event.objects.get(kind="finding.signed").site_ids == [here.pk]
    with pytest.raises(Faults) as refused:
        actions.sign_round(actor=dora, round_id=round_.pk)
    assert refused.value.faults[0].code == "notes_elsewhere"
    other = a_user("emma", "duty")
    Scope.objects.create(user=other)
    assert actions.sign_round(actor=actor_of(other), round_id=round_.pk).state == "signed"
    assert Round.objects.get(pk=round_.pk).signed_by_id == other.pk
