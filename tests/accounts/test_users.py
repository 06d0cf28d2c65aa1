import threading

import pytest
from django.db import IntegrityError, connections, transaction

from accounts import actions, queries
from accounts.models import User
from accounts.permissions import ROLES, permissions_of
from audit.models import Event
from lib.actors import system
from lib.faults import Faults
from tests.accounts.builders import actor, user

SEED = system("test")


def code_of(refused: "pytest.ExceptionInfo[Faults]") -> tuple[str, int]:
    return refused.value.faults[0].code, refused.value.status


@pytest.mark.django_db
def test_a_user_is_made_and_recorded_without_the_password() -> None:
    made = user("ben", "duty")
    event = Event.objects.get(kind="user.created")
    assert (event.subject, event.after) == (
        f"user:{made.pk}",
        {"username": "ben", "role": "duty", "display_name": ""},
    )
    assert not hasattr(made.history.get(), "password")


@pytest.mark.django_db
def test_all_faults_of_a_new_user_come_together() -> None:
    with pytest.raises(Faults) as refused:
        actions.create_user(actor=SEED, username="a b", role="king", password="123")
    assert {fault.pointer for fault in refused.value.faults} == {"/username", "/role", "/password"}


@pytest.mark.django_db
def test_a_name_is_taken_once() -> None:
    user("ben", "duty")
    with pytest.raises(Faults) as refused:
        user("ben", "sales")
    assert code_of(refused) == ("duplicate_user", 409)


@pytest.mark.django_db
def test_an_unknown_role_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="accounts_user_role_known"), transaction.atomic():
        User.objects.create(username="x", role="king")


@pytest.mark.django_db
def test_only_who_manages_users_makes_them() -> None:
    with pytest.raises(Faults) as refused:
        actions.create_user(actor=actor("finn", "finance"), username="x", role="duty")
    assert code_of(refused) == ("not_allowed", 403)


@pytest.mark.django_db
def test_a_role_is_changed_and_recorded_with_before_and_after() -> None:
    admin, ben = actor("adam", "admin"), user("ben", "duty")
    actions.set_role(actor=admin, user_id=ben.pk, role="finance", reason="moved")
    event = Event.objects.get(kind="user.role_changed")
    assert (event.before, event.after, event.reason) == ({"role": "duty"}, {"role": "finance"}, "moved")
    assert [row.role for row in ben.history.order_by("history_id")] == ["duty", "finance"]


@pytest.mark.django_db
def test_nobody_changes_his_own_role_or_switches_himself_off() -> None:
    admin = actor("adam", "admin")
    with pytest.raises(Faults) as refused:
        actions.set_role(actor=admin, user_id=admin.id or 0, role="finance")
    assert code_of(refused) == ("own_role", 403)
    with pytest.raises(Faults) as refused:
        actions.set_active(actor=admin, user_id=admin.id or 0, active=False)
    assert code_of(refused) == ("own_account", 403)


def test_two_administrators_who_demote_each_other_leave_one(cloned_db: str) -> None:
    pair = [actor("adam", "admin"), actor("eve", "admin")]
    barrier, outcomes = threading.Barrier(2), []

    def demote(me: int) -> None:
        barrier.wait()
        try:
            actions.set_role(actor=pair[me], user_id=pair[1 - me].id or 0, role="sales")
            outcomes.append("done")
        except Faults as refused:
            outcomes.append(refused.faults[0].code)
        connections.close_all()

    threads = [threading.Thread(target=demote, args=(me,)) for me in (0, 1)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(outcomes) == ["done", "not_allowed"]
    assert User.objects.filter(role="admin").count() == 1


@pytest.mark.django_db
def test_a_token_is_stored_as_a_hash_and_ends_with_revocation_or_its_user() -> None:
    ben = user("ben", "duty")
    secret = actions.create_token(actor=ben.as_actor(), user=ben, name="till")
    token = queries.token_by_secret(secret)
    assert token is not None and secret not in (token.sha256, token.prefix)
    actions.revoke_token(actor=ben.as_actor(), token_id=token.pk)
    assert queries.token_by_secret(secret) is None
    second = actions.create_token(actor=ben.as_actor(), user=ben)
    actions.set_active(actor=actor("adam", "admin"), user_id=ben.pk, active=False)
    assert queries.token_by_secret(second) is None


@pytest.mark.django_db
def test_anothers_token_is_not_mine_to_make_or_revoke() -> None:
    ben, eve = user("ben", "duty"), actor("eve", "sales")
    actions.create_token(actor=ben.as_actor(), user=ben)
    with pytest.raises(Faults):
        actions.create_token(actor=eve, user=ben)
    with pytest.raises(Faults):
        actions.revoke_token(actor=eve, token_id=queries.tokens_of(ben)[0].pk)


@pytest.mark.django_db
def test_ones_own_password_needs_the_old_one() -> None:
    ben = user("ben", "duty")
    with pytest.raises(Faults) as refused:
        actions.change_password(actor=ben.as_actor(), old="wrong", new="short")
    assert {fault.pointer for fault in refused.value.faults} == {"/old", "/new"}
    changed = actions.change_password(actor=ben.as_actor(), old="steelyard-demo", new="corn-tidal-oxbow")
    assert changed.check_password("corn-tidal-oxbow")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [{"language": "xx"}, {"theme": "pink"}, {"time_zone": "Mars/Base"}, {"role": "admin"}]
)
def test_preferences_have_choices(change: dict[str, str]) -> None:
    ben = user("ben", "duty")
    with pytest.raises(Faults):
        actions.set_preferences(actor=ben.as_actor(), changes=change)
    actions.set_preferences(
        actor=ben.as_actor(), changes={"language": "zh-hans", "time_zone": "Asia/Shanghai"}
    )
    assert queries.users_by_ids([ben.pk])[ben.pk].time_zone == "Asia/Shanghai"


def test_roles_and_permissions_are_those_of_the_table() -> None:
    assert set(ROLES) == set(
        User._meta.get_field("role").choices and dict(User._meta.get_field("role").choices or ())
    )
    assert permissions_of("king") == frozenset()
    assert all(codes <= ROLES["admin"] for codes in ROLES.values())
