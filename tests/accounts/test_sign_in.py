from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions, queries
from accounts.models import User
from audit.models import Event
from lib import clock
from tests.accounts.builders import PASSWORD, actor, bearer, user

pytestmark = pytest.mark.django_db
ME = "/api/v1/audit/events/"


def sign_in(client: Client, username: str = "anna", password: str = PASSWORD, **more: str) -> int:
    answer = client.post("/sign-in/", {"username": username, "password": password, **more})
    client.answer = answer  # type: ignore[attr-defined]
    return answer.status_code


def is_in(client: Client) -> bool:
    return client.get("/settings/profile/").status_code == 200


def test_in_and_out_are_recorded(client: Client) -> None:
    user()
    assert sign_in(client) == 302 and is_in(client)
    client.post("/sign-out/")
    assert not is_in(client)
    kinds = Event.objects.filter(kind__startswith="user.signed").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["user.signed_in", "user.signed_out"]


def test_a_stranger_is_sent_to_sign_in_and_back(client: Client) -> None:
    user()
    assert client.get("/trail/?kind=x")["Location"] == "/sign-in/?next=%2Ftrail%2F%3Fkind%3Dx"
    sign_in(client, next="/trail/?kind=x")
    assert client.answer["Location"] == "/trail/?kind=x"  # type: ignore[attr-defined]


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_never_leads_away(client: Client, onward: str) -> None:
    user()
    sign_in(client, next=onward)
    assert client.answer["Location"] == "/"  # type: ignore[attr-defined]


def test_a_wrong_password_is_refused_recorded_and_says_nothing_of_the_name(client: Client) -> None:
    user()
    assert sign_in(client, "anna", "wrong") == 422
    wrong = client.answer.content  # type: ignore[attr-defined]
    assert sign_in(client, "nobody", "wrong") == 422
    assert b"wrong" in wrong and b"anna" in wrong
    assert Event.objects.filter(kind="user.sign_in_refused").count() == 2


def test_the_fifth_wrong_password_locks_name_and_address_and_says_how_long(client: Client) -> None:
    user()
    statuses = [sign_in(client, "anna", "wrong") for _ in range(5)]
    assert statuses == [422] * 4 + [429]
    assert "Try again in 14" in client.answer.content.decode()  # type: ignore[attr-defined]
    assert sign_in(client) == 429
    assert (
        Client(REMOTE_ADDR="10.0.0.9")
        .post("/sign-in/", {"username": "anna", "password": PASSWORD})
        .status_code
        == 302
    )


def test_an_idle_session_ends_and_so_does_an_old_one(client: Client) -> None:
    user()
    sign_in(client)
    start = clock.now()
    with clock.frozen(start + timedelta(seconds=settings.SESSION_IDLE_S - 5)):
        assert is_in(client)
    with clock.frozen(start + timedelta(seconds=2 * settings.SESSION_IDLE_S + 5)):
        assert not is_in(client)


def test_no_use_keeps_a_session_beyond_its_age(client: Client) -> None:
    user()
    sign_in(client)
    start, hours = clock.now(), settings.SESSION_COOKIE_AGE // 3600
    for hour in range(1, hours):
        with clock.frozen(start + timedelta(hours=hour)):
            assert is_in(client)
    with clock.frozen(start + timedelta(hours=hours, seconds=5)):
        assert not is_in(client)


def test_switching_off_and_a_new_password_end_open_sessions(client: Client) -> None:
    anna, admin = user(), actor("adam", "admin")
    sign_in(client)
    actions.set_active(actor=admin, user_id=anna.pk, active=False)
    assert not is_in(client) and sign_in(client) == 422
    actions.set_active(actor=admin, user_id=anna.pk, active=True)
    sign_in(client)
    actions.reset_password(actor=admin, user_id=anna.pk)
    assert not is_in(client)


def code_now(person: User) -> str:
    device = TOTPDevice.objects.get(user_id=person.pk)
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift):06d}"


def enrolled() -> tuple[User, list[str]]:
    anna = user()
    actions.begin_enrolment(actor=anna.as_actor())
    codes = actions.confirm_enrolment(actor=anna.as_actor(), code=code_now(anna))
    TOTPDevice.objects.filter(user_id=anna.pk).update(last_t=-1)
    return anna, codes


def test_with_a_second_factor_the_password_alone_is_not_enough(client: Client) -> None:
    anna, _codes = enrolled()
    sign_in(client)
    assert client.answer["Location"] == "/sign-in/code/" and not is_in(client)  # type: ignore[attr-defined]
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 422
    TOTPDevice.objects.filter(user_id=anna.pk).update(throttling_failure_count=0)
    assert client.post("/sign-in/code/", {"code": code_now(anna)}).status_code == 302
    assert is_in(client)


def test_a_backup_code_is_good_once(client: Client) -> None:
    anna, codes = enrolled()
    sign_in(client)
    assert client.post("/sign-in/code/", {"code": codes[0]}).status_code == 302
    assert (queries.backup_codes_left(anna), len(codes)) == (9, 10)
    client.post("/sign-out/")
    sign_in(client)
    assert client.post("/sign-in/code/", {"code": codes[0]}).status_code == 422


def test_the_code_must_come_within_five_minutes_of_the_password(client: Client) -> None:
    anna, _codes = enrolled()
    sign_in(client)
    with clock.frozen(clock.now() + timedelta(minutes=5, seconds=1)):
        assert client.post("/sign-in/code/", {"code": code_now(anna)})["Location"] == "/sign-in/"


def test_the_code_page_without_a_password_leads_back(client: Client) -> None:
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"


def test_tokens_and_pages_over_rest(client: Client) -> None:
    anna = user()
    assert client.get(ME).status_code == 401
    assert client.get(ME, headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert client.get(ME, headers={"Authorization": "Bearer"}).status_code == 401
    assert client.get(ME, headers=bearer(anna)).status_code == 200
    sign_in(client)
    assert client.get(ME).status_code == 200


def test_a_page_posts_over_rest_only_with_its_csrf_token() -> None:
    user()
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/audit/exports/", {}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_a_request_has_an_id_the_callers_own_when_it_is_a_plain_word(client: Client) -> None:
    assert client.get("/sign-in/", headers={"X-Request-ID": "till-7.1"})["X-Request-ID"] == "till-7.1"
    assert len(client.get("/sign-in/", headers={"X-Request-ID": "a b<"})["X-Request-ID"]) == 32


def test_create_token_prints_only_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    anna = user()
    call_command("create_token", "anna")
    found = queries.token_by_secret(capsys.readouterr().out.strip())
    assert found is not None and found.user == anna
    with pytest.raises(CommandError):
        call_command("create_token", "nobody")


def test_what_a_page_fetches_by_itself_is_no_use(client: Client) -> None:
    user()
    sign_in(client)
    start = clock.now()
    with clock.frozen(start + timedelta(seconds=settings.SESSION_IDLE_S - 60)):
        assert client.get("/trail/seal-status/", headers={"HX-Request": "true"}).status_code == 200
    with clock.frozen(start + timedelta(seconds=settings.SESSION_IDLE_S + 60)):
        answer = client.get(
            "/trail/seal-status/",
            headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/trail/?kind=x"},
        )
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/?next=%2Ftrail%2F%3Fkind%3Dx")


def test_behind_a_proxy_the_last_hop_is_who_asks(client: Client, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    user()
    client.post(
        "/sign-in/",
        {"username": "anna", "password": PASSWORD},
        headers={"X-Forwarded-For": "6.6.6.6, 10.1.2.3"},
    )
    assert Event.objects.get(kind="user.signed_in").address == "10.1.2.3"
