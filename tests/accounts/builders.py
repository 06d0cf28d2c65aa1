"""Users with literal defaults; the password is cheap to check in tests."""

from accounts.actions import create_token, create_user
from accounts.models import User
from catalog.models import Scope
from lib.actors import Actor, system

PASSWORD = "steelyard-demo"


def user(username: str = "anna", role: str = "finance", everywhere: bool = True) -> User:
    made = create_user(actor=system("test"), username=username, role=role, password=PASSWORD)
    if everywhere:
        Scope.objects.create(user=made)
    return made


def actor(username: str = "anna", role: str = "finance") -> Actor:
    return user(username, role).as_actor()


def bearer(of: User) -> dict[str, str]:
    """Headers of a REST call of this user."""
    return {"Authorization": f"Bearer {create_token(actor=of.as_actor(), user=of)}"}
