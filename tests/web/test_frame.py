"""The frame: what a role may not do is not shown; language, theme and search; error pages without a context."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from accounts.models import User
from accounts.permissions import ROLES
from lib.actors import Actor
from web import frame, people
from web.search import groups_of


def asked_by(role: str | None, path: str = "/prices/", **cookies: str) -> Any:
    request: Any = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    request.actor = None if role is None else Actor("user", 1, "A", ROLES[role])
    return request


def codes(request: Any) -> list[str]:
    return [entry.code for entry in frame.rail_entries(request)]


def test_an_administrator_sees_every_entry_once() -> None:
    assert codes(asked_by("admin")) == [
        "today", "prices", "stock", "approvals", "watch", "finance", "trail", "settings",
    ]  # fmt: skip


def test_what_a_role_may_not_do_is_not_shown() -> None:
    assert codes(asked_by("site_staff")) == ["today", "prices", "stock"]
    assert codes(asked_by(None)) == []


def test_settings_lead_to_the_first_page_one_may_see() -> None:
    entry = frame.rail_entries(asked_by("price_manager"))[-1]
    assert entry.url == "/settings/policies/"


def test_the_bottom_bar_takes_four_and_the_rest_stands_under_more() -> None:
    shown = frame.frame(asked_by("admin"))["frame"]
    assert [entry.code for entry in shown["bottom"]] == ["today", "stock", "approvals", "watch"]
    assert [entry.code for entry in shown["more"]] == ["prices", "finance", "trail", "settings"]


@pytest.mark.parametrize(("path", "section"), [("/", "today"), ("/stock/products/22423/", "stock")])
def test_the_section_is_the_first_part_of_the_address(path: str, section: str) -> None:
    assert frame.section_of(path) == section


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("", "auto"), ("<b>", "auto")])
def test_theme_before_sign_in_is_the_cookies(cookie: str, theme: str) -> None:
    assert frame.theme_of(asked_by(None, **{frame.THEME_COOKIE: cookie})) == theme


def test_a_zone_that_does_not_exist_falls_back_to_utc() -> None:
    request = asked_by("admin")
    request.user = type("User", (), {"time_zone": "Nowhere/Land"})()
    assert frame.zone_clock(request)["is_utc"] is True


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Amy Whitcombe", "AW"), ("陈思远", "陈"), ("clerk.price", "CP"), ("Administrator", "AD"), ("", "?")],
)
def test_initials(name: str, initials: str) -> None:
    assert people.initials_of(name) == initials


def test_search_asks_only_what_one_may_see() -> None:
    asked = [
        str(title) for title, _url in groups_of(asked_by("site_staff"), "cake", with_actions=False).sources
    ]
    assert asked == ["Products", "Prices", "Price changes"]


def test_search_for_one_letter_asks_nobody_but_one_chinese_character_does() -> None:
    assert groups_of(asked_by("admin"), "c", with_actions=False).sources == []
    assert len(groups_of(asked_by("admin"), "茶", with_actions=False).sources) > 3


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_no_context_and_say_what_was_kept(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert "Nothing was changed" in html or "not carried out" in html
    with translation.override("zh-hans"):
        assert "未做任何更改" in (chinese := render_to_string(f"{name}.html")) or "完全没有执行" in chinese


@pytest.fixture
def signed_in(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_user("amy", display_name="Amy Whitcombe", role="price_manager"))
    return client


def test_the_language_is_kept_with_the_person(signed_in: Client) -> None:
    signed_in.post("/i18n/", {"language": "zh-hans", "next": "/search/"})
    assert User.objects.get(username="amy").language == "zh-hans"
    assert 'lang="zh-Hans"' in signed_in.get("/search/").content.decode()


def test_the_theme_is_kept_with_the_person_and_in_a_cookie(signed_in: Client) -> None:
    answer = signed_in.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 204 and answer.cookies[frame.THEME_COOKIE].value == "dark"
    assert User.objects.get(username="amy").theme == "dark"


def test_an_unknown_theme_is_refused(signed_in: Client) -> None:
    assert signed_in.post("/theme/", {"theme": "pink"}).status_code == 422


def test_strangers_may_choose_theme_and_language(db: None, client: Client) -> None:
    assert client.post("/theme/", {"theme": "dark"}).status_code == 204
    assert client.post("/i18n/", {"language": "zh-hans"}).status_code == 302


def test_search_is_a_fragment_for_the_box_and_a_page_without_it(signed_in: Client) -> None:
    fragment = signed_in.get("/search/?q=pri", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and 'href="/prices/"' in fragment
    assert "<html" in signed_in.get("/search/?q=pri").content.decode()


def test_the_gallery_renders_in_both_languages(signed_in: Client) -> None:
    assert signed_in.get("/settings/components/").status_code == 200
    signed_in.post("/i18n/", {"language": "zh-hans"})
    assert "组件与状态" in signed_in.get("/settings/components/").content.decode()


def test_the_frame_asks_the_database_nothing(signed_in: Client, django_assert_num_queries: Any) -> None:
    signed_in.get("/settings/components/")
    request = asked_by("admin")
    with django_assert_num_queries(0):
        frame.frame(request)
