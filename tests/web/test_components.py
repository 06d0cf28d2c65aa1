"""The component tags say what the design says: signs, dashes, tones, clocks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from lib import clock
from lib.actors import policy
from lib.money import Money

NOW = datetime(2026, 10, 15, 7, 42, tzinfo=UTC)


def html(source: str, **context: Any) -> str:
    return Template("{% load steelyard %}" + source).render(Context(context))


def clock_html(left: timedelta, given: timedelta, **more: Any) -> str:
    due_at = NOW + left
    with clock.frozen(NOW):
        return html(
            "{% deadline due since stopped watch=watch %}",
            **{"due": due_at, "since": due_at - given, "stopped": None, "watch": False, **more},
        )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("12.75", "GBP", "£12.75"),
        ("-940.13", "EUR", "−€940.13"),
        ("128", "CNY", "¥128.00"),
        ("1234567.5", "GBP", "£1,234,567.50"),
        ("1500", "JPY", "JPY\u00a01,500"),
        ("-0.004", "GBP", "£0.00"),
    ],
)
def test_money_has_symbol_decimals_by_currency_and_the_true_minus(
    amount: str, currency: str, text: str
) -> None:
    assert html("{% money a c %}", a=Decimal(amount), c=currency) == f'<span class="money">{text}</span>'


def test_a_money_object_stands_for_amount_and_currency() -> None:
    assert "£2.50" in html("{% money m %}", m=Money(Decimal("2.5"), "GBP"))


def test_money_in_columns_goes_without_symbol() -> None:
    assert (
        html("{% money a 'GBP' bare=True plus=True %}", a=Decimal("2.5"))
        == '<span class="money">+2.50</span>'
    )


def test_unknown_money_is_a_dash_with_its_reason_and_never_zero() -> None:
    shown = html("{% money None 'GBP' reason='no cost known' %}")
    assert "—" in shown and 'title="no cost known"' in shown
    assert "0" not in shown.replace('tabindex="0"', "")


@pytest.mark.parametrize(
    ("value", "good", "text", "tone"),
    [
        ("3.4", "", "+3.4\u00a0%", ""),
        ("3.4", "up", "+3.4\u00a0%", "is-good"),
        ("-3.4", "up", "−3.4\u00a0%", "is-bad"),
        ("-3.4", "down", "−3.4\u00a0%", "is-good"),
        ("0", "up", "0.0\u00a0%", ""),
        ("-0.04", "up", "0.0\u00a0%", ""),
    ],
)
def test_delta_is_grey_unless_a_direction_is_good(value: str, good: str, text: str, tone: str) -> None:
    shown = html("{% delta v good=g %}", v=Decimal(value), g=good)
    assert text in shown
    assert ("is-good" if "is-good" in shown else "is-bad" if "is-bad" in shown else "") == tone


def test_delta_of_zero_has_no_arrow_and_others_an_icon() -> None:
    assert "<svg" not in html("{% delta 0 %}")
    assert "#arrow-down-right" in html("{% delta -1 %}")


def test_delta_in_money_can_leave_minor_units_out() -> None:
    assert "+£168<" in html("{% delta 168 currency='GBP' whole=True %}")


def test_quantities_are_grouped_and_zero_is_quiet() -> None:
    assert html("{% qty 2886 'pcs' %}") == '<span class="qty">2,886\u00a0pcs</span>'
    assert html("{% qty -12 plus=True %}") == '<span class="qty">−12</span>'
    assert "zero" in html("{% qty 0 %}")


HOURS, MINUTES, SECONDS = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "given", "watch", "state", "text"),
    [
        (26 * HOURS, 48 * HOURS, False, "calm", "1 d 2 h"),
        (96 * HOURS, 200 * HOURS, False, "calm", "4 d"),
        (3 * HOURS + 18 * MINUTES, 6 * HOURS, False, "calm", "3 h 18"),
        (18 * MINUTES, 24 * HOURS, False, "near", "18 min"),
        (18 * MINUTES, 30 * MINUTES, False, "calm", "18 min"),
        (9 * MINUTES, 30 * MINUTES, False, "near", "9 min"),
        (7 * MINUTES + 48 * SECONDS, 30 * MINUTES, True, "near", "7:48"),
        (54 * SECONDS, 30 * MINUTES, False, "last", "0:54"),
        (0 * SECONDS, 30 * MINUTES, False, "over", "0:00 over"),
        (-12 * MINUTES - 7 * SECONDS, 30 * MINUTES, True, "over", "12:07 over"),
    ],
)
def test_deadline_states(left: timedelta, given: timedelta, watch: bool, state: str, text: str) -> None:
    shown = clock_html(left, given, watch=watch)
    assert f'class="deadline is-{state}"' in shown
    assert f">{text}<" in shown


def test_a_stopped_clock_is_green_and_says_how_long_it_took() -> None:
    stopped_at = NOW - 11 * MINUTES + 12 * SECONDS
    shown = clock_html(timedelta(0), 15 * MINUTES, stopped=stopped_at)
    assert "is-stopped" in shown and ">4:12<" in shown
    assert "data-due" not in shown


def test_no_deadline_is_a_dash() -> None:
    assert "—" in html("{% deadline None %}")


@pytest.mark.parametrize(
    ("state", "tone"),
    [
        ("draft", "grey"),
        ("pending", "blue"),
        ("applied", "green"),
        ("rolled_back", "amber"),
        ("missed", "red"),
    ],
)
def test_state_chips_carry_tone_icon_and_word(state: str, tone: str) -> None:
    shown = html("{% chip s %}", s=state)
    assert f"tone-{tone}" in shown and "<svg" in shown and state.split("_")[0].capitalize() in shown


def test_an_unknown_state_reads_as_written() -> None:
    assert "Half way" in html("{% chip 'half_way' %}")


def test_chip_text_is_escaped() -> None:
    assert "&lt;b&gt;" in html("{% chip label=word %}", word="<b>")


def test_persons() -> None:
    assert ">AW</span><span>Amy Whitcombe" in html("{% person 'Amy Whitcombe' %}")
    assert ">陈</span>" in html("{% person '陈思远' %}")
    assert "#robot" in html("{% person p %}", p=policy("price-routine v3"))
    assert "Nobody yet" in html("{% person %}") and "is-nobody" in html("{% person %}")


def test_proof_badges() -> None:
    assert "Proven, seal 412,880" in html("{% proof 'proven' 412880 %}")
    assert "Sealed in 20 s" in html("{% proof 'waiting' seconds=20 %}")
    assert "tone-red" in html("{% proof 'broken' 7 %}")


def test_times_show_the_readers_zone_and_the_sites_on_hover() -> None:
    from django.utils import timezone

    with timezone.override("Europe/London"), clock.frozen(NOW):
        shown = html("{% local_time at 'short' site_zone='Asia/Shanghai' %}", at=NOW)
    assert ">08:42<" in shown
    assert "15 Oct 2026 15:42:00 Shanghai · 15 Oct 2026 07:42:00 UTC" in shown


def test_waterfall_cuts_totals_and_hatches_what_falls() -> None:
    rows = [
        {"label": "Now", "amount": Decimal(100), "text": "£100", "kind": "total"},
        {"label": "Lost", "amount": Decimal(-20), "text": "−£20"},
        {"label": "After", "amount": Decimal(80), "text": "£80", "kind": "total"},
    ]
    shown = html("{% waterfall rows start=60 earned=True %}", rows=rows)
    assert shown.count('class="fill-surface"') == 2
    assert 'fill="url(#hatch-bad)" x="50.0%" width="50.0%"' in shown


def test_diff_folds_many_unchanged_fields() -> None:
    same = dict.fromkeys("abcdef", 1)
    shown = html(
        "{% diff_rows before after %}", before={"amount": "1", **same}, after={"amount": "2", **same}
    )
    assert shown.count('changed"') == 2 and "6 fields unchanged" in shown
    assert "<details" not in html("{% diff_rows before after %}", before={"a": 1}, after={"a": 1})


def test_sparkline_needs_two_points() -> None:
    assert "<svg" not in html("{% sparkline values %}", values=[1, None])
    assert "<path" in html("{% sparkline values %}", values=[1, 2, None, 3])


def test_sort_head_keeps_filters_turns_round_and_starts_paging_anew() -> None:
    request = RequestFactory().get("/stock/?site=YORK&sort=sku&page=3")
    shown = html("{% sort_head 'sku' 'SKU' %}", request=request)
    assert 'aria-sort="ascending"' in shown
    assert 'href="?site=YORK&amp;sort=-sku"' in shown


def test_url_with_changes_one_parameter() -> None:
    request = RequestFactory().get("/stock/?site=YORK&state=open")
    assert html("{% url_with state='done' %}", request=request) == "?site=YORK&amp;state=done"
    assert html("{% url_with state='' %}", request=request) == "?site=YORK"
