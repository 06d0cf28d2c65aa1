"""A site with stock and checks that find what a test wants."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from accounts.models import User
from catalog.models import Product, Scope, Site
from lib.actors import Actor, job
from lib.verifications import Compared, Differs
from patrol import actions
from patrol.models import VerificationRun
from patrol.verification_checks import Compare, VerificationCheckListed
from tests.approvals.builders import a_user, actor_of
from tests.inventory.builders import make_product, make_site, receive

VERIFY = job("patrol.verify")
SLOT = datetime(2026, 11, 20, 14, tzinfo=UTC)
AT = SLOT + timedelta(minutes=1)


def a_site(code: str = "LON", goods: int = 4) -> Site:
    """A store with some goods that came this morning."""
    site = make_site(code)
    for number in range(goods):
        if not Product.objects.filter(sku=f"A{number}").exists():
            make_product(f"A{number}")
        receive(f"A{number}", code, "10", reference=f"GR-{code}-{number}")
    return site


def differs(key: str, class_code: str = "quantity", **fields: object) -> Differs:
    given = {
        "title": f"{key} differs",
        "sku": key.partition(":")[2],
        "ours": Decimal(5),
        "theirs": Decimal(3),
        **fields,
    }
    return Differs(key=key, class_code=class_code, **given)  # type: ignore[arg-type]


def check(
    *differences: Differs, lines: int = 1000, name: str = "feeds.sales", **listed: object
) -> VerificationCheckListed:
    """A check that finds just these."""
    settled = sum(one.is_settled for one in differences)
    found = Compared(lines, len(differences), settled, differences, complete_to=SLOT)
    return VerificationCheckListed(name, name, lambda asked: found, **listed)  # type: ignore[arg-type]


def broken(asked: Compare) -> Compared:
    raise ZeroDivisionError("no such luck")


def run(site: Site, *checks: VerificationCheckListed, slots_later: int = 0) -> VerificationRun:
    later = timedelta(hours=8 * slots_later)
    return actions.run_verification(actor=VERIFY, site=site, slot=SLOT + later, at=AT + later, checks=checks)


def a_person(role: str = "duty", site: Site | None = None, name: str = "") -> Actor:
    return actor_of(with_scope(a_user(name or role, role), site))


def with_scope(user: User, site: Site | None = None) -> User:
    Scope.objects.create(user=user, site=site, valid_from=AT - timedelta(days=30))
    return user
