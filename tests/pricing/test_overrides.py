"""Overrides: a derived list's own prices keep, follow or ask when their parent's price moves."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from alerts.models import Alert
from audit.models import Event
from lib import actors, clock
from lib.faults import Faults
from pricing.actions.applying import apply_due
from pricing.actions.overrides import add_followers, answer_overrides, refuse_outrun
from pricing.actions.price_changes import approve_change, roll_back_change
from pricing.models import OverrideQuestion, PriceChange, PriceList
from pricing.queries.quotes import QuoteLine, quote_lines
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, amount, priced, submitted

pytestmark = pytest.mark.django_db


def a_region(house: House, policy: str, **fields: Any) -> PriceList:
    """GB derives from BASE and has a price of its own for A."""
    a_product("A")
    a_product("B")
    made = a_list(
        "GB", kind="region", region=house.london.region, parent=house.base, float_fraction="-0.02",
        override_policy=policy, **fields,
    )  # fmt: skip
    priced(house.clerk, ("BASE", "A", "10.00"), ("BASE", "B", "10.00"))
    priced(house.clerk, ("GB", "A", "9.50"))
    return made


@pytest.fixture
def house() -> House:
    return a_house()


def asked(house: House, sku: str = "A", after: timedelta = timedelta()) -> Any:
    found = quote_lines([QuoteLine(sku, "LON")], actor=house.clerk, at=clock.now() + after)[0]
    return found.amount


def lines_of(change: PriceChange) -> list[tuple[str, str, Any, str]]:
    rows = change.lines.order_by("position").values_list(
        "price_list__code", "product__sku", "amount", "origin"
    )
    return [tuple(row) for row in rows]


def applied(change: PriceChange) -> PriceChange:
    assert apply_due(actor=actors.job("tests")) >= 1
    return PriceChange.objects.get(pk=change.pk)


# -- keep and follow -------------------------------------------------------------------------------------------------


def test_an_override_stays_by_default(house: House) -> None:
    a_region(house, "keep")
    change = submitted(house.clerk, ("BASE", "A", "10.40"))
    assert len(lines_of(change)) == 1 and not change.findings.exists()
    applied(change)
    assert (asked(house), OverrideQuestion.objects.count()) == (amount("9.50"), 0)


def test_an_override_follows_in_proportion_as_a_line_of_the_change(house: House) -> None:
    """The line is there when the change is approved: its hash, its policy and its event cover it."""
    a_region(house, "follow")
    change = submitted(house.clerk, ("BASE", "A", "10.40"), ("BASE", "B", "10.40"))
    assert change.state == "approved" and change.line_count == 3
    assert lines_of(change)[2] == ("GB", "A", amount("9.88"), "follow")
    assert asked(house) == amount("9.88")
    event = Event.objects.get(kind="price_change.submitted", subject=f"price_change:{change.pk}")
    assert [row["new"] for row in event.after["prices"]][-1] == "9.880000"


def test_a_draft_says_what_will_follow_and_a_price_by_hand_wins(house: House) -> None:
    a_region(house, "follow")
    draft = a_draft(house.clerk, ("BASE", "A", "10.40"))
    assert [(f.code, f.severity, f.params["count"]) for f in draft.findings.all()] == [
        ("overrides_follow", "note", 1)
    ]
    change = submitted(house.clerk, ("BASE", "A", "10.40"), ("GB", "A", "9.60"))
    assert [row[2:] for row in lines_of(change)] == [(amount("10.40"), ""), (amount("9.60"), "")]


def test_a_follower_that_breaks_a_limit_sends_the_change_to_a_person(house: House) -> None:
    """The policy sees the lines that follow: 12.00 × 12.52 / 12.00 in whole pounds is a move of 8.3 %."""
    a_product("A")
    a_list(
        "GB",
        kind="region",
        region=house.london.region,
        parent=house.base,
        ends_in="0",
        override_policy="follow",
    )
    priced(house.clerk, ("BASE", "A", "12.00"))
    priced(house.clerk, ("GB", "A", "12.00"))
    change = submitted(house.clerk, ("BASE", "A", "12.52"))
    assert lines_of(change)[1][2:] == (amount("13"), "follow")
    assert change.state == "pending"
    approve_change(actor=house.manager, change_id=change.pk)
    assert asked(house) == amount("13")


def test_an_own_price_with_another_ending_than_its_list_keeps_none(house: House) -> None:
    a_region(house, "follow", ends_in="0.99")
    change = submitted(house.clerk, ("BASE", "A", "10.40"))
    assert lines_of(change)[1][2:] == (amount("9.88"), "follow")


def test_a_grandchild_follows_what_follows(house: House) -> None:
    gb = a_region(house, "follow")
    a_list("LON", kind="site", site=house.london, parent=gb, override_policy="follow")
    priced(house.clerk, ("LON", "A", "9.40"))
    change = submitted(house.clerk, ("BASE", "A", "10.40"))
    assert [(row[0], row[2]) for row in lines_of(change)] == [
        ("BASE", amount("10.40")),
        ("GB", amount("9.88")),
        ("LON", amount("9.78")),
    ]


def test_a_tier_follows_the_tier_of_its_parent(house: House) -> None:
    a_region(house, "follow")
    change = submitted(house.clerk, ("GB", "A", "9.00", "10"))
    approve_change(actor=house.manager, change_id=change.pk)
    moved = submitted(house.clerk, ("BASE", "A", "9.80", "5"))
    followed = moved.lines.filter(origin="follow").values_list("min_quantity", "amount")
    assert list(followed) == [(amount("10"), amount("8.82"))]


def test_a_roll_back_brings_the_followers_back_too(house: House) -> None:
    a_region(house, "follow")
    change = applied(submitted(house.clerk, ("BASE", "A", "10.40")))
    roll_back_change(actor=house.manager, change_id=change.pk)
    assert asked(house) == amount("9.50")


def test_a_temporary_move_is_followed_for_its_time_only(house: House) -> None:
    a_region(house, "follow")
    until = clock.now() + timedelta(hours=2)
    submitted(house.clerk, ("BASE", "A", "10.40"), effective_until=until.isoformat())
    assert (asked(house), asked(house, after=timedelta(hours=3))) == (amount("9.88"), amount("9.50"))


def test_followers_of_a_price_that_moved_meanwhile_are_refused(house: House) -> None:
    a_region(house, "follow")
    draft = a_draft(house.clerk, ("BASE", "A", "10.40"))
    add_followers(draft, clock.now())
    refuse_outrun(draft, clock.now())
    priced(house.clerk, ("BASE", "A", "10.20"), ("GB", "A", "9.50"))
    with pytest.raises(Faults) as refused:
        refuse_outrun(draft, clock.now())
    assert (refused.value.status, refused.value.faults[0].code) == (409, "base_moved")


# -- ask -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def question(house: House) -> OverrideQuestion:
    """9.50 stands in GB while BASE went from 10.00 to 10.40."""
    a_region(house, "ask")
    change = submitted(house.clerk, ("BASE", "A", "10.40"))
    assert [finding.code for finding in change.findings.all()] == ["overrides_ask"]
    applied(change)
    return OverrideQuestion.objects.get()


def test_an_override_that_asks_stays_and_opens_a_question(house: House, question: OverrideQuestion) -> None:
    assert asked(house) == amount("9.50")
    told = (question.own_amount, question.parent_from, question.parent_to, question.moved_amount)
    assert told == (amount("9.50"), amount("10"), amount("10.40"), amount("9.88"))
    assert Alert.objects.filter(key="override_question:GB", state="firing").count() == 1


def test_a_second_move_renews_the_question_from_where_it_began(
    house: House, question: OverrideQuestion
) -> None:
    applied(submitted(house.clerk, ("BASE", "A", "10.80")))
    renewed = OverrideQuestion.objects.get()
    told = (renewed.pk, renewed.parent_from, renewed.parent_to, renewed.moved_amount)
    assert told == (question.pk, amount("10"), amount("10.80"), amount("10.26"))


@pytest.mark.parametrize(("answer", "new"), [("keep", "9.50"), ("move", "9.88"), ("drop", "10.19")])
def test_one_answer_keeps_moves_or_drops(
    house: House, question: OverrideQuestion, answer: str, new: str
) -> None:
    draft = answer_overrides(actor=house.clerk, question_ids=[question.pk], answer=answer)
    question.refresh_from_db()
    assert (question.answer, question.answered_by_name) == (answer, house.clerk.name)
    assert not Alert.objects.filter(key="override_question:GB", state="firing").exists()
    assert Event.objects.filter(kind="override.answered").count() == 1
    assert (draft is None) == (answer == "keep")
    if draft is not None:
        from pricing.actions.price_changes import submit_change

        change = submit_change(actor=house.clerk, change_id=draft.pk, comment="answered")
        if change.state == "pending":
            approve_change(actor=house.manager, change_id=change.pk)
    assert asked(house) == amount(new)


def test_a_price_set_by_hand_overtakes_the_question(house: House, question: OverrideQuestion) -> None:
    applied(submitted(house.clerk, ("GB", "A", "9.70")))
    question.refresh_from_db()
    assert question.answer == "past"
    assert not Alert.objects.filter(key="override_question:GB", state="firing").exists()


@pytest.mark.parametrize(
    ("ids", "answer", "code"),
    [([], "keep", "no_questions"), ([999], "keep", "unknown_question"), ([None], "guess", "unknown_answer")],
)
def test_a_wrong_answer_is_refused(
    house: House, question: OverrideQuestion, ids: list[Any], answer: str, code: str
) -> None:
    with pytest.raises(Faults) as refused:
        answer_overrides(actor=house.clerk, question_ids=ids, answer=answer)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_question_is_answered_once(house: House, question: OverrideQuestion) -> None:
    answer_overrides(actor=house.clerk, question_ids=[question.pk], answer="keep")
    with pytest.raises(Faults) as refused:
        answer_overrides(actor=house.manager, question_ids=[question.pk], answer="move")
    assert refused.value.status == 409


# -- page and REST ---------------------------------------------------------------------------------------------------


def client_of(user_id: int | None) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user_id))
    return client


def test_the_page_lists_questions_and_one_click_makes_a_draft(
    house: House, question: OverrideQuestion
) -> None:
    clerk = client_of(house.clerk.id)
    page = clerk.get("/prices/overrides/").content.decode()
    assert "9.88" in page and f'value="{question.pk}:move"' in page
    answer = clerk.post("/prices/overrides/answer/", {"one": f"{question.pk}:move"})
    question.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"/prices/changes/{question.answer_change_id}/")
    again = clerk.post("/prices/overrides/answer/", {"one": f"{question.pk}:keep"})
    assert again.status_code == 409 and "Someone has answered meanwhile." in again.content.decode()


def test_questions_and_answers_over_rest(house: House, question: OverrideQuestion) -> None:
    clerk = client_of(house.clerk.id)
    rows = clerk.get("/api/v1/override-questions/?answer=open&price_list=GB").json()["results"]
    assert [(row["id"], row["own_amount"], row["moved_amount"]) for row in rows] == [
        (question.pk, "9.50", "9.88")
    ]
    post = {"content_type": "application/json"}
    wrong = clerk.post("/api/v1/override-questions/answers/", {"ids": ["x"], "answer": "keep"}, **post)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "not_a_list")
    body = {"ids": [question.pk], "answer": "drop"}
    made = clerk.post("/api/v1/override-questions/answers/", body, **post).json()
    assert made["answered"] == 1 and PriceChange.objects.get(pk=made["price_change"]).line_count == 1
    assert clerk.post("/api/v1/override-questions/answers/", body, **post).status_code == 409
    assert clerk.get("/api/v1/override-questions/?answer=open").json()["results"] == []
    change = clerk.get(f"/api/v1/price-changes/{question.change_id}/").json()
    assert [line["origin"] for line in change["lines"]] == [""]
