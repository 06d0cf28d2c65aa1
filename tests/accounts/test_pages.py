import pytest
from django.test import Client

from accounts import queries
from accounts.models import User
from tests.accounts.builders import user

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(user("adam", "admin"), backend=BACKEND)
    return client


def test_the_list_is_filtered_by_words_and_role(admin: Client) -> None:
    user("ben", "duty")
    user("berta", "sales")
    assert admin.get("/settings/", {"q": "be", "role": "duty"}).content.count(b"data-href=") == 1
    assert admin.get("/settings/", {"q": "zzz"}).status_code == 200


def test_a_user_is_made_from_the_page(admin: Client) -> None:
    answer = admin.post(
        "/settings/users/new/", {"username": "ben", "role": "duty", "password": "corn-tidal-oxbow"}
    )
    assert answer["Location"] == f"/settings/users/{User.objects.get(username='ben').pk}/"


def test_what_is_wrong_stands_at_its_field(admin: Client) -> None:
    answer = admin.post(
        "/settings/users/new/", {"username": "adam", "role": "duty", "password": "corn-tidal-oxbow"}
    )
    assert answer.status_code == 422
    assert b"This user name is taken." in answer.content


def test_role_token_and_password_from_the_page(admin: Client) -> None:
    ben = user("ben", "duty")
    admin.post(f"/settings/users/{ben.pk}/role/", {"role": "sales", "reason": "moved"})
    shown = admin.post(f"/settings/users/{ben.pk}/tokens/", {"name": "till"}).content.decode()
    token = queries.tokens_of(ben)[0]
    assert User.objects.get(pk=ben.pk).role == "sales"
    assert token.prefix in shown and "Shown once" in shown
    admin.post(f"/settings/users/{ben.pk}/tokens/{token.pk}/revoke/")
    assert queries.tokens_of(ben)[0].revoked_at is not None


def test_finance_sees_no_settings_and_duty_no_role_form(client: Client) -> None:
    ben = user("ben", "duty")
    client.force_login(ben, backend=BACKEND)
    assert client.get("/settings/").status_code == 403
    assert client.post(f"/settings/users/{ben.pk}/role/", {"role": "admin"}).status_code == 403


def test_the_profile_enrols_with_a_qr_code_without_styles(client: Client) -> None:
    anna = user()
    client.force_login(anna, backend=BACKEND)
    client.post("/settings/profile/second-factor/")
    page = client.get("/settings/profile/").content.decode()
    assert '<svg class="qr"' in page and "style=" not in page
    assert client.post("/settings/profile/second-factor/confirm/", {"code": "1"}).status_code == 422


def test_preferences_speak_at_once(client: Client) -> None:
    client.force_login(user(), backend=BACKEND)
    client.post(
        "/settings/profile/preferences/",
        {"language": "zh-hans", "theme": "dark", "time_zone": "Asia/Shanghai"},
    )
    page = client.get("/settings/profile/").content.decode()
    assert 'lang="zh-Hans"' in page and "时区" in page


def test_a_new_password_keeps_this_session(client: Client) -> None:
    client.force_login(user(), backend=BACKEND)
    client.post("/settings/profile/password/", {"old": "steelyard-demo", "new": "corn-tidal-oxbow"})
    assert client.get("/settings/profile/").status_code == 200
    assert client.post("/settings/profile/password/", {"old": "x", "new": "y"}).status_code == 422
